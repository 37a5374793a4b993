"""What the camera of a test or a screenshot shows: the sample videos, cut and reassembled, with their truth unchanged.

The samples have 25 frames per second and are played at 30; both kinds of seconds are named below.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

SAMPLE_FPS, PLAYED_FPS = 25, 30
NOISE_GREY_LEVELS = 1.6
"""Of the samples' camera, for pictures that are shown again: none equals the one before it."""

Picture = NDArray[np.uint8]


def pictures_of(video: Path) -> list[Picture]:
    """All pictures of a video, (height, width, 3)."""
    with av.open(str(video)) as source:
        return [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]


class Scene:
    """Pictures in the order they will be played.

    Parameters
    ----------
    video : the sample they are taken from
    """

    def __init__(self, video: Path) -> None:
        self._sample = pictures_of(video)
        self._played: list[Picture] = []

    def part(self, start_s: float, end_s: float, company_s: tuple[float, float] = (0.0, 0.0)) -> Scene:
        """A part of the sample, in its own seconds; within `company_s` a second head looks on from the left."""
        for i in range(round(start_s * SAMPLE_FPS), min(round(end_s * SAMPLE_FPS), len(self._sample))):
            joined = company_s[0] <= i / SAMPLE_FPS < company_s[1]
            self._played.append(self._with_company(self._sample[i], -215) if joined else self._sample[i])
        return self

    def still(self, seconds: float, company: bool = False) -> Scene:
        """The first second of the sample, in which nothing moves, back and forth for this long as played."""
        there = list(range(SAMPLE_FPS))
        order = there + there[-2:0:-1]
        for k in range(round(seconds * PLAYED_FPS)):
            picture = self._sample[order[k % len(order)]]
            self._played.append(self._with_company(picture) if company else picture)
        return self

    def nobody(self, seconds: float) -> Scene:
        """The wall with nobody in front of it, as played."""
        wall = self._sample[0]
        empty = np.broadcast_to(wall[:, 20:21], wall.shape)
        rng = np.random.default_rng(1)
        few = [np.clip(empty + rng.normal(0, NOISE_GREY_LEVELS, wall.shape), 0, 255).astype(np.uint8) for _ in range(4)]
        self._played += [few[k % len(few)] for k in range(round(seconds * PLAYED_FPS))]
        return self

    def frames(self) -> Iterator[av.VideoFrame]:
        """Everything assembled so far."""
        for picture in self._played:
            yield av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")

    def again(self) -> Scene:
        """Another scene of the same sample, still empty."""
        other = copy(self)
        other._played = []
        return other

    @property
    def pictures(self) -> list[Picture]:
        """Everything assembled, (height, width, 3)."""
        return self._played

    def _with_company(self, picture: Picture, beside_px: int = 190) -> Picture:
        """A second copy of the head as in the first picture, beside the first."""
        rows, columns = slice(90, 345), slice(228, 402)
        both = picture.copy()
        both[rows, columns.start + beside_px : columns.stop + beside_px] = self._sample[0][rows, columns]
        return both
