"""The video's angles beside those of a worn sensor or of motion capture, on one clock."""
