"""How a picture was put together: set into a frame of another shape with plain borders, or of tiles side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from romcheck.arrays import Bools, Floats, Ints, Rgb
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
SEAMS = (1 / 2, 1 / 3, 2 / 3)
"""Where tiles meet, as shares of a side."""
SEAM_TOLERANCE = 0.01
SEAM_ASIDE_PX = 12
"""Beside a seam the picture has no step: where a person or furniture stands there are some on either side, on half as
much of the length and more."""


class Inner(NamedTuple):
    """The picture within its borders, as shares of the whole: left, top, width, height."""

    left: float
    top: float
    width: float
    height: float


class Layout(NamedTuple):
    """How the pictures of a video were put together.

    Attributes
    ----------
    inner : the picture within plain borders on two opposite sides, and on any others; None without
    tiled : whether it consists of tiles, as that of a video call
    """

    inner: Inner | None
    tiled: bool


def layout_of(path: str | Path) -> Layout:
    """How the pictures of a video were put together, from its first ones."""
    with VideoFile(path) as video:
        pictures = [frame.rgb for frame, _ in zip(video, range(LOOKED_AT), strict=False)]
    if not pictures:
        return Layout(None, tiled=False)
    inner = within_borders(pictures)
    if inner is not None:
        pictures = [_cut(picture, inner) for picture in pictures]
    return Layout(inner, tiled(pictures))


def _cut(picture: Rgb, inner: Inner) -> Rgb:
    height, width = picture.shape[:2]
    top, left = round(inner.top * height), round(inner.left * width)
    return picture[top : top + round(inner.height * height), left : left + round(inner.width * width)]


def tiled(pictures: Sequence[Rgb]) -> bool:
    """Whether pictures (height, width, 3) of one video have a seam: a straight step from top to bottom, on most of its
    length, in the middle or after a third.

    Nothing that a camera films has one there: the person who sits before it would hide it. Tiles one above the other
    cannot be told from a desk before the person.
    """
    return _has_seam(np.mean(pictures, axis=(0, 3)))


def _has_seam(grey: Floats) -> bool:
    """Whether a picture (n, m) has a vertical seam."""
    steps = np.mean(np.abs(grey[:, RINGING_PX:] - grey[:, :-RINGING_PX]) > EDGE, axis=0)
    width = grey.shape[1]
    for share in SEAMS:
        middle, reach = round(share * width) - RINGING_PX, round(SEAM_TOLERANCE * width) + RINGING_PX
        if middle - reach - SEAM_ASIDE_PX < 0 or middle + reach + SEAM_ASIDE_PX >= len(steps):
            continue
        seam = middle - reach + int(steps[middle - reach : middle + reach + 1].argmax())
        beside = max(steps[seam - SEAM_ASIDE_PX], steps[seam + SEAM_ASIDE_PX])
        if steps[seam] >= EDGE_SHARE and beside < steps[seam] / 2:
            return True
    return False


def within_borders(pictures: Sequence[Rgb]) -> Inner | None:
    """The picture within plain borders, in pictures (height, width, 3) of one video; see `Layout`."""
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
