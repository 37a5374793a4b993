"""The causal state of the person: orientations converted to angles as they arrive, without waiting for later frames."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from romcheck.arrays import Floats
from romcheck.motion.rotations import Angles, anatomical, relative
from romcheck.person.poses import CurrentPose, FaceView

LOST = np.full((3, 3), np.nan)


@dataclass(frozen=True, kw_only=True)
class LiveReading(FaceView):
    """One moment of the live check. Axes are those of ``MotionTrack``; NaN means unknown.

    Attributes
    ----------
    neck : (3, 3) the head's orientation with the trunk's turn taken out, head axes to camera axes
    trunk : (3, 3) turn of the trunk since it was first seen, camera axes
    below_deg : how far below the face's own straight-ahead the camera stands, + below; the head need not be level
    position_m : (3,) the head's origin, camera axes
    """

    neck: Floats
    trunk: Floats
    below_deg: float
    position_m: Floats

    @property
    def seen(self) -> bool:
        """Whether the head's orientation is known."""
        return bool(np.isfinite(self.neck).all())

    def angles(self, start: Floats) -> Angles:
        """Rotation, flexion and lateral flexion of the neck since the posture `start` (3, 3), degrees."""
        return anatomical(relative(start, self.neck))


class Reader:
    """Makes readings of one person, remembering the trunk between the looks taken at it.

    As in the measurement proper (``motion.trunk``), the trunk is taken out of the head's orientation once it has
    been seen, and keeps its last orientation while it is not seen: dropping it in mid-turn would look like a
    movement of the head.
    """

    def __init__(self) -> None:
        self._trunk: Floats | None = None

    def read(self, now: CurrentPose) -> LiveReading:
        """Process the newest frame."""
        if now.trunk is not None and np.isfinite(now.trunk).all():
            self._trunk = now.trunk
        trunk = np.eye(3) if self._trunk is None else self._trunk
        head = LOST if now.head is None else now.head
        position = np.full(3, np.nan) if now.position_m is None else now.position_m
        return LiveReading(
            **{f.name: getattr(now, f.name) for f in fields(FaceView)},
            neck=trunk.T @ head,
            trunk=LOST if self._trunk is None else self._trunk,
            below_deg=camera_below_deg(head, position),
            position_m=position,
        )


def camera_below_deg(head: Floats, position_m: Floats) -> float:
    """Angle at which the camera sees the face from below, degrees, + below; NaN where the head is not known.

    The angle of the line from the head to the camera out of the head's XZ plane, so that it holds for a picture
    turned sideways or upside down as well.

    Parameters
    ----------
    head : (3, 3) head axes to camera axes
    position_m : (3,) the head's origin, camera axes
    """
    distance = float(np.linalg.norm(position_m))
    if not (np.isfinite(head).all() and np.isfinite(distance) and distance > 0):
        return float("nan")
    to_camera = -head.T @ (position_m / distance)
    return float(np.degrees(np.arcsin(np.clip(-to_camera[1], -1, 1))))
