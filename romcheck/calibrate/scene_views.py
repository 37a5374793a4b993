"""The pictures of a turning camera that are worth comparing, chosen as they come.

Corners are followed from picture to picture (Lucas & Kanade); what carries most of them is a homography (RANSAC), since
a camera that only turns sees the room through one. Whenever the picture has moved on by a part of its width, the one in
which it moved least is kept: it is the least smeared, and a rolling shutter bends it least.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats

WORKING_PX = 640
"""Longer side of the pictures that are compared. More would sharpen what is sharp enough: the focal length is limited
by the hand's movement, not by the corners."""
FOLLOWED_PX = 320
"""Longer side of those in which corners are followed from picture to picture."""
STEP = 0.08
"""Movement of the picture, in longer sides, from one kept picture to the next."""
PAUSE_S = 1.5
"""One is kept after this time even where nothing moves."""
MOST_VIEWS = 32
LONGEST_S = 60.0
"""What comes later is not looked at."""

FOLLOWED = 160
"""Corners followed."""
LEAST_FOLLOWED = 16
INLIER_PX = 1.0
LEAST_TEXTURE = 24
"""Corners of a picture; with fewer it counts as blank."""
CORNER_SLOPE = 0.25
"""Least slope around a corner in its flatter direction, grey levels per pixel."""
CORNER_NOISE = 1.5
"""And how many times that of the sensor's noise it must be."""

GreyPicture = NDArray[np.uint8]


@dataclass(frozen=True)
class SceneView:
    """One of the pictures kept, in pixels of the working size.

    Attributes
    ----------
    time_s : when it was taken
    picture : grey
    from_before : (3, 3) homography from the one kept before; the identity in the first
    spin : (3, 3) homography from the picture before it in the video
    spin_s : time since that picture
    """

    time_s: float
    picture: GreyPicture = field(repr=False)
    from_before: Floats = field(repr=False)
    spin: Floats = field(repr=False)
    spin_s: float


class SceneWatch:
    """Chooses the views of one video.

    Attributes
    ----------
    views : those of the longest part in which the picture could be followed
    seen, blank, lost : pictures, those without texture, and those that could not be followed
    agreed : median share of the corners that moved as one
    speed : of the picture while it moved, longer sides per second (upper quartile)
    """

    def __init__(self) -> None:
        self.seen = self.blank = self.lost = 0
        self.width = self.height = 0
        self._parts: list[list[SceneView]] = [[]]
        self._last: GreyPicture | None = None
        self._last_s = self._first_s = 0.0
        self._since = np.eye(3)  # from the last view kept to the last picture, in working pixels
        self._best: tuple[float, SceneView] | None = None
        self._shares: list[float] = []
        self._speeds: list[float] = []

    @property
    def views(self) -> list[SceneView]:
        """See above."""
        views = max(self._parts, key=len)
        if self._best is not None and views is self._parts[-1]:
            views = [*views, self._best[1]]
        return _thinned(views)

    @property
    def agreed(self) -> float:
        """See above."""
        return float(np.median(self._shares)) if self._shares else 0.0

    @property
    def speed(self) -> float:
        """See above."""
        return float(np.quantile(self._speeds, 0.75)) if self._speeds else 0.0

    @property
    def full(self) -> bool:
        """Whether later pictures would not be looked at."""
        return self._last_s - self._first_s >= LONGEST_S

    def see(self, time_s: float, grey: GreyPicture) -> None:
        """Take the next picture, (height, width)."""
        if self.seen == 0:
            self._first_s = time_s
            self.height, self.width = grey.shape
        elif time_s - self._first_s > LONGEST_S or grey.shape != (self.height, self.width):
            return
        self.seen += 1
        picture, small = _sized(grey, WORKING_PX), _sized(grey, FOLLOWED_PX)
        H, blank = (None, False) if self._last is None else self._followed(self._last, small)
        before_s, self._last, self._last_s = self._last_s, small, time_s
        if H is None:
            self.blank += blank
            self.lost += self.seen > 1
            if self._parts[-1]:
                self._parts.append([])
            self._parts[-1].append(SceneView(time_s, picture, np.eye(3), np.eye(3), 0.0))
            self._since, self._best = np.eye(3), None
            return
        to_small = _scaling(small.shape, picture.shape)
        spin = np.linalg.inv(to_small) @ H @ to_small
        self._since = spin @ self._since
        longer = max(picture.shape)
        speed = _shift(spin, picture.shape) / longer / max(time_s - before_s, 1e-3)
        moved = _shift(self._since, picture.shape) / longer
        if moved > STEP / 4:
            self._speeds.append(speed)
        view = SceneView(time_s, picture, self._since / self._since[2, 2], spin / spin[2, 2], time_s - before_s)
        part = self._parts[-1]
        if moved > 0.6 * STEP and (self._best is None or speed < self._best[0]):
            self._best = speed, view
        if self._best is not None and (moved > STEP or time_s - part[-1].time_s > PAUSE_S):
            kept = self._best[1]
            part.append(kept)
            self._since = self._since @ np.linalg.inv(kept.from_before)
            self._best = None

    def _followed(self, before: GreyPicture, now: GreyPicture) -> tuple[Floats | None, bool]:
        """Homography between two small pictures, None where they have too little in common; whether one is blank."""
        corners = textured_corners(before, FOLLOWED, 7)
        if len(corners) < LEAST_TEXTURE:
            return None, True
        start = corners.astype(np.float32).reshape(-1, 1, 2)
        there, found, _ = cv2.calcOpticalFlowPyrLK(before, now, start, None, winSize=(15, 15), maxLevel=4)
        back, found_back, _ = cv2.calcOpticalFlowPyrLK(now, before, there, None, winSize=(15, 15), maxLevel=4)
        same = np.linalg.norm((back - start)[:, 0], axis=1) < INLIER_PX
        good = (found.ravel() == 1) & (found_back.ravel() == 1) & same
        if good.sum() < LEAST_FOLLOWED:
            return None, len(corners) < 2 * LEAST_TEXTURE
        cv2.setRNGSeed(0)
        H, inside = cv2.findHomography(start[good], there[good], cv2.RANSAC, INLIER_PX)
        if H is None or inside.sum() < LEAST_FOLLOWED or abs(np.linalg.det(H)) < 0.1:
            return None, False
        self._shares.append(float(inside.mean()))
        return np.asarray(H, np.float64), False


