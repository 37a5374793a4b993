"""Rotations: the geodesic distance between them, and keeping them orthonormal."""

from __future__ import annotations

import numpy as np

from romcheck.arrays import Floats


def turns_deg(R: Floats, to: Floats) -> Floats:
    """Angles (n,) between rotations (n, 3, 3) and one more."""
    trace = np.einsum("nij,ij->n", R, to)
    return np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1)))


def turn_deg(a: Floats, b: Floats) -> float:
    """Angle between two rotations (3, 3)."""
    return float(turns_deg(a[None], b)[0])


def orthonormal(R: Floats) -> Floats:
    """Rotations (..., 3, 3) with the rounding taken out that products of rotations gather (one Newton step)."""
    return np.asarray(R @ (1.5 * np.eye(3) - 0.5 * np.swapaxes(R, -1, -2) @ R))
