"""Plain borders around a picture: a recording that was set into a frame of another shape."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from romcheck.arrays import Bools, Ints, Rgb
from romcheck.sources.video import VideoFile

LOOKED_AT = 4
"""Pictures at the start in which borders are looked for."""
MOST_RANGE = 8
"""Grey levels between the least and the most of a border, over all of it and in time: codecs leave one or two, the
noise of a camera more."""
LEAST_SHARE = 0.03
"""Of the picture's side: narrower borders change the field of view by less than cameras differ."""
EDGE = 12
"""Grey levels by which the picture differs from its border just inside, and for how much of the edge's length: a dark
room ends nowhere along a straight line."""
EDGE_SHARE = 0.5
RINGING_PX = 3
"""A codec blurs the edge over so many pixels."""


class Inner(NamedTuple):
    """The picture within its borders, as shares of the whole: left, top, width, height."""

    left: float
    top: float
    width: float
    height: float


def inner_picture(path: str | Path) -> Inner | None:
    """The picture in a video that has plain borders on two opposite sides, and on any others; None without."""
    with VideoFile(path) as video:
        pictures = [frame.rgb for frame, _ in zip(video, range(LOOKED_AT), strict=False)]
    return within_borders(pictures) if pictures else None


def within_borders(pictures: Sequence[Rgb]) -> Inner | None:
    """The same in pictures (height, width, 3) of one video."""
    high = np.max(pictures, axis=(0, 3)).astype(int)
    low = np.min(pictures, axis=(0, 3)).astype(int)
    height, width = high.shape
    rows, columns = _borders(high, low), _borders(high.T, low.T)
    if all(rows):
        within = slice(rows[0], height - rows[1])
        columns = _borders(high[within].T, low[within].T)
    elif all(columns):
        within = slice(columns[0], width - columns[1])
        rows = _borders(high[:, within], low[:, within])
    else:
        return None
    return Inner(columns[0] / width, rows[0] / height, 1 - sum(columns) / width, 1 - sum(rows) / height)


def _borders(high: Ints, low: Ints) -> tuple[int, int]:
    """Rows of a border at the top and at the bottom of a picture, from the most and least (n, m) of each pixel."""
    return _border(high, low), _border(high[::-1], low[::-1])


def _border(high: Ints, low: Ints) -> int:
    """Rows of one colour from the top on, up to an edge; 0 where they are few."""
    most, least = np.maximum.accumulate(high.max(1)), np.minimum.accumulate(low.min(1))
    plain: Bools = most - least <= MOST_RANGE
    rows = len(plain) if plain.all() else int(plain.argmin())
    if rows < LEAST_SHARE * len(plain) or rows + RINGING_PX >= len(plain):
        return 0
    within = slice(rows, rows + RINGING_PX + 1)
    differs = np.maximum(high[within] - most[rows - 1], least[rows - 1] - low[within]).max(0) > EDGE
    return rows if differs.mean() >= EDGE_SHARE else 0
