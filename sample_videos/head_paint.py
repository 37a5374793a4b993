"""The colours of a mannequin: skin, eyes, brows, lips, hair and cloth, painted by formula and seeded noise.

Every surface carries a map of where each of its texture pixels lies in the head's axes (metres), so that an eye or
a lip is painted at the place where the shape has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from head_shape import EYE, MOUTH_CURVE, MOUTH_Y, Build, Expression, bump, hairline, smoothstep
from numpy.typing import NDArray

Floats = NDArray[Any]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Person:
    """One made-up adult. ``seed`` places freckles, strands and the print of the shirt."""

    seed: int = 0
    build: Build = field(default_factory=Build)
    skin: Colour = (216, 170, 146)
    lips: Colour = (178, 104, 98)
    hair: Colour = (74, 52, 38)
    iris: Colour = (92, 110, 108)
    shirt: Colour = (70, 98, 122)
    print: Colour = (196, 190, 170)
    freckles: int = 420
    hairline_lift: float = 0.0
    bald: bool = False
    beard: float = 0.0

    @classmethod
    def random(cls, seed: int) -> Person:
        """Another person, always the same for a seed: proportions, tones, hair, beard and shirt."""
        rng = np.random.default_rng([7, seed])
        build = Build(
            width=1 + rng.normal(0, 0.04),
            height=1 + rng.normal(0, 0.04),
            depth=1 + rng.normal(0, 0.035),
            nose=1 + rng.normal(0, 0.12),
            nose_width=1 + rng.normal(0, 0.10),
            jaw=1 + rng.normal(0, 0.05),
            cheek=rng.normal(0, 0.0012),
            brow=rng.normal(0, 0.0012),
            chin=rng.normal(0, 0.002),
            lips=1 + rng.normal(0, 0.2),
            eyes_apart=rng.normal(0, 0.001),
        )
        tone = rng.uniform(0, 1)
        skin = np.array([228, 188, 166]) * (1 - tone) + np.array([112, 74, 54]) * tone
        hair = np.array([[34, 28, 26], [74, 52, 38], [120, 88, 56], [150, 146, 142]])[
            rng.integers(0, 3 if tone < 0.6 else 1)
        ]
        return cls(
            seed,
            build,
            tuple(skin),
            tuple(skin * (0.84, 0.63, 0.68)),
            tuple(hair.astype(float)),
            tuple(
                np.array([[92, 110, 108], [84, 58, 38], [96, 84, 52]])[rng.integers(0, 3) if tone < 0.5 else 1].astype(
                    float
                )
            ),
            tuple(rng.uniform(50, 150, 3)),
            tuple(rng.uniform(150, 230, 3)),
            int(rng.uniform(80, 600)),
            rng.normal(0, 0.004),
            bool(rng.random() < 0.15),
            float(rng.uniform(0.3, 0.9)) if rng.random() < 0.3 else 0.0,
        )


def noise(rng: np.random.Generator, shape: tuple[int, ...], across: float, along: float | None = None) -> Floats:
    """Smooth noise of unit spread; ``across`` and ``along`` are the grain in texture pixels."""
    along = across if along is None else along
    step = max(1, int(min(across, along) / 2))
    small: Floats = rng.standard_normal((shape[0] // step + 2, shape[1] // step + 2), dtype=np.float32)
    small = cv2.GaussianBlur(small, (0, 0), sigmaX=across / step, sigmaY=along / step)
    grown = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return grown / grown.std()


def spots(rng: np.random.Generator, shape: tuple[int, ...], count: int, sizes: tuple[float, float]) -> Floats:
    """Round spots of random place, size (texture pixels) and strength, 0 to 1."""
    out = np.zeros(shape[:2], np.float32)
    for _ in range(count):
        at = (int(rng.uniform(0, shape[1])), int(rng.uniform(0, shape[0])))
        cv2.circle(out, at, max(1, int(rng.uniform(*sizes))), (float(rng.uniform(0.25, 1.0)),), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(out, (0, 0), 1.4)


def over(picture: Floats, colour: Colour | Floats, share: Floats) -> None:
    """Lay a colour over a picture, in place; ``share`` 0-1 is how much of it covers."""
    share = np.clip(share, 0, 1).astype(np.float32)
    covered = share > 0.002
    rows, columns = np.flatnonzero(covered.any(1)), np.flatnonzero(covered.any(0))
    if not len(rows):
        return
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    colour = np.asarray(colour, np.float32)
    if colour.ndim == 3:
        colour = colour[part]
    picture[part] += share[part][..., None] * (colour - picture[part])


def paint_skin(person: Person, shape: tuple[int, ...], salt: int) -> Floats:
    """(rows, columns, 3) skin: broad blotches, fine mottling, freckles."""
    rng = np.random.default_rng([person.seed, salt])
    skin = np.ones((*shape, 3), np.float32) * np.asarray(person.skin, np.float32)
    for grain, spread in ((60, 0.016), (18, 0.018), (7, 0.024), (3.5, 0.022)):
        mottle = noise(rng, shape, grain) * spread
        skin *= 1 + mottle[..., None] * np.array([0.7, 1.1, 1.2], np.float32)
    over(skin, np.asarray(person.skin) * (0.66, 0.53, 0.47), 0.55 * spots(rng, shape, person.freckles, (1, 4)))
    over(skin, np.asarray(person.skin) * (0.45, 0.34, 0.30), 0.8 * spots(rng, shape, 26, (3, 6)))
    return skin


def paint_eyes(picture: Floats, P: Floats, person: Person, expression: Expression) -> None:
    """Whites, irises, pupils, lids and lashes, in place."""
    eye = EYE[0] + person.build.eyes_apart
    along = np.abs(P[..., 0]) - eye  # towards the outer corner
    height = P[..., 1] - EYE[1] - 0.04 * along
    half = 0.0147
    arch = np.clip(1 - (along / half) ** 2, 0, None)
    opening = (1 - expression.blink) * (1 - 0.25 * expression.smile)
    upper = arch**0.62 * 0.0051 * opening - 0.0032 * (1 - opening) * arch
    lower = -(arch**0.75) * 0.0046 * (opening + (1 - opening) * 0.75)
    edge = 0.0004
    inside = smoothstep(height - lower, -edge, edge) * smoothstep(upper - height, -edge, edge) * (np.abs(along) < half)
    skin = np.asarray(person.skin)
    # The lid's fold, the shade of the socket, the soft rim below
    crease = 0.0056 * arch**0.5 + 0.0034
    near = (np.abs(along) < half * 1.12).astype(np.float32)
    over(picture, skin * (0.58, 0.48, 0.45), 0.7 * near * np.exp(-(((height - crease) / 0.0008) ** 2)) * np.sqrt(arch))
    over(picture, skin * (0.70, 0.60, 0.58), 0.40 * bump(along, height, (-0.004, 0.007), (0.014, 0.006)))
    over(picture, skin * (0.72, 0.60, 0.60), 0.30 * bump(along, height, (-0.002, -0.0075), (0.011, 0.0026)))
    ball = np.ones(picture.shape, np.float32) * np.array([226, 220, 214], np.float32)
    ball *= (0.72 + 0.28 * np.clip(arch, 0, 1) ** 0.6 * smoothstep(upper - height, 0.0, 0.0035))[..., None]
    over(ball, (196, 130, 122), bump(along, height, (-0.0138, -0.0002), (0.0018, 0.0016)))
    r = np.hypot(along, height - 0.0004)
    rng = np.random.default_rng([person.seed, 3])
    rays = 1 + 0.10 * noise(rng, picture.shape[:2], 4)
    over(ball, (34, 30, 30), smoothstep(-r, -0.0062, -0.0057))
    over(ball, np.asarray(person.iris) * rays[..., None], smoothstep(-r, -0.0057, -0.0050))
    over(ball, (14, 12, 12), smoothstep(-r, -0.0025, -0.0021))
    over(ball, (245, 245, 245), 0.9 * bump(along * np.sign(P[..., 0]), height, (-0.0018, 0.0020), (0.0007, 0.0007)))
    over(picture, ball, inside)
    lash = np.asarray(person.hair) * 0.5
    over(picture, lash, 0.9 * (arch > 0) * np.exp(-(((height - upper) / 0.0009) ** 2)) * np.clip(arch * 3, 0.25, 1))
    over(picture, skin * (0.60, 0.46, 0.44), 0.55 * (arch > 0) * np.exp(-(((height - lower) / 0.0006) ** 2)))


def paint_mouth(picture: Floats, P: Floats, person: Person, expression: Expression) -> None:
    """Two lips and the line between them, in place; what an open mouth shows is the stretched line."""
    x = np.abs(P[..., 0])
    y = P[..., 1] - MOUTH_Y - MOUTH_CURVE * np.minimum(x, 0.03) ** 2
    half = 0.0255
    arch = np.clip(1 - (x / half) ** 2, 0, None)
    full = 0.75 + 0.25 * person.build.lips
    top = full * (0.0088 * arch**0.8 - 0.0016 * np.exp(-((x / 0.0035) ** 2)))
    bottom = -full * 0.0112 * arch**0.75
    rng = np.random.default_rng([person.seed, 4])
    edge = 0.0007
    inside = smoothstep(y - bottom, -edge, edge) * smoothstep(top - y, -edge, edge) * (x < half)
    colour = np.asarray(person.lips, np.float32) * (1 + 0.05 * noise(rng, x.shape, 3, 9))[..., None]
    colour = colour * np.where(y > 0, 0.90, 1.05 + 0.10 * bump(x, y, (0, -0.005), (0.010, 0.003)))[..., None]
    over(picture, colour, 0.88 * inside)
    line = np.exp(-((y / (0.0008 + 0.0009 * min(1.0, expression.mouth_open / 0.003))) ** 2)) * smoothstep(
        -x, -half - 0.0015, -half + 0.003
    )
    over(picture, np.asarray(person.lips) * (0.30, 0.24, 0.24), 0.92 * line)
    over(picture, np.asarray(person.skin) * 0.62, 0.45 * bump(x, y, (0, -0.0175), (0.013, 0.0028)))
    over(picture, np.asarray(person.skin) * 0.66, 0.5 * bump(x, y, (half + 0.0015, 0), (0.0022, 0.0025)))


def paint_head(person: Person, P: Floats, expression: Expression) -> Floats:
    """(rows, columns, 3) colours of the head; P (rows, columns, 3) says where each texture pixel lies at rest."""
    x, y, z = np.abs(P[..., 0]), P[..., 1], P[..., 2]
    shape = P.shape[:2]
    rng = np.random.default_rng([person.seed, 2])
    skin = paint_skin(person, shape, 1)
    tone = np.asarray(person.skin)
    front = smoothstep(z, 0.02, 0.06)
    red = tone * (1.0, 0.80, 0.76)
    over(
        skin,
        red,
        0.34 * front * bump(x, y, (0.044, -0.018), (0.018, 0.015))
        + 0.30 * bump(x, y, (0, -0.018), (0.012, 0.008)) * front,
    )
    shade = tone * (0.60, 0.48, 0.44)
    over(skin, shade, 0.35 * front * bump(x, y, (0.0145, 0.012), (0.005, 0.009)))
    fold = x - np.interp(-y, [0.02, 0.032, 0.050], [0.0185, 0.0255, 0.0315])
    over(
        skin,
        shade,
        0.30 * front * np.exp(-((fold / 0.0022) ** 2)) * smoothstep(y, -0.052, -0.042) * smoothstep(-y, 0.019, 0.026),
    )
    over(
        skin,
        shade,
        0.45
        * front
        * np.exp(-(((np.hypot((x - 0.0138) / 1.0, (y + 0.0225) / 1.1) - 0.0072) / 0.0014) ** 2))
        * (x > 0.0145),
    )
    over(skin, tone * (0.22, 0.14, 0.12), 0.80 * front * bump(x, y, (0.0068, -0.0290), (0.0032, 0.0015)))
    over(skin, shade, 0.5 * front * bump(x, y, (0, -0.0330), (0.011, 0.0022)))
    over(skin, shade, 0.55 * smoothstep(-y, 0.094, 0.106))
    over(skin, tone * 0.75, 0.35 * smoothstep(x, 0.055, 0.07) * smoothstep(y, 0.02, 0.05))
    paint_eyes(skin, P, person, expression)
    paint_mouth(skin, P, person, expression)
    strands = noise(rng, shape, 2.0, 14)
    hair = np.asarray(person.hair, np.float32) * (1 + 0.22 * strands + 0.13 * noise(rng, shape, 12, 30))[..., None]
    brow = y - np.interp(x, [0.010, 0.024, 0.040, 0.053], [0.0335, 0.0362, 0.0380, 0.0325])
    thick = np.interp(x, [0.010, 0.016, 0.036, 0.053], [0.0012, 0.0034, 0.0030, 0.0008])
    over(
        skin,
        hair * 0.95,
        front
        * 0.75
        * np.exp(-(np.abs(brow / thick) ** 3))
        * smoothstep(x, 0.0095, 0.017)
        * smoothstep(-x, -0.054, -0.044)
        * (0.85 + 0.15 * strands),
    )
    if person.beard:
        beard = smoothstep(-y, 0.020, 0.050) * smoothstep(x - 0.034 * smoothstep(y, -0.046, -0.036), -0.004, 0.012)
        lips = bump(x, y, (0, MOUTH_Y - 0.001), (0.024, 0.009))
        over(skin, hair * 0.9, person.beard * front * np.clip(beard - 1.4 * lips, 0, 1))
    if not person.bald:
        ragged = 0.0022 * strands + 0.0015 * noise(rng, shape, 40)
        over(skin, hair, 0.97 * smoothstep(hairline(P) - person.hairline_lift + ragged, -0.004, 0.009))
    return np.clip(skin, 0, 255)


def paint_neck(person: Person, P: Floats) -> Floats:
    """(rows, columns, 3) colours of the neck: skin, in shade under the jaw."""
    skin = paint_skin(person, P.shape[:2], 5)
    over(skin, np.asarray(person.skin) * (0.52, 0.42, 0.39), 0.75 * smoothstep(P[..., 1], -0.145, -0.09))
    return np.clip(skin, 0, 255)


def paint_shirt(person: Person, shape: tuple[int, ...]) -> Floats:
    """(rows, columns, 3) cloth with a print that never repeats, so that every patch of it can be told apart."""
    rng = np.random.default_rng([person.seed, 6])
    cloth: Floats = np.ones((*shape, 3), np.float32) * np.asarray(person.shirt, np.float32)
    cloth *= (1 + 0.05 * noise(rng, shape, 3) + 0.06 * noise(rng, shape, 40))[..., None]
    for _ in range(520):
        at = (int(rng.uniform(0, shape[1])), int(rng.uniform(0, shape[0])))
        axes = (int(rng.uniform(4, 15)), int(rng.uniform(3, 7)))
        colour = np.asarray(person.print) * rng.uniform(0.45, 1.05) * rng.uniform(0.9, 1.1, 3)
        cv2.ellipse(cloth, at, axes, float(rng.uniform(0, 180)), 0, 360, colour.tolist(), -1, cv2.LINE_AA)
    cloth = cv2.GaussianBlur(cloth, (0, 0), 1.0)
    collar = int(0.86 * shape[0])
    cloth[collar:] = (
        np.asarray(person.shirt, np.float32) * 0.62 * (1 + 0.08 * noise(rng, shape, 3, 8)[collar:, :, None])
    )
    return np.clip(cloth, 0, 255)
