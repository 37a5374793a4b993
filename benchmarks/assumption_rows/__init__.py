"""What may fail, row by row. Each module here names its rows in ``ROWS``; `assumptions.py` finds them by itself.

A row takes a clip in which everything is as assumed and spoils one assumption, at four strengths:

    def shake(source: Source, amplitude_px: float, to: Path) -> Truth:
        write_like(source, to, (moved(p, ...) for p in pictures(source.video)))
        return source.truth

    ROWS = (Row("shaken camera", {"1 px": 1.0, "3 px": 3.0, "8 px": 8.0, "20 px": 20.0}, shake, {"camera_moved"}),)
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from mannequin_clips import write
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Truth = dict[str, Any]
USUAL_NOISE = 1.6
"""Sensor noise of a rendered clip, grey levels."""
FRAME_BY_FRAME = ("head_to_camera", "head_to_trunk", "head_origin_m")
"""Truth of every frame."""
CRF = 21
"""H.264 quality of touched clips."""


@dataclass(frozen=True)
class Source:
    """A clip as it should be: ``truth`` as in its file; ``person`` the seed of the mannequin, None of another clip."""

    video: Path
    truth: Truth
    person: int | None


@dataclass(frozen=True)
class Row:
    """One assumption that fails.

    Attributes
    ----------
    name : what fails
    strengths : four, mildest first: the name of each, and what ``touch`` is given for it
    touch : from an untouched clip, a strength and a path: writes the touched video there and gives its truth (that of
        the source where nothing in it has changed). It may also render another clip of the same person.
    words : codes of notices and reasons that report this fault; none of them may come up in an untouched clip
    options : further arguments of ``romcheck.measure.measure``; ``camera`` is the true lens of the touched clip unless
        named here
    must : codes of ``words`` of which one has to come up at the last strength; empty: being right is enough
    """

    name: str
    strengths: Mapping[str, Any]
    touch: Callable[[Source, Any, Path], Truth]
    words: frozenset[str] | set[str]
    options: Mapping[str, Any] = field(default_factory=dict)
    must: frozenset[str] | set[str] = frozenset()


def all_rows() -> list[Row]:
    """Rows of every module in this folder, by the modules' names."""
    modules = sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return [row for name in modules for row in importlib.import_module(f"{__name__}.{name}").ROWS]


def pictures(video: Path) -> Iterator[Picture]:
    """Pictures of a video, (height, width, 3)."""
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def write_like(source: Source, to: Path, touched: Iterable[Picture], fps: float | None = None) -> None:
    """Write touched pictures at the frame rate of the source, or another."""
    write(to, iter(touched), fps or source.truth["fps"], CRF)
