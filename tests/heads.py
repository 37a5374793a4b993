"""A made-up face whose landmarks' places are known, and pictures of it: truth for the tests of the head's pose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from romcheck.geometry.intrinsics import Lens
from romcheck.person.mesh_points import BROWS, LEFT_EYE, LIPS, PAIRS, RIGHT_EYE, STEADY

Floats = NDArray[np.float64]
FACING = np.diag([1.0, -1.0, -1.0])
"""Head axes to camera axes, facing the camera."""


def face_points(seed: int = 0) -> Floats:
    """Landmarks (478, 3) in head axes, metres: scattered over half an ellipsoid, symmetric where they come in pairs."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-0.9, 0.9, 478), rng.uniform(-0.9, 0.9, 478)
    shrink = np.maximum(1, np.hypot(x, y) / 0.95)
    x, y = x / shrink, y / shrink
    points = np.column_stack([0.070 * x, 0.095 * y, 0.085 * np.sqrt(1 - x**2 - y**2)])
    points[454] = (0.070, 0.0, 0.0)
    points[10] = (0.0, 0.080, 0.052)
    # From the chin to the forehead the line leans 6 degrees forward.
    points[152] = points[10] - 0.15 * np.array([0.0, np.cos(np.radians(6)), np.sin(np.radians(6))])
    points[PAIRS[:, 0], 0] = np.abs(points[PAIRS[:, 0], 0]) + 0.005
    points[PAIRS[:, 1]] = points[PAIRS[:, 0]] * (-1, 1, 1)
    points[473], points[468] = (0.0315, 0.03, 0.06), (-0.0315, 0.03, 0.06)
    return points


def face_with_eyes() -> Floats:
    """Landmarks as of `face_points`, with eyes, lips, brows and the bridge of the nose where people have them."""
    points = face_points()
    points[168] = 0.0, 0.02, 0.085 * np.sqrt(1 - (0.02 / 0.095) ** 2)  # the skull lies behind the bridge of the nose

    def on_skin(x: Floats, y: Floats) -> Floats:
        return np.column_stack([x, y, 0.085 * np.sqrt(1 - (x / 0.07) ** 2 - (y / 0.095) ** 2)])

    for ring, (x, y), (a, b) in [
        (RIGHT_EYE, (-0.0315, 0.025), (0.015, 0.006)),
        (LEFT_EYE, (0.0315, 0.025), (0.015, 0.006)),
        (LIPS, (0.0, -0.035), (0.025, 0.010)),
    ]:
        around = np.linspace(0, 2 * np.pi, len(ring), endpoint=False)
        points[ring] = on_skin(x + a * np.cos(around), y + b * np.sin(around))
    across = np.linspace(-0.045, 0.045, len(BROWS))
    points[BROWS] = on_skin(across, np.full(len(BROWS), 0.045))
    return points


def landmarks_of(points: Floats, R: Floats, t: Floats, lens: Lens) -> Floats:
    """Pixels and depths (478, 3) as a network gives them that sees the face as from afar.

    ``R`` and ``t`` take head axes to the camera's. Depths run along the ray to the face's middle, in pixels of the
    picture.
    """
    camera = points @ R.T + t
    pixels = lens.project(camera[:, :2] / camera[:, 2:])
    middle = camera[STEADY].mean(0)
    along = (camera - middle) @ middle / np.linalg.norm(middle)
    return np.column_stack([pixels, along * lens.fx / middle[2]])


def angle_deg(a: Floats, b: Floats) -> float:
    """Angle between two rotations."""
    return float(np.degrees(np.arccos(np.clip((np.trace(a @ b.T) - 1) / 2, -1, 1))))
