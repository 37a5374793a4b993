"""The video's angles against those of a worn sensor or motion capture, on one clock."""