def textured_corners(picture: GreyPicture, most: int, apart_px: float) -> Floats:
    """(n, 2) corners that stand out of the noise, the strongest first."""
    found = cv2.goodFeaturesToTrack(cv2.GaussianBlur(picture, (0, 0), 1.5), most, 0.005, apart_px, blockSize=7)
    if found is None:
        return np.zeros((0, 2))
    corners = np.asarray(found, np.float64).reshape(-1, 2)
    blurred = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.0)
    # The smaller eigenvalue of OpenCV is, of this block and aperture, four times the mean squared slope.
    slope = np.sqrt(np.maximum(cv2.cornerMinEigenVal(blurred, 7, 3), 0)) / 2
    height, width = picture.shape
    x, y = np.clip(corners.round().astype(int), 0, (width - 1, height - 1)).T
    # White noise has a fifth of its standard deviation as slope after this blur.
    return corners[slope[y, x] > CORNER_SLOPE + CORNER_NOISE * _noise(picture) / 5]


def _noise(picture: GreyPicture) -> float:
    """Standard deviation of the sensor's noise (Immerkaer 1996, Comput Vis Image Underst 64:300), robustly."""
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    return float(1.4826 * np.median(np.abs(cv2.filter2D(picture, cv2.CV_32F, mask))) / 6)


def _sized(grey: GreyPicture, longest: int) -> GreyPicture:
    factor = longest / max(grey.shape)
    if factor >= 1:
        return np.ascontiguousarray(grey)
    height, width = grey.shape
    size = round(width * factor), round(height * factor)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _scaling(small: tuple[int, ...], large: tuple[int, ...]) -> Floats:
    """(3, 3) from pixels of the large picture to those of the small one, the first pixel's centre at (0, 0)."""
    sx, sy = small[1] / large[1], small[0] / large[0]
    return np.array([[sx, 0, 0.5 * sx - 0.5], [0, sy, 0.5 * sy - 0.5], [0, 0, 1]])


def _shift(H: Floats, shape: tuple[int, ...]) -> float:
    """How far a homography moves the middle of the picture, pixels."""
    middle = np.array([shape[1] / 2, shape[0] / 2, 1.0])
    there = H @ middle
    return float(np.hypot(*(there[:2] / there[2] - middle[:2])))


def _thinned(views: list[SceneView]) -> list[SceneView]:
    """At most MOST_VIEWS, evenly; the homographies of those left out go into the next."""
    if len(views) <= MOST_VIEWS:
        return views
    keep = set(np.linspace(0, len(views) - 1, MOST_VIEWS).round().astype(int).tolist())
    out: list[SceneView] = []
    since = np.eye(3)
    for i, view in enumerate(views):
        since = view.from_before @ since
        if i in keep:
            out.append(replace(view, from_before=since))
            since = np.eye(3)
    return out
