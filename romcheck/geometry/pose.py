"""The pose of a rigid body."""

from __future__ import annotations

from dataclasses import dataclass

from romcheck.arrays import Floats


@dataclass(frozen=True)
class Pose:
    """Rigid position of a body: ``x_camera = R @ x_body + t``; R (3, 3), t (3,) in metres."""

    R: Floats
    t: Floats
