"""Drawings of the camera position; their text alternatives are ``ready.drawing.<name>``."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

Drawing = Literal["flexion-rotation", "upright", "supine"]


def drawing(name: Drawing) -> bytes:
    """An SVG picture of a person and the camera."""
    return (files(__package__) / f"{name}.svg").read_bytes()
