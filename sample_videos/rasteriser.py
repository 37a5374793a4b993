"""Draws a textured triangle mesh with numpy and OpenCV alone, so that no graphics driver is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
SUBPIXEL_BITS = 6
ROW = 2048  # cv2.remap refuses very long rows, so the pixels are looked up in rows of this length


@dataclass(frozen=True)
class Mesh:
    """Triangles with a texture.

    Attributes
    ----------
    vertices : (n, 3) metres
    faces : (m, 3) indices, anticlockwise seen from outside
    uv : (n, 2) place of each vertex in the texture, texture pixels
    weight : (n,) 1 moves with the head, 0 with the trunk, the neck lies between
    """

    vertices: Floats
    faces: NDArray[np.int64]
    uv: Floats
    weight: Floats


def join(meshes: list[Mesh]) -> Mesh:
    """One mesh of several that share a texture."""
    starts = np.cumsum([0] + [len(m.vertices) for m in meshes[:-1]])
    return Mesh(
        np.concatenate([m.vertices for m in meshes]),
        np.concatenate([m.faces + start for m, start in zip(meshes, starts, strict=True)]),
        np.concatenate([m.uv for m in meshes]),
        np.concatenate([m.weight for m in meshes]),
    )


def normals(vertices: Floats, faces: NDArray[np.int64]) -> Floats:
    """(n, 3) outward unit normals at the vertices, averaged over the triangles by area."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    total = np.stack(
        [sum(np.bincount(faces[:, k], face[:, axis], len(vertices)) for k in range(3)) for axis in range(3)], -1
    )
    return total / (np.linalg.norm(total, axis=1, keepdims=True) + 1e-15)


def draw(
    points: Floats,
    faces: NDArray[np.int64],
    uv: Floats,
    diffuse: Floats,
    gloss: Floats,
    K: Floats,
    texture: NDArray[np.uint8],
    background: Floats,
    supersample: int,
) -> Floats:
    """Picture of a mesh before a background.

    Parameters
    ----------
    points : (n, 3) vertices in camera axes (x right, y down, z away), metres, all in front of the camera
    uv : (n, 2) texture pixels
    diffuse, gloss : (n,) light that multiplies the texture, and grey levels added to it
    K : (3, 3) camera matrix in pixels of the finished picture; pixel centres lie at whole numbers
    background : (height * supersample, width * supersample, 3)

    Returns
    -------
    (height, width, 3) grey levels 0-255

    Notes
    -----
    Triangles are painted from far to near, which is right for small triangles; each pixel then takes its texture
    place from its own triangle, perspective-correct.
    """
    xy = (points[:, :2] / points[:, 2:] * (K[0, 0], K[1, 1]) + (K[0, 2], K[1, 2]) + 0.5) * supersample - 0.5
    height, width = background.shape[:2]
    corner = xy[faces]
    e1, e2 = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    # y runs downwards in the picture, so a triangle that faces the camera turns clockwise there.
    area = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
    inside = (corner.max(1) > 0).all(1) & (corner.min(1) < (width, height)).all(1)
    seen = np.flatnonzero((area < -1e-9) & inside)
    seen = seen[np.argsort(-points[faces[seen], 2].mean(1), kind="stable")]

    owner = np.full((height, width), -1, np.int32)
    fixed = np.round(corner[seen] * 2**SUBPIXEL_BITS).astype(np.int32)
    for number, triangle in enumerate(fixed):
        cv2.fillConvexPoly(owner, triangle, (number,), cv2.LINE_8, SUBPIXEL_BITS)
    flat = owner.ravel()
    pixel = np.flatnonzero(flat >= 0)
    mine = flat[pixel]

    # 1/z, u/z, v/z and the light are affine in the picture: value = a x + b y + c, per triangle.
    inverse = 1 / points[:, 2]
    values = np.stack([inverse, uv[:, 0] * inverse, uv[:, 1] * inverse, diffuse, gloss], -1)[faces[seen]]
    d1, d2 = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    s, e1, e2 = area[seen, None], e1[seen], e2[seen]
    a = (d1 * e2[:, 1:] - d2 * e1[:, 1:]) / s
    b = (d2 * e1[:, :1] - d1 * e2[:, :1]) / s
    c = values[:, 0] - a * corner[seen, 0, :1] - b * corner[seen, 0, 1:]
    x, y = (pixel % width).astype(np.float32), (pixel // width).astype(np.float32)
    depth, u, v, light, shine = (
        np.take(a[:, k].astype(np.float32), mine) * x
        + np.take(b[:, k].astype(np.float32), mine) * y
        + np.take(c[:, k].astype(np.float32), mine)
        for k in range(5)
    )
    rows = -(-len(pixel) // ROW)
    maps: Floats = np.zeros((2, rows * ROW), np.float32)
    maps[0, : len(pixel)], maps[1, : len(pixel)] = u / depth, v / depth
    across, down = maps.reshape(2, rows, ROW)
    colour = cv2.remap(texture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    colour = colour.reshape(-1, 3)[: len(pixel)].astype(np.float32)
    picture = background.copy()
    picture.reshape(-1, 3)[pixel] = colour * light[:, None] + shine[:, None]
    if supersample == 1:
        return picture
    return cv2.resize(picture, (width // supersample, height // supersample), interpolation=cv2.INTER_AREA)
