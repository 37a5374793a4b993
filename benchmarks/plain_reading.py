"""The baseline romcheck is compared with: MediaPipe's landmarks, a generic face, yaw in the camera's axes.

It is what most programs do: `solvePnP` on a few landmarks with one face for everybody, and the change of the face's
orientation about the camera's axes since the start. It is given the true lens and the true times of the holds, which a
real user would not know.
"""

from __future__ import annotations

import av
import cv2
import numpy as np
from clips import Clip, Hold
from numpy.typing import NDArray
from scoring import LEAVE_S, SETTLE_S, Plain

from romcheck.geometry.intrinsics import Lens
from romcheck.person.landmarks import FaceMesh

Floats = NDArray[np.float64]

GENERIC_FACE_CM = {
    33: (-4.445859, 2.663991, 3.173422),
    133: (-1.856432, 2.585245, 3.757904),
    362: (1.856432, 2.585245, 3.757904),
    263: (4.445859, 2.663991, 3.173422),
    1: (0.0, -1.126865, 7.475604),
    61: (-2.456206, -4.342621, 4.283884),
    291: (2.456206, -4.342621, 4.283884),
    152: (0.0, -9.403378, 4.264492),
}
"""Eye corners, nose tip, mouth corners and chin of MediaPipe's canonical face model (face_geometry module, Apache-2.0),
by landmark number, in head axes: X to the subject's left, Y up, Z forward."""


def read(clip: Clip) -> list[Plain]:
    """Baseline angle of every hold of a clip."""
    times, angles = [], []
    with av.open(str(clip.path)) as container, FaceMesh() as mesh:
        for frame in container.decode(video=0):
            faces = mesh.find(frame.to_ndarray(format="rgb24"))
            times.append(frame.time)
            angles.append(camera_angles(head_pose(faces[0], clip.lens)) if faces else np.full(3, np.nan))
    return at_holds(clip, np.array(times, np.float64) - times[0], np.array(angles))


def head_pose(landmarks: Floats, lens: Lens) -> Floats:
    """(3, 3) head axes to camera axes, by `solvePnP` on (478, 3) landmarks in pixels with the generic face."""
    points = np.array(list(GENERIC_FACE_CM.values()))
    pixels = np.ascontiguousarray(landmarks[list(GENERIC_FACE_CM), :2])
    distortion = np.array(lens.distortion)
    _, turn, shift = cv2.solvePnP(points, pixels, lens.K, distortion, flags=cv2.SOLVEPNP_SQPNP)
    turn, _ = cv2.solvePnPRefineLM(points, pixels, lens.K, distortion, turn, shift)
    return np.asarray(cv2.Rodrigues(turn)[0], np.float64)


def camera_angles(R: Floats) -> Floats:
    """(3,) yaw, pitch and roll of a head in the camera's axes, degrees: + to the subject's left, down, and towards
    the subject's right shoulder, for a head upright in the picture.
    """
    x, y, z = R[:, 2]
    return np.degrees([np.arctan2(x, -z), np.arctan2(y, np.hypot(x, z)), -np.arctan2(R[1, 0], R[0, 0])])


def at_holds(clip: Clip, time_s: Floats, angles: Floats) -> list[Plain]:
    """Median at each hold minus that at the starting position, as a positive angle.

    Parameters
    ----------
    time_s : (n,)
    angles : (n, 3) from :func:`camera_angles`, NaN where no face was found
    """

    def median(start_s: float, end_s: float, axis: int) -> tuple[float, float]:
        held = (time_s >= start_s + SETTLE_S) & (time_s <= end_s - LEAVE_S)
        known = angles[held, axis][np.isfinite(angles[held, axis])]
        return (float(np.median(known)), len(known) / held.sum()) if len(known) else (np.nan, 0.0)

    def reading(hold: Hold) -> Plain:
        axis = 0 if hold.movement.startswith("rotation") else 2 if hold.movement.startswith("lateral") else 1
        start, _ = median(clip.start_s, clip.end_s, axis)
        angle, seen = median(hold.start_s, hold.end_s, axis)
        # The magnitude only: the side is known from the hold, even if the whole picture is upside down.
        turned = abs((angle - start + 180) % 360 - 180)
        return Plain(turned if np.isfinite(turned) else None, seen)

    return [reading(hold) for hold in clip.holds]
