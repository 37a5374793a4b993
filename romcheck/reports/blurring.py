"""Hides faces in pictures: what lies within a disc about a head is replaced by a few averaged cells."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from romcheck.arrays import Floats, Rgb
from romcheck.geometry.intrinsics import Lens
from romcheck.person.landmarks import FaceFinder

Disc = tuple[float, float, float]
"""A head in a picture: x, y and radius in pixels."""

HEAD_RADIUS_M = 0.17
"""Covers hair, chin and ears of any head from a point within it."""
CELLS = 6
"""Cells across a blurred head: enough to see it turn, too few to recognise anyone."""
REMEMBER_S = 1.5
"""Time for which a face that is no longer found stays blurred where it was."""

MOVED = 0.6
"""A head that was lost and came back further away than this, in radii, may have been anywhere in between."""
WIDENED = 1.25
"""A head that was lost is covered by this much more."""


class FaceBlur:
    """Blurs faces irreversibly: the content of a disc is replaced by a few averaged cells."""

    def __init__(self) -> None:
        self._finder = FaceFinder()
        self._others: list[tuple[Disc, float]] = []

    def __enter__(self) -> FaceBlur:
        return self

    def __exit__(self, *_: object) -> None:
        self._finder.close()

    def blur(self, picture: Rgb, time_s: float, lens: Lens, head_m: Floats | None) -> None:
        """Blur the subject's head and every other face, in place.

        Parameters
        ----------
        picture : (height, width, 3) uint8
        time_s : of the frame; frames come in order
        lens : of this picture
        head_m : (3,) the head in camera axes, None where unknown: then the whole picture is blurred
        """
        boxes = self._finder.find(picture)
        if head_m is None or not np.isfinite(head_m).all() or head_m[2] < 0.1:
            hide(picture, None)
            return
        x, y = lens.project(head_m[:2] / head_m[2])
        subject = (float(x), float(y), lens.fx * HEAD_RADIUS_M / float(head_m[2]))
        found = _discs(boxes)
        now = [subject, *found]
        self._others = [
            (disc, seen_s)
            for disc, seen_s in self._others
            if time_s - seen_s <= REMEMBER_S and not any(_same(disc, new) for new in now)
        ]
        for disc in [*now, *(disc for disc, _ in self._others)]:
            blur_disc(picture, disc)
        self._others += [(disc, time_s) for disc in found if not _same(disc, subject)]


def covers(times_s: Sequence[float], boxes: Sequence[Floats]) -> list[list[Disc] | None]:
    """What to blur in each picture of a short film in which the pose of the subject's head is not known.

    A turned or bent face is often not found: then the places in the nearest pictures before and after count in which
    all faces were found, a little larger. A picture without both, or between places that lie apart, has None: it is
    blurred whole.

    Parameters
    ----------
    times_s : of the pictures, in order
    boxes : of the faces found in each, as of :meth:`romcheck.person.landmarks.FaceFinder.find`
    """
    found = [_discs(one) for one in boxes]
    usual = float(np.median([len(discs) for discs in found if discs] or [1]))
    whole = [i for i, discs in enumerate(found) if len(discs) >= usual]
    out: list[list[Disc] | None] = []
    for i, time_s in enumerate(times_s):
        discs = list(found[i])
        if len(discs) < usual:
            between = _between(found, whole, i)
            if not between:
                out.append(None)
                continue
            discs += between
        # A face that is missed for a moment stays hidden.
        near = [disc for j, then_s in enumerate(times_s) if abs(then_s - time_s) <= REMEMBER_S for disc in found[j]]
        for disc in near:
            if not any(_same(disc, other) for other in discs):
                discs.append(disc)
        out.append(discs)
    return out


def hide(picture: Rgb, discs: Sequence[Disc] | None) -> None:
    """Blur these heads in place; the whole picture where they are not known."""
    height, width = picture.shape[:2]
    for disc in [(width / 2, height / 2, float(np.hypot(width, height)))] if discs is None else discs:
        blur_disc(picture, disc)


def _between(found: Sequence[list[Disc]], whole: Sequence[int], at: int) -> list[Disc]:
    """Where heads are taken to be in a picture in which they were not all found; empty where that is not known."""
    before = next((found[i] for i in reversed(whole) if i < at), None)
    after = next((found[i] for i in whole if i > at), None)
    if before is None or after is None:
        return []
    for here, there in ((before, after), (after, before)):
        for x, y, radius in here:
            if min(np.hypot(x - u, y - v) for u, v, _ in there) > MOVED * radius:
                return []
    return [(x, y, WIDENED * radius) for x, y, radius in (*before, *after)]


def _discs(boxes: Floats) -> list[Disc]:
    """Heads about the boxes of faces: hair and chin are outside of these."""
    return [((x0 + x1) / 2, (y0 + y1) / 2, 1.1 * max(x1 - x0, y1 - y0)) for x0, y0, x1, y1 in boxes.tolist()]


def _same(one: Disc, other: Disc) -> bool:
    """Whether the centre of one disc is well within the other."""
    return float(np.hypot(one[0] - other[0], one[1] - other[1])) < 0.5 * other[2]


def blur_disc(picture: Rgb, disc: Disc) -> None:
    """Replace a disc (x, y, radius in pixels) by ``CELLS`` averaged cells across its visible part, in place."""
    x, y, radius = disc
    height, width = picture.shape[:2]
    x0, x1 = (int(np.clip(v, 0, width)) for v in (x - radius, x + radius + 1))
    y0, y1 = (int(np.clip(v, 0, height)) for v in (y - radius, y + radius + 1))
    if x1 <= x0 or y1 <= y0:
        return
    part = picture[y0:y1, x0:x1]
    cell = max(x1 - x0, y1 - y0) / CELLS
    cells = max(1, round((x1 - x0) / cell)), max(1, round((y1 - y0) / cell))
    coarse = cv2.resize(cv2.resize(part, cells, interpolation=cv2.INTER_AREA), (x1 - x0, y1 - y0))
    rows, columns = np.ogrid[y0:y1, x0:x1]
    inside = (columns - x) ** 2 + (rows - y) ** 2 <= radius**2
    part[inside] = coarse[inside]
