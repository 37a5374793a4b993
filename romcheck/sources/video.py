"""Frames of a recorded video with their true times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """One decoded picture, upright as a player would show it.

    Attributes
    ----------
    index : running number from 0
    time_s : presentation time, seconds since the first frame
    rgb : (height, width, 3) uint8, contiguous
    """

    index: int
    time_s: float
    rgb: NDArray[np.uint8]
