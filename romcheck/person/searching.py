"""Find the faces of a video, small ones too."""

from __future__ import annotations

import numpy as np

from romcheck.arrays import Floats, Rgb
from romcheck.person.landmarks import FaceFinder, FaceMesh
from romcheck.person.settings import PERSON

SEARCH = PERSON.search


class FaceSearch:
    """Landmarks of the faces of one video, picture by picture.

    The landmarks' own detector sees the whole picture in 128 pixels, and misses small faces. The detector for far faces
    resolves more: where it finds a small face, the landmarks are searched in a window about it.
    """

    def __init__(self) -> None:
        self._mesh = FaceMesh()
        self._far: FaceFinder | None = None
        self._near_mesh: FaceMesh | None = None
        self._window: tuple[int, int, int, int] | None = None
        self._without = 0

    def find(self, rgb: Rgb) -> list[Floats]:
        """Landmarks (478, 3) of every face of a (height, width, 3) picture; see ``FaceMesh.find``."""
        if self._window is not None:
            faces = self._in_window(rgb)
            if faces:
                return faces
            self._window = None
        faces = self._mesh.find(rgb)
        if faces:
            self._without = 0
            return faces
        self._without += 1
        if self._without % SEARCH.look_every == SEARCH.look_every // 2 and self._look(rgb):
            return self._in_window(rgb)
        return []

    def _look(self, rgb: Rgb) -> bool:
        """Set a window about the likeliest small face; False where there is none."""
        self._far = self._far or FaceFinder(least_score=SEARCH.least_far_score)
        found = self._far.likeliest(rgb)
        if found is None:
            return False
        left, top, right, bottom = found[1]
        if max(right - left, bottom - top) > SEARCH.small * max(rgb.shape[:2]):
            return False
        self._place((left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top), rgb.shape)
        return True

    def _place(self, x: float, y: float, size: float, shape: tuple[int, ...]) -> None:
        height, width = shape[:2]
        half = SEARCH.window / 2 * size
        self._window = (
            max(0, int(x - half)), max(0, int(y - half)), min(width, int(x + half)), min(height, int(y + half))
        )  # fmt: skip

    def _in_window(self, rgb: Rgb) -> list[Floats]:
        assert self._window is not None
        self._near_mesh = self._near_mesh or FaceMesh()
        left, top, right, bottom = self._window
        faces = self._near_mesh.find(rgb[top:bottom, left:right])
        for face in faces:
            face[:, :2] += (left, top)
        if faces:
            largest = max(faces, key=lambda face: float(np.ptp(face[:468, 1])))
            low, high = largest[:468, :2].min(0), largest[:468, :2].max(0)
            x, y = (low + high) / 2
            edge = SEARCH.inner * (right - left)
            height, width = rgb.shape[:2]
            if (
                (x - left < edge and left > 0)
                or (right - x < edge and right < width)
                or (y - top < edge and top > 0)
                or (bottom - y < edge and bottom < height)
            ):
                self._place(float(x), float(y), float(max(high - low)) / SEARCH.height_per_box, rgb.shape)
        return faces

    def close(self) -> None:
        """Free the engines."""
        for engine in (self._mesh, self._far, self._near_mesh):
            if engine is not None:
                engine.close()
