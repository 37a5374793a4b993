"""Page elements with their own script in the browser."""
