"""The head's axes, from the most frontal pictures of the face."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Bools, Floats
from romcheck.geometry.pose import Pose
from romcheck.person import mesh_points, mesh_pose
from romcheck.person.settings import PERSON


class HeadAxes:
    """Collects the axes of the head from the landmarks, in the most frontal views."""

    def __init__(self) -> None:
        self._straight: list[float] = []
        self._frame: list[int] = []
        self._R: list[Floats] = []
        self._proportion: list[float] = []

    def take(self, frame: int, points: Floats) -> None:
        """Take in the landmarks of a frame; ``points`` (478, 3) in space."""
        _, pose = mesh_pose.face_shape(points)
        self._straight.append(float(pose.R[:, 2] @ pose.t / np.linalg.norm(pose.t)))  # -1: it looks into the camera
        self._frame.append(frame)
        self._R.append(pose.R)
        if away_and_aside_deg(pose)[1] <= PERSON.head.square_on_deg:
            self._proportion.append(proportion(points))

    def within(self, R: Floats, use: Bools | None = None) -> Floats:
        """(3, 3) the head's axes in the axes it was tracked with, of which ``R`` (n, 3, 3) are the orientations.

        ``use`` (n,) are the frames from which they may be taken.
        """
        frame = np.array(self._frame, int)
        taken = np.arange(len(frame)) if use is None else np.flatnonzero(use[frame])
        straightest = taken[np.argsort(np.array(self._straight)[taken], kind="stable")][: PERSON.head.straightest]
        seen = [R[frame[i]].T @ self._R[i] for i in straightest if np.isfinite(R[frame[i], 0, 0])]
        return Rotation.from_matrix(np.array(seen)).mean().as_matrix() if seen else np.eye(3)

    @property
    def proportion(self) -> float:
        """Median of the face's `proportion` in views from the front; NaN without any."""
        return float(np.median(self._proportion)) if self._proportion else float("nan")

    @property
    def least_aside_deg(self) -> float:
        """Angle between face and camera in the most frontal view, degrees; NaN without a face."""
        return float(np.degrees(np.arccos(-min(self._straight)))) if self._straight else float("nan")


def proportion(points: Floats) -> float:
    """Height of a face over its width, from landmarks (478, 3) in space: from the bridge of the nose to the chin, and
    between the outer corners of the eyes.
    """
    bridge, chin, left, right = points[[mesh_points.BRIDGE, mesh_points.CHIN, *mesh_points.OUTER_CORNERS]]
    return float(np.linalg.norm(bridge - chin) / np.linalg.norm(left - right))


def away_and_aside_deg(pose: Pose) -> tuple[float, float]:
    """Angle between the face's direction and the camera, and its horizontal part; degrees from 0 to 180."""
    view = pose.t / np.linalg.norm(pose.t)
    away = float(np.degrees(np.arccos(np.clip(-pose.R[:, 2] @ view, -1, 1))))
    aside = abs(float(np.degrees(np.arctan2(*pose.R[[0, 2], 2]) - np.arctan2(*-view[[0, 2]]))))
    return away, min(aside, 360 - aside)
