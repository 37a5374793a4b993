"""The causal state of the person: orientations converted to angles as they arrive, without waiting for later frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Floats
from romcheck.motion.rotations import Angles, anatomical, relative
from romcheck.person.poses import Now

LOST = np.full((3, 3), np.nan)


@dataclass(frozen=True)
class LiveReading:
    """One moment of the live check. Axes are those of ``MotionTrack``; NaN means unknown.

    Attributes
    ----------
    time_s : time of the frame
    neck : (3, 3) the head's orientation with the trunk's turn taken out, head axes to camera axes
    trunk : (3, 3) turn of the trunk since it was first seen, camera axes
    below_deg : how far below the face's own straight-ahead the camera stands, + below; the head need not be level
    position_m : (3,) the head's origin, camera axes
    distance_m, face_width_px, brightness, sharpness : of the face, as in ``PictureQuality``
    faces : how many were seen
    subject_sure : False where it is not sure which of them is the subject
    way_up_sure : False while it is not sure which way up the picture is
    """

    time_s: float
    neck: Floats
    trunk: Floats
    below_deg: float
    position_m: Floats
    distance_m: float
    face_width_px: float
    brightness: float
    sharpness: float
    faces: int
    subject_sure: bool
    way_up_sure: bool = True

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

    def read(self, now: Now) -> LiveReading:
        """Take in the newest frame."""
        if now.trunk is not None and np.isfinite(now.trunk).all():
            self._trunk = now.trunk
        trunk = np.eye(3) if self._trunk is None else self._trunk
        head = LOST if now.head is None else now.head
        position = np.full(3, np.nan) if now.position_m is None else now.position_m
        return LiveReading(
            time_s=now.time_s,
            neck=trunk.T @ head,
            trunk=LOST if self._trunk is None else self._trunk,
            below_deg=camera_below_deg(head, position),
            position_m=position,
            distance_m=now.distance_m,
            face_width_px=now.face_width_px,
            brightness=now.brightness,
            sharpness=now.sharpness,
            faces=now.faces,
            subject_sure=now.subject_sure,
            way_up_sure=now.way_up_sure,
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
