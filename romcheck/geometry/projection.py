"""Pixels of points in space, and how they change with the point and with the pose (Jacobians)."""

from __future__ import annotations

import numpy as np

from romcheck.arrays import Floats
from romcheck.geometry.pose import Pose


def project(points: Floats, pose: Pose, f: float, c: Floats) -> tuple[Floats, Floats]:
    """Pixels (n, 2) of body points (n, 3), and the points in camera axes (n, 3)."""
    x = points @ pose.R.T + pose.t
    return x[:, :2] / x[:, 2:] * f + c, x


def projection_jacobian(x: Floats, f: float) -> Floats:
    """(n, 2, 3) change of the pixel with the camera-axes point ``x`` (n, 3)."""
    z = 1 / x[:, 2]
    J = np.zeros((len(x), 2, 3))
    J[:, 0, 0] = J[:, 1, 1] = f * z
    J[:, 0, 2] = -f * x[:, 0] * z * z
    J[:, 1, 2] = -f * x[:, 1] * z * z
    return J


def pose_jacobian(x: Floats, pose: Pose, f: float) -> Floats:
    """(n, 2, 6) change of the pixel with a small turn about the body's origin (camera axes) and a shift."""
    J = projection_jacobian(x, f)
    arm = x - pose.t
    return point_to_pose_jacobian(arm, J)


def point_to_pose_jacobian(arm: Floats, J: Floats) -> Floats:
    """(n, 2, 6) change by a turn about the point ``arm`` (n, 3) reaches from and a shift, from that by a shift alone.

    J @ (w x arm) = (arm x J) . w, row by row; written out, as ``numpy.cross`` takes three times as long.
    """
    x, y, z = arm.T[:, :, None]
    out = np.empty((len(J), 2, 6))
    out[..., 0] = y * J[..., 2] - z * J[..., 1]
    out[..., 1] = z * J[..., 0] - x * J[..., 2]
    out[..., 2] = x * J[..., 1] - y * J[..., 0]
    out[..., 3:] = J
    return out
