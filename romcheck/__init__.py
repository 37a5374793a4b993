"""romcheck measures how far a neck turns, with a webcam."""

__version__ = "0.1.0"
