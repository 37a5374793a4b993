"""Rotations of the head and the three anatomical angles read from them.

Axes are the head's: X to the subject's left, Y up along the neck, Z forward. Every function is vectorised over
leading axes, and a matrix holding NaN gives NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from romcheck.arrays import Floats

TILT_LIMIT_DEG = 179.9
"""Nearer than this to an upside-down tilt the twist is undefined and all three angles are NaN."""


@dataclass(frozen=True)
class Angles:
    """Anatomical angles in degrees, all of one shape.

    Attributes
    ----------
    rotation : twist about the head's own Y axis, (-180, 180], + to the subject's left
    flexion : + chin down, - extension
    lateral_flexion : + to the subject's right, - to the left
    """

    rotation: Floats
    flexion: Floats
    lateral_flexion: Floats

    def of(self, axis: int) -> Floats:
        """One angle: 0 rotation, 1 flexion, 2 lateral flexion."""
        return (self.rotation, self.flexion, self.lateral_flexion)[axis]

    def stacked(self) -> Floats:
        """All three along a new last axis: rotation, flexion, lateral flexion."""
        return np.stack([self.rotation, self.flexion, self.lateral_flexion], axis=-1)


def quaternions(R: ArrayLike) -> Floats:
    """Convert rotation matrices to unit quaternions (x, y, z, w).

    Parameters
    ----------
    R : (..., 3, 3) proper rotation matrices; small departures from orthonormality are removed

    Returns
    -------
    (..., 4), of either sign, NaN where the matrix is not finite
    """
    R = np.asarray(R, dtype=np.float64)
    flat = R.reshape(-1, 3, 3)
    out = np.full((len(flat), 4), np.nan)
    known = np.isfinite(flat).all(axis=(1, 2))
    if known.any():
        out[known] = Rotation.from_matrix(flat[known]).as_quat()
    return out.reshape(*R.shape[:-2], 4)


def matrices(q: ArrayLike) -> Floats:
    """Rotation matrices (..., 3, 3) of quaternions (..., 4) as (x, y, z, w); NaN stays NaN."""
    q = np.asarray(q, dtype=np.float64)
    flat = q.reshape(-1, 4)
    out = np.full((len(flat), 3, 3), np.nan)
    known = np.isfinite(flat).all(axis=1)
    if known.any():
        out[known] = Rotation.from_quat(flat[known]).as_matrix()
    return out.reshape(*q.shape[:-1], 3, 3)


def relative(start: ArrayLike, R: ArrayLike) -> Floats:
    """R0ᵀR: the turn since the starting position, in the head's own axes at that posture."""
    return np.asarray(np.swapaxes(np.asarray(start, dtype=np.float64), -1, -2) @ np.asarray(R, dtype=np.float64))


def anatomical(turn: ArrayLike) -> Angles:
    """Rotation, flexion and lateral flexion of a turn R0ᵀR.

    The turn is split as S·T: T the twist about the head's own Y axis, S the tilt that remains, whose axis lies in
    the XZ plane. Rotation is the twist angle; flexion and lateral flexion are the X and Z components of S's
    rotation vector. The split is the swing-twist (tilt and twist) decomposition; no order of rotations has to be
    chosen and there is no gimbal lock at any rotation or at 90° of flexion. It is singular only where the head is
    tilted by 180° (upside down), where no twist can be named: there the angles are NaN.

    Parameters
    ----------
    turn : (..., 3, 3)

    Returns
    -------
    Angles of shape (...)
    """
    x, y, z, w = np.moveaxis(quaternions(turn), -1, 0)
    # S·T = q with T = (0, y, 0, w)/k, so S = q·T⁻¹ has the scalar part k and the vector part below.
    k = np.hypot(y, w)
    with np.errstate(invalid="ignore", divide="ignore"):
        rotation = np.degrees(2 * np.arctan2(y, w))
        rotation = rotation - 360 * np.ceil((rotation - 180) / 360)
        sx, sz = (x * w + z * y) / k, (z * w - x * y) / k
        sine = np.hypot(sx, sz)
        tilt = np.degrees(2 * np.arctan2(sine, k))
        scale = np.where(sine > 1e-12, tilt / np.where(sine > 1e-12, sine, 1.0), np.degrees(2.0))
        flexion, lateral = sx * scale, sz * scale
    undefined = ~(tilt <= TILT_LIMIT_DEG)
    return Angles(*(np.where(undefined, np.nan, a) for a in (rotation, flexion, lateral)))


def compose(rotation: ArrayLike, flexion: ArrayLike, lateral_flexion: ArrayLike) -> Floats:
    """Build the turn S·T with the given anatomical angles in degrees; the inverse of `anatomical`."""
    rotation, flexion, lateral = np.broadcast_arrays(
        *(np.asarray(a, dtype=np.float64) for a in (rotation, flexion, lateral_flexion))
    )
    zero = np.zeros(rotation.shape)
    tilt = Rotation.from_rotvec(np.stack([flexion, zero, lateral], -1).reshape(-1, 3), degrees=True)
    twist = Rotation.from_rotvec(np.stack([zero, rotation, zero], -1).reshape(-1, 3), degrees=True)
    return np.asarray((tilt * twist).as_matrix().reshape(*rotation.shape, 3, 3))


def distance_deg(A: ArrayLike, B: ArrayLike) -> Floats:
    """Angle of the single turn that takes A to B (geodesic distance), degrees, in [0, 180]."""
    # From the chord ‖A - B‖ = √8 sin(θ/2): exact for tiny turns, where an arc cosine loses half the digits.
    apart = np.asarray(A, dtype=np.float64) - np.asarray(B, dtype=np.float64)
    chord = np.sqrt(np.einsum("...ij,...ij->...", apart, apart))
    return np.asarray(np.degrees(2 * np.arcsin(np.minimum(chord / np.sqrt(8), 1))))


def orthonormal(R: ArrayLike) -> Floats:
    """Rotations (..., 3, 3) without the rounding error that products of rotations accumulate (one Newton step)."""
    R = np.asarray(R, dtype=np.float64)
    return np.asarray(R @ (1.5 * np.eye(3) - 0.5 * np.swapaxes(R, -1, -2) @ R))


def mean_rotation(R: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Mean of rotations: the one with the least sum of squared chords.

    Source: Markley et al. 2007, J Guid Control Dyn 30:1193.

    Parameters
    ----------
    R : (n, 3, 3); members that are not finite are left out
    weights : (n,), optional

    Returns
    -------
    (3, 3), NaN where nothing is finite
    """
    q = quaternions(R)
    known = np.isfinite(q).all(axis=-1)
    if not known.any():
        return np.full((3, 3), np.nan)
    q = q[known]
    w = np.ones(len(q)) if weights is None else np.asarray(weights, dtype=np.float64)[known]
    return matrices(np.linalg.eigh((w[:, None] * q).T @ q)[1][:, -1])


def robust_mean_rotation(R: ArrayLike, at_most: int = 100) -> Floats:
    """Mean of the densest half of rotations (n, 3, 3): what lies to one side, such as a slow departure, has no pull.

    The member with the least median distance to all others is found among at most `at_most` evenly chosen ones; the
    mean is over the members within that distance of it.
    """
    R = np.asarray(R, dtype=np.float64)
    few = R[:: max(1, len(R) // at_most)]
    radius = np.nanmedian(distance_deg(few[:, None], few[None]), axis=1)
    core = int(np.nanargmin(radius))
    return mean_rotation(R, distance_deg(R, few[core]) <= radius[core] + 1e-9)
