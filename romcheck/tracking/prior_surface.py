"""Prior surfaces of head and trunk: approximate closed surfaces that give features their initial depth.

They need not be accurate: the depth of every feature is adjusted later from its motion. The surface gives the initial
value, the pixels that belong to the body, and the normals of the skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.ndimage import gaussian_filter

from romcheck.arrays import Floats
from romcheck.geometry.pose import Pose
from romcheck.tracking import kernels
from romcheck.tracking.settings import TRACKING

SURFACE = TRACKING.surface
CELLS_PER_RAD = float(np.degrees(1)) / SURFACE.grid_deg


@dataclass(frozen=True)
class RayHits:
    """Viewing rays and a surface: ``hit`` (n,), and for those that do ``points`` and outward ``normals`` (n, 3), body
    axes.
    """

    hit: NDArray[np.bool_]
    points: Floats
    normals: Floats


@dataclass(frozen=True)
class InitialPoints:
    """Initial points of features in space, from the prior surface.

    Attributes
    ----------
    usable : (n,) whether a feature may lie there
    depth : (n,) metres
    normals : (n, 3) outward, body axes
    curvature : (n, 3, 3) of the surface, body axes; see :meth:`Surface.curvature`
    information_weight : (n,) factor on the information of a feature there: 1 on what moves with the body, less on what
        slides over it
    """

    usable: NDArray[np.bool_]
    depth: Floats
    normals: Floats
    curvature: Floats
    information_weight: Floats

    def part(self, use: NDArray[np.bool_]) -> InitialPoints:
        """A subset."""
        return InitialPoints(
            self.usable[use], self.depth[use], self.normals[use], self.curvature[use], self.information_weight[use]
        )


@dataclass(frozen=True)
class Surface:
    """A star-shaped surface: its distance from ``centre`` for each direction.

    ``radius`` is (n_elevation, n_azimuth) metres over elevation -90..90 (Y up) and azimuth -180..180 degrees
    (0 along +Z, + towards +X).
    """

    centre: Floats
    radius: Floats

    def distance(self, points: Floats) -> Floats:
        """Signed distance along the radius, + outside; (..., 3) body axes to (...)."""
        about = np.ascontiguousarray(points - self.centre).reshape(-1, 3)
        return kernels.off_surface(about, self.radius, CELLS_PER_RAD).reshape(points.shape[:-1])

    def intersect(self, rays: Floats, pose: Pose) -> RayHits:
        """First intersection of each viewing ray (n, 2) with the surface of the body at ``pose``."""
        d = np.column_stack([rays, np.ones(len(rays))])
        d = d / np.linalg.norm(d, axis=1, keepdims=True) @ pose.R
        origin = -pose.R.T @ pose.t
        middle = np.linalg.norm(self.centre - origin)
        steps = np.linspace(
            middle - SURFACE.reach_m, middle + SURFACE.reach_behind * SURFACE.reach_m, SURFACE.ray_steps
        )
        hit, depth = kernels.first_inside(origin - self.centre, d, steps, self.radius, CELLS_PER_RAD)
        points, normals = origin + d * depth[:, None], np.zeros_like(d)
        normals[hit] = self.normals(points[hit])
        return RayHits(hit, points, normals)

    def normals(self, points: Floats) -> Floats:
        """Outward unit normals near ``points`` (n, 3), from differences over a centimetre."""
        steps = np.eye(3) * SURFACE.normal_reach_m
        g = np.stack([self.distance(points + e) - self.distance(points - e) for e in steps], -1)
        return np.asarray(g / (np.linalg.norm(g, axis=-1, keepdims=True) + 1e-12))

    def curvature(self, points: Floats) -> Floats:
        """(n, 3, 3) curvature tensor of the surface near ``points`` (n, 3), 1/metre, positive where convex.

        Between 0 (flat) and ``SURFACE.most_curvature`` in every direction.
        """
        along = tangents(self.normals(points))
        turning = [
            self.normals(points + step) - self.normals(points - step)
            for step in (SURFACE.curvature_reach_m * along[..., 0], SURFACE.curvature_reach_m * along[..., 1])
        ]
        bent = np.einsum("nik,jni->nkj", along, np.array(turning) / (2 * SURFACE.curvature_reach_m))
        size, way = np.linalg.eigh((bent + bent.transpose(0, 2, 1)) / 2)
        way = along @ way
        return np.asarray(way * size.clip(0, SURFACE.most_curvature)[:, None] @ way.transpose(0, 2, 1))


def tangents(normals: Floats) -> Floats:
    """(n, 3, 2) two orthogonal unit tangents of a surface, from its normals (n, 3)."""
    a = np.cross(normals, [0.0, 1.0, 0.001])
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    return np.stack([a, np.cross(normals, a)], -1)


def _grid() -> tuple[Floats, Floats]:
    elevation = np.arange(-90, 90 + SURFACE.grid_deg / 2, SURFACE.grid_deg)
    azimuth = np.arange(-180, 180 + SURFACE.grid_deg / 2, SURFACE.grid_deg)
    e, a = np.meshgrid(np.radians(elevation), np.radians(azimuth), indexing="ij")
    return e, a


def _ellipsoid(e: Floats, a: Floats, half: tuple[float, float, float]) -> Floats:
    d = np.stack([np.cos(e) * np.sin(a), np.sin(e), np.cos(e) * np.cos(a)], -1)
    return np.asarray(1 / np.linalg.norm(d / half, axis=-1))


def head_surface(shape: Floats) -> Surface:
    """Face from the landmarks, an ellipsoid for the rest of the skull.

    The ellipsoid has an average adult's proportions (breadth : length : height about 15 : 19 : 23 cm with hair),
    scaled to the width of the face.

    Parameters
    ----------
    shape : (478, 3) from :func:`romcheck.person.mesh_pose.face_shape`
    """
    width = float(np.linalg.norm(shape[454] - shape[234]))
    centre = np.array([0.0, shape[168, 1], shape[168, 2] - SURFACE.skull_behind * width])
    e, a = _grid()
    half_x, half_y, half_z = SURFACE.skull_half_axes
    skull = _ellipsoid(e, a, (half_x * width, half_y * width, half_z * width))
    d = shape[:468] - centre
    r = np.linalg.norm(d, axis=1)
    at = np.column_stack([np.arcsin(d[:, 1] / r), np.arctan2(d[:, 0], d[:, 2])])
    face = LinearNDInterpolator(at, r)(e, a)
    seen = np.isfinite(face)
    # Face and skull are blended at the seam.
    weight = (
        np.minimum(gaussian_filter(seen.astype(float), SURFACE.seam_deg / SURFACE.grid_deg / 2) * 2 - 1, 1).clip(0)
        * seen
    )
    radius = np.where(seen, weight * np.nan_to_num(face) + (1 - weight) * skull, skull)
    return Surface(centre, gaussian_filter(radius, SURFACE.smoothing_cells))


def trunk_surface(half: tuple[float, float, float]) -> Surface:
    """An ellipsoid of shoulders and chest; ``half`` its half-axes in metres."""
    e, a = _grid()
    return Surface(np.zeros(3), _ellipsoid(e, a, half))
