"""A mannequin made by formula, and pictures of it: no scan and no photograph of any person is behind it.

    from head_model import Mannequin, Person, Expression, camera_matrix, turned
    size = (640, 480)
    K = camera_matrix(size, fov_deg=60)
    picture = Mannequin(Person()).render(turned(rotation=30), np.eye(3), (0, 0, 0.6), K, size)

Axes, signs and units are those of the truth files: head axes X to the subject's left, Y up, Z forward; camera axes
x right, y down, z away; metres and degrees. Rotation is + to the subject's left, flexion + chin down, lateral
flexion + to the subject's right shoulder.
"""

from __future__ import annotations

from typing import Any

import cv2
import head_paint as paint
import head_shape as shape
import numpy as np
from head_paint import Person
from head_shape import PIVOT, Expression
from numpy.typing import NDArray
from rasteriser import Mesh, draw, join, normals

__all__ = ["FACING", "PIVOT", "Expression", "Mannequin", "Person", "axis_turn", "camera_matrix", "landmarks", "turned"]

Floats = NDArray[Any]
FACING = np.diag([1.0, -1.0, -1.0])
"""Head axes to camera axes for a head that faces the camera."""
LIGHT = np.array([-0.45, 0.55, 1.0]) / np.linalg.norm([-0.45, 0.55, 1.0])
"""Direction to the lamp in the axes of a head that faces the camera; it stays with the room."""
AMBIENT = 0.50

# Tiles of the one texture: left, top, width, height
HEAD, NECK, SHIRT = (0, 0, 1536, 1280), (0, 1280, 800, 320), (0, 1600, 1536, 704)
EAR, HAND, FRAME, CLOTH = (0, 2304, 256, 96), (256, 2304, 256, 96), (512, 2304, 128, 96), (640, 2304, 256, 96)
TEXTURE = (2400, 1536)


def axis_turn(axis: str, degrees: float) -> Floats:
    """(3, 3) right-handed turn about the "x", "y" or "z" axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i = "xyz".index(axis)
    j, k = (i + 1) % 3, (i + 2) % 3
    R = np.eye(3)
    R[j, j], R[j, k], R[k, j], R[k, k] = c, -s, s, c
    return R


def turned(rotation: float = 0.0, flexion: float = 0.0, lateral: float = 0.0) -> Floats:
    """(3, 3) head relative to the trunk: a turn about the head's own long axis inside a held tilt, degrees."""
    return axis_turn("x", flexion) @ axis_turn("z", lateral) @ axis_turn("y", rotation)


def camera_matrix(size: tuple[int, int], fov_deg: float) -> Floats:
    """(3, 3) camera matrix of a lens that sees ``fov_deg`` across the width; pixel centres at whole numbers."""
    f = size[0] / 2 / np.tan(np.radians(fov_deg) / 2)
    return np.array([[f, 0, size[0] / 2], [0, f, size[1] / 2], [0, 0, 1.0]])


def spread(P: Floats, tile: tuple[int, int, int, int]) -> Floats:
    """Place of every pixel of a texture tile on the surface of a grid of points."""
    rows, columns = P.shape[:2]
    u = np.linspace(0, columns - 1, tile[2], dtype=np.float32)
    v = np.linspace(0, rows - 1, tile[3], dtype=np.float32)
    return cv2.remap(
        P.astype(np.float32), np.tile(u, (tile[3], 1)), np.repeat(v[:, None], tile[2], 1), cv2.INTER_LINEAR
    )


def room(size: tuple[int, int], seed: int) -> Floats:
    """(height, width, 3) a quiet room out of focus: a wall in uneven light, a picture, a door."""
    rng = np.random.default_rng([seed, 8])
    w, h = size
    x, y = np.meshgrid(np.linspace(-1, 1, w), np.linspace(-1, 1, h))
    wall = np.array([186, 188, 184.0]) * (1 - 0.10 * x - 0.07 * y)[..., None]
    wall = wall.astype(np.float32)
    for (left, top, right, bottom), grey in (
        ((0.05, 0.14, 0.20, 0.42), 0.80),
        ((0.07, 0.17, 0.18, 0.39), 1.06),
        ((0.84, 0.08, 1.1, 1.1), 0.86),
    ):
        patch = wall[int(top * h) : int(bottom * h), int(left * w) : int(right * w)]
        patch *= grey * np.array([1.0, 0.985, 0.96], np.float32)
    wall *= 1 + 0.012 * paint.noise(rng, (h, w), w / 8)[..., None]
    return cv2.GaussianBlur(wall, (0, 0), w / 110)


