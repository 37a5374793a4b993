"""Head pose from the landmarks alone: a rigid fit of the person's own landmark shape.

This pose starts the tracker, finds the head again when it was lost, and serves as a check. It is not the measurement:
the network behind the landmarks underestimates large rotations (a face turned by 57 degrees is read as about 48).
"""

from __future__ import annotations

import numpy as np

from romcheck.arrays import Floats
from romcheck.geometry.intrinsics import Lens
from romcheck.geometry.pose import Pose
from romcheck.person.mesh_points import (
    CHIN,
    FOREHEAD,
    LEFT_CHEEK,
    LEFT_IRIS,
    PAIRS,
    RIGHT_CHEEK,
    RIGHT_IRIS,
    STEADY,
)
from romcheck.person.settings import PERSON

HEAD = PERSON.head


def lift(landmarks: Floats, lens: Lens) -> Floats:
    """Landmarks in space, camera axes, metres.

    The network sees a crop as if a distant camera looked straight at the face: its depths run along the ray to the
    face's centre, in pixels at the depth of the face. So the face is lifted in a camera turned to it and rotated back;
    without this a face 10 degrees off the centre of the picture is read with an error of 10 degrees.

    Parameters
    ----------
    landmarks : (478, 3) pixels

    Returns
    -------
    (478, 3)
    """
    rays = lens.rays(landmarks[:, :2])
    rays = np.column_stack([rays, np.ones(len(rays))])
    ahead = rays[STEADY].mean(0)
    ahead /= np.linalg.norm(ahead)
    turn = _turn_to_z(ahead)
    rays = rays @ turn.T
    f = (lens.fx + lens.fy) / 2 / ahead[2]
    depth = 1 + (landmarks[:, 2] - landmarks[STEADY, 2].mean()) / f
    points = rays / rays[:, 2:] * depth[:, None] @ turn
    # Pupil distance with foreshortening corrected by the network's own depth.
    return points * (HEAD.pupil_distance_m / np.linalg.norm(points[LEFT_IRIS] - points[RIGHT_IRIS]))


def _turn_to_z(direction: Floats) -> Floats:
    """Smallest rotation that takes a unit vector to the z axis."""
    x, y, z = direction
    k = 1 / (1 + z)
    return np.array([[1 - x * x * k, -x * y * k, -x], [-x * y * k, 1 - y * y * k, -y], [x, y, z]])


def face_shape(points: Floats) -> tuple[Floats, Pose]:
    """The person's landmark shape in head axes, and the pose at which it was seen.

    Head axes are X from right to left across the pairs, Y upwards as the face is held upright, Z out of the face. The
    origin lies midway between the cheeks' outer edges, close to the ears.

    Parameters
    ----------
    points : (478, 3) from :func:`lift`

    Returns
    -------
    shape : (478, 3) in head axes, metres
    pose : head to camera
    """
    x = (points[PAIRS[:, 0]] - points[PAIRS[:, 1]]).sum(0)
    x /= np.linalg.norm(x)
    y = points[FOREHEAD] - points[CHIN]
    y -= x * (x @ y)
    y /= np.linalg.norm(y)
    lean = np.radians(HEAD.forehead_ahead_deg)
    y = np.cos(lean) * y - np.sin(lean) * np.cross(x, y)
    R = np.column_stack([x, y, np.cross(x, y)])
    t = (points[LEFT_CHEEK] + points[RIGHT_CHEEK]) / 2
    return (points - t) @ R, Pose(R, t)


def fit(shape: Floats, points: Floats) -> Pose:
    """Pose that best aligns ``shape`` with ``points`` (orthogonal Procrustes, Kabsch 1976), from rigid points only.

    Both are (478, 3). The scale may differ: it is fitted and not part of the pose, as the pupil distance that set it
    is foreshortened when the face is turned.
    """
    a, b = shape[STEADY], points[STEADY]
    ma, mb = a.mean(0), b.mean(0)
    U, s, Vt = np.linalg.svd((b - mb).T @ (a - ma))
    sign = np.diag([1, 1, np.linalg.det(U @ Vt)])
    R = U @ sign @ Vt
    scale = (s * np.diag(sign)).sum() / ((a - ma) ** 2).sum()
    # A shape larger by `scale` gives the same picture at `scale` times the distance.
    return Pose(R, mb / scale - R @ ma)
