"""Projection of points in space to pixels."""

from __future__ import annotations

from romcheck.arrays import Floats
from romcheck.geometry.pose import Pose


def project(points: Floats, pose: Pose, f: float, c: Floats) -> tuple[Floats, Floats]:
    """Pixels (n, 2) of body points (n, 3), and the points in camera axes (n, 3)."""
    x = points @ pose.R.T + pose.t
    return x[:, :2] / x[:, 2:] * f + c, x
