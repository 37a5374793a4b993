"""Where romcheck stores files on this computer."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from platformdirs import user_data_dir

from romcheck.exchange.atomic import writable_folder
from romcheck.results import Test

DATA_VARIABLE = "ROMCHECK_DATA"
VIDEOS = "videos"
"""Where videos of checks lie in the data folder until their measurement is kept."""


def data_folder() -> Path:
    """The folder ROMCHECK_DATA names, else the platform's own place for data."""
    return Path(os.environ.get(DATA_VARIABLE) or user_data_dir("romcheck", appauthor=False))


def cameras_folder() -> Path:
    """Where the calibrations of this computer's cameras lie."""
    return data_folder() / "cameras"


def new_video(test: Test, taken: datetime) -> Path:
    """A file for a video somebody asked to keep; its folder is made.

    Raises
    ------
    OutputError
        Where nothing can be written there.
    """
    return writable_folder(data_folder() / VIDEOS) / f"{taken:%Y-%m-%d-%H%M%S}-{test}.mkv"
