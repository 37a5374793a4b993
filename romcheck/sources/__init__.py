"""Video files as a source of frames."""
