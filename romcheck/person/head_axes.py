"""The head's axes, from the most frontal pictures of the face."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Floats
from romcheck.geometry.pose import Pose
from romcheck.person import mesh_pose
from romcheck.person.settings import PERSON


class HeadAxes:
    """Collects the axes of the head from the landmarks, in the most frontal views."""

    def __init__(self) -> None:
        self._straightest: list[tuple[float, int, Floats]] = []

    def take(self, frame: int, points: Floats) -> None:
        """Keep the head's axes if this is among the most frontal views; ``points`` (478, 3) in space."""
        _, pose = mesh_pose.face_shape(points)
        straight = float(pose.R[:, 2] @ pose.t / np.linalg.norm(pose.t))  # -1 where it looks into the camera
        if len(self._straightest) < PERSON.head.straightest or straight < self._straightest[-1][0]:
            self._straightest.append((straight, frame, pose.R))
            self._straightest.sort(key=lambda kept: kept[:2])
            del self._straightest[PERSON.head.straightest :]

    def within(self, R: Floats) -> Floats:
        """(3, 3) the head's axes in the axes it was tracked with, of which ``R`` (n, 3, 3) are the orientations."""
        seen = [R[frame].T @ straight for _, frame, straight in self._straightest if np.isfinite(R[frame, 0, 0])]
        return Rotation.from_matrix(np.array(seen)).mean().as_matrix() if seen else np.eye(3)

    @property
    def least_aside_deg(self) -> float:
        """Angle between face and camera in the most frontal view, degrees; NaN without a face."""
        return float(np.degrees(np.arccos(-self._straightest[0][0]))) if self._straightest else float("nan")


def away_and_aside_deg(pose: Pose) -> tuple[float, float]:
    """Angle between the face's direction and the camera, and its horizontal part; degrees from 0 to 180."""
    view = pose.t / np.linalg.norm(pose.t)
    away = float(np.degrees(np.arccos(np.clip(-pose.R[:, 2] @ view, -1, 1))))
    aside = abs(float(np.degrees(np.arctan2(*pose.R[[0, 2], 2]) - np.arctan2(*-view[[0, 2]]))))
    return away, min(aside, 360 - aside)
