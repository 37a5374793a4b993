"""Where frames come from: video files, later the browser's camera."""