class Mannequin:
    """One person with one expression, ready to be drawn in any pose.

    Parameters
    ----------
    person : proportions, tones, hair and shirt
    expression : smile, blink, open mouth; the skull keeps still
    glasses, mask : worn, move with the head
    hands : two hands lie on the sides of the head and move with it
    """

    def __init__(
        self,
        person: Person | None = None,
        expression: Expression | None = None,
        glasses: bool = False,
        mask: bool = False,
        hands: bool = False,
    ) -> None:
        self.person = person or Person()
        self.expression = expression or Expression()
        build = self.person.build
        head = shape.skull(build)
        head[..., 2] += shape.features(head, build)
        neck, shirt = shape.neck(), shape.shirt()
        self.texture = np.zeros((*TEXTURE, 3), np.uint8)
        skin = paint.paint_skin(self.person, (EAR[3], EAR[2]), 9)
        self._fill(HEAD, paint.paint_head(self.person, spread(head, HEAD), self.expression))
        self._fill(NECK, paint.paint_neck(self.person, spread(neck, NECK)))
        self._fill(SHIRT, paint.paint_shirt(self.person, (SHIRT[3], SHIRT[2])))
        rim = np.linspace(0.62, 1.0, EAR[3])[:, None, None] * (1.0, 0.93, 0.92)
        self._fill(EAR, skin * rim)
        self._fill(HAND, paint.paint_skin(self.person, (HAND[3], HAND[2]), 10) * 0.95)
        self._fill(FRAME, np.full((FRAME[3], FRAME[2], 3), 38.0))
        weave = paint.noise(np.random.default_rng([self.person.seed, 11]), (CLOTH[3], CLOTH[2]), 60, 2)
        self._fill(CLOTH, np.array([168, 196, 212.0]) * (1 + 0.03 * weave[..., None]))

        self.rest = head
        shown = shape.express(head, self.expression)
        if not self.person.bald:
            outward = shown - (0, 0.02, -0.01)
            outward /= np.linalg.norm(outward, axis=-1, keepdims=True)
            shown = (
                shown
                + 0.010
                * shape.smoothstep(shape.hairline(head) - self.person.hairline_lift, 0.0, 0.045)[..., None]
                * outward
            )
        parts = [(shown, HEAD, 1.0), *((shape.ear(side), EAR, 1.0) for side in (-1, 1))]
        if mask:
            parts.append((self._mask(head), CLOTH, 1.0))
        if glasses:
            parts += [(band, FRAME, 1.0) for band in self._glasses()]
        if hands:
            parts += [
                (shape.ellipsoid((side * 0.084, -0.012, 0.0), (0.017, 0.052, 0.046)), HAND, 1.0) for side in (-1, 1)
            ]
        scaled: list[Mesh] = [shape.mesh_of(shape.resize(P, build), tile, w) for P, tile, w in parts]
        scaled.append(shape.mesh_of(shape.resize(neck, build), NECK, None))
        scaled += [
            shape.mesh_of(shape.resize(side, build), SHIRT, 0.0) for side in (shirt, (shirt * (0.99, 1, 0.98))[:, ::-1])
        ]
        self.mesh = join(scaled)
        self._normals = normals(self.mesh.vertices, self.mesh.faces)
        self._rooms: dict[tuple[int, int], Floats] = {}

    def _fill(self, tile: tuple[int, int, int, int], colours: Floats) -> None:
        left, top, width, height = tile
        self.texture[top : top + height, left : left + width] = np.clip(colours, 0, 255).astype(np.uint8)

    def _mask(self, head: Floats) -> Floats:
        """Cloth from the bridge of the nose to under the chin."""
        rows = np.flatnonzero((head[:, 0, 1] > -0.106) & (head[:, 0, 1] < 0.002))
        columns = np.flatnonzero(head[rows[len(rows) // 2], :, 2] > 0.012)
        cloth = head[np.ix_(rows, columns)].copy()
        ridge = 0.016 * np.exp(-((cloth[..., 0] / 0.030) ** 2)) * shape.smoothstep(cloth[..., 1], -0.09, -0.03)
        flat = cloth[..., 2] - shape.features(cloth, self.person.build)
        cloth[..., 2] = np.maximum(cloth[..., 2], flat + ridge) + 0.003
        cloth[..., 0] *= 1.02
        return cloth

    def _glasses(self) -> list[Floats]:
        """Rims, bridge and side pieces as flat bands, each drawn from both sides."""
        bands = []
        angle = np.linspace(0, 2 * np.pi, 40)
        eye = shape.EYE[0] + self.person.build.eyes_apart + 0.0015
        for side in (-1, 1):
            around_rim = np.stack([np.cos(angle) * 0.024, np.sin(angle) * 0.019, 0 * angle], -1)
            centre = np.array([side * eye, 0.011, 0.104])
            rim = (
                centre
                + around_rim
                - np.array([0, 0, 0.010]) * (around_rim[:, :1] * side > 0) * around_rim[:, :1] * side / 0.024
            )
            bands.append(shape.ribbon(rim, around_rim / np.linalg.norm(around_rim, axis=1, keepdims=True) * 0.0026))
            run = np.linspace(0, 1, 12)[:, None]
            piece = (
                np.array([side * (eye + 0.024), 0.016, 0.094]) * (1 - run)
                + np.array([side * 0.0775, 0.020, -0.005]) * run
            )
            bands.append(shape.ribbon(piece, np.array([0, 0.004, 0.0])))
        x = np.linspace(-1, 1, 8)[:, None] * (eye - 0.023)
        bridge = np.hstack([x, 0.018 + 0 * x, 0.104 + 0.002 * (1 - (x / 0.01) ** 2)])
        bands.append(shape.ribbon(bridge, np.array([0, 0.003, 0.0])))
        return [side for band in bands for side in (band, band[:, ::-1])]

    def render(
        self,
        head: Floats,
        trunk: Floats,
        origin: tuple[float, float, float],
        K: Floats,
        size: tuple[int, int],
        supersample: int = 2,
        light: Floats = LIGHT,
        ambient: float = AMBIENT,
        background: Floats | None = None,
    ) -> Floats:
        """Picture of the mannequin.

        Parameters
        ----------
        head, trunk : (3, 3) turns of head and trunk from facing the camera, in the axes of a head that does so; a
            camera that looks up or down turns both
        origin : where the head's origin lies in camera axes while both face the camera, metres
        K : (3, 3) camera matrix, pixels
        size : width and height of the picture
        background : (height, width, 3) grey levels; a room out of focus when none is given

        Returns
        -------
        (height, width, 3) RGB grey levels 0-255, without sensor noise

        Notes
        -----
        Head and trunk turn about the same point of the neck (``PIVOT``), which keeps its place in the picture.
        """
        if background is None:
            background = self._rooms.setdefault(size, room(size, self.person.seed))
        fine = (size[0] * supersample, size[1] * supersample)
        back = cv2.resize(background, fine, interpolation=cv2.INTER_LINEAR) if supersample > 1 else background
        neck = np.asarray(origin) + FACING @ self._pivot()
        w = self.mesh.weight[:, None]
        M = w[..., None] * head + (1 - w[..., None]) * trunk
        points = np.einsum("nij,nj->ni", M, self.mesh.vertices - self._pivot())
        facing = np.einsum("nij,nj->ni", M, self._normals)
        lit = facing @ light
        diffuse = ambient * (0.85 + 0.15 * facing[:, 1]) + (1.12 - ambient) * np.clip((lit + 0.25) / 1.25, 0, None)
        halfway = light + np.array([0, 0, 1.0])
        gloss = 16 * np.clip(facing @ (halfway / np.linalg.norm(halfway)), 0, 1) ** 22 * (w[:, 0] > 0.01)
        return draw(
            points @ FACING + neck, self.mesh.faces, self.mesh.uv, diffuse, gloss, K, self.texture, back, supersample
        )

    def _pivot(self) -> Floats:
        return shape.resize(PIVOT, self.person.build)

    def origin_in_camera(self, head: Floats, origin: tuple[float, float, float]) -> Floats:
        """(3,) where the head's origin lies in camera axes once the head has turned, metres."""
        return np.asarray(origin) + FACING @ (self._pivot() - head @ self._pivot())


def landmarks(mannequin: Mannequin) -> dict[str, Floats]:
    """Points of the face by name, (3,) metres in head axes: what a landmark finder should find.

    ``left`` and ``right`` are the subject's.
    """
    build = mannequin.person.build
    eye = shape.EYE[0] + build.eyes_apart
    places = {"nose_tip": (0.0, -0.0165), "chin": (0.0, -0.100), "upper_lip": (0, -0.047), "lower_lip": (0, -0.0635)}
    for name, side in (("left", 1), ("right", -1)):
        places[f"{name}_eye_outer"] = (side * (eye + 0.0143), shape.EYE[1] + 0.0006)
        places[f"{name}_eye_inner"] = (side * (eye - 0.0143), shape.EYE[1] - 0.0006)
        places[f"{name}_iris"] = (side * eye, shape.EYE[1] + 0.0004)
        places[f"{name}_mouth_corner"] = (side * 0.0250, shape.MOUTH_Y + shape.MOUTH_CURVE * 0.025**2)
    front = mannequin.rest[:, mannequin.rest.shape[1] // 5 : -mannequin.rest.shape[1] // 5].reshape(-1, 3)
    out = {}
    for name, (x, y) in places.items():
        near = np.argsort(np.hypot(front[:, 0] - x, front[:, 1] - y))[:4]
        weight = 1 / (np.hypot(front[near, 0] - x, front[near, 1] - y) + 1e-5)
        out[name] = shape.resize(np.array([x, y, (front[near, 2] * weight).sum() / weight.sum()]), build)
    return out
