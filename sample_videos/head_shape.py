"""The shape of a mannequin: head, ears, neck and shirt as smooth surfaces, out of formulas alone.

Axes of the head: X to its left, Y up, Z out of the face; metres; the origin lies between the ears. The figures are
round numbers for an average adult: 63 mm between the pupils, a face 0.14 m wide, a head 0.19 m deep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasteriser import Mesh
from scipy.interpolate import PchipInterpolator

Floats = NDArray[Any]

PIVOT = np.array([0.0, -0.14, -0.035])
"""The point of the neck about which head and trunk turn."""
NECK_BENDS = (-0.165, -0.085)
"""Heights between which the neck passes from the trunk to the head."""
EYE = np.array([0.0315, 0.015])
"""Middle of the left eye, x and y."""
MOUTH_Y = -0.054
MOUTH_CURVE = 1.8
"""The line of the mouth rises as MOUTH_CURVE times x squared (1/m): a calm face, not a stern one."""
CROWN_Y, CROWN_HEIGHT = 0.045, 0.088

# Horizontal sections of the skull and face without the nose, from under the chin to where the crown begins:
# height, half width, front, back, and where front and back halves meet (z)
SECTIONS = np.array(
    [
        (-0.1045, 0.0020, 0.0640, 0.0600, 0.062),
        (-0.1030, 0.0185, 0.0800, 0.0400, 0.058),
        (-0.1000, 0.0305, 0.0890, 0.0150, 0.048),
        (-0.0925, 0.0410, 0.0945, -0.0150, 0.036),
        (-0.0785, 0.0505, 0.0950, -0.0450, 0.022),
        (-0.0640, 0.0570, 0.0950, -0.0650, 0.012),
        (-0.0500, 0.0615, 0.0965, -0.0740, 0.006),
        (-0.0300, 0.0655, 0.0960, -0.0820, 0.003),
        (-0.0100, 0.0690, 0.0935, -0.0880, 0.000),
        (0.0150, 0.0720, 0.0925, -0.0925, -0.004),
        (0.0300, 0.0742, 0.0960, -0.0940, -0.008),
        (0.0450, 0.0757, 0.0965, -0.0935, -0.012),
    ]
)
COLUMNS, ROWS, CROWN_ROWS = 104, 62, 32


@dataclass(frozen=True)
class Build:
    """Proportions of one person, each a factor about 1 or a length about 0 m."""

    width: float = 1.0
    height: float = 1.0
    depth: float = 1.0
    nose: float = 1.0
    nose_width: float = 1.0
    jaw: float = 1.0
    cheek: float = 0.0
    brow: float = 0.0
    chin: float = 0.0
    lips: float = 1.0
    eyes_apart: float = 0.0


@dataclass(frozen=True)
class Expression:
    """What a face does while the skull is still.

    ``smile`` and ``blink`` run from 0 to 1; ``mouth_open`` is the drop of the lower lip in metres (0 to 0.02).
    """

    smile: float = 0.0
    blink: float = 0.0
    mouth_open: float = 0.0


def bump(x: Floats, y: Floats, at: tuple[float, float], reach: tuple[float, float]) -> Floats:
    """Gaussian hill of height 1."""
    return np.exp(-0.5 * (((x - at[0]) / reach[0]) ** 2 + ((y - at[1]) / reach[1]) ** 2))


def smoothstep(value: Floats, low: float, high: float) -> Floats:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def grid_faces(rows: int, columns: int) -> NDArray[np.int64]:
    """Triangles of a grid of vertices, anticlockwise where columns run to the left of the one who wears it, rows up."""
    i = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (part.ravel() for part in (i[:-1, :-1], i[:-1, 1:], i[1:, :-1], i[1:, 1:]))
    return np.concatenate([np.stack([a, b, d], -1), np.stack([a, d, c], -1)])


def around(columns: int, front: float = 0.42) -> Floats:
    """(columns,) angles about the long axis, 0 in front, from behind right to behind left, denser in front."""
    s = np.linspace(-1, 1, columns)
    return np.pi * s - front * np.sin(np.pi * s)


def skull(build: Build) -> Floats:
    """(rows, columns, 3) points of head and face without any feature."""
    low = np.linspace(0, 1, ROWS)[:, None]
    # Rows crowd where the chin closes.
    y_low = SECTIONS[0, 0] + (CROWN_Y - SECTIONS[0, 0]) * (0.35 * low**2 + 0.65 * low)
    at = PchipInterpolator(SECTIONS[:, 0], SECTIONS[:, 1:])(y_low[:, 0])
    phi = np.linspace(0, np.pi / 2, CROWN_ROWS + 1)[1:]
    top = at[-1]
    shrink = np.cos(phi) ** 0.88
    y = np.concatenate([y_low[:, 0], CROWN_Y + CROWN_HEIGHT * np.sin(phi)])[:, None]
    half = np.concatenate([at[:, 0], top[0] * shrink])[:, None]
    back_of_crown = -0.014
    front = np.concatenate([at[:, 1], back_of_crown + (top[1] - back_of_crown) * shrink])[:, None]
    back = np.concatenate([at[:, 2], back_of_crown + (top[2] - back_of_crown) * shrink])[:, None]
    middle = np.concatenate([at[:, 3], back_of_crown + (top[3] - back_of_crown) * shrink])[:, None]
    half = half * (1 + (build.jaw - 1) * smoothstep(-y, 0.02, 0.06))
    theta = around(COLUMNS)[None]
    x = half * np.sin(theta)
    cos = np.cos(theta)
    z = middle + np.where(cos > 0, (front - middle) * np.abs(cos) ** 0.94, (back - middle) * np.abs(cos))
    return np.stack([x, np.broadcast_to(y, x.shape), z], -1)


def nose_height(y: Floats) -> Floats:
    """How far the ridge of the nose stands out, metres, over the height."""
    profile = [(-0.05, 0), (-0.036, 0), (-0.0315, 0.003), (-0.0265, 0.0135), (-0.021, 0.0225), (-0.0155, 0.0250)]
    profile += [(-0.009, 0.0220), (0.002, 0.0135), (0.012, 0.0062), (0.022, 0.002), (0.034, 0), (0.05, 0)]
    return PchipInterpolator(*np.array(profile).T)(np.clip(y, -0.05, 0.05))


def features(P: Floats, build: Build) -> Floats:
    """(rows, columns) how far the features stand out of the skull along Z."""
    x, y = np.abs(P[..., 0]), P[..., 1]
    eye = EYE[0] + build.eyes_apart
    breadth = build.nose_width * np.interp(y, [-0.03, -0.018, 0.0, 0.02], [0.0105, 0.0112, 0.0078, 0.0062])
    out = build.nose * nose_height(y) * np.exp(-(np.abs(x / breadth) ** 2.2) / 1.6)
    out = out + 0.0085 * build.nose_width * bump(x, y, (0.0135 * build.nose_width, -0.0235), (0.0048, 0.0052))
    out = out - 0.0045 * bump(x, y, (0.016, 0.012), (0.006, 0.009))
    out = (
        out
        - 0.0065 * bump(x, y, (eye + 0.002, 0.020), (0.015, 0.0085))
        - 0.004 * bump(x, y, (eye, 0.0), (0.014, 0.006))
    )
    out = out + 0.0058 * bump(x, y, (eye, EYE[1] + 0.0005), (0.0095, 0.0072))
    out = (
        out
        + (0.0042 + build.brow) * bump(x, y, (0.028, 0.036), (0.019, 0.0065))
        + 0.0015 * bump(x, y, (0, 0.034), (0.012, 0.008))
    )
    out = out + (0.0035 + build.cheek) * bump(x, y, (0.046, -0.012), (0.016, 0.015))
    out = out - 0.0020 * bump(x, y, (0.031, -0.042), (0.006, 0.014))
    out = out - 0.004 * bump(x, y, (0.066, 0.045), (0.014, 0.018))
    y = y - MOUTH_CURVE * np.minimum(x, 0.03) ** 2
    # The mouth: a forward curve of the teeth, two lips, the line between them, the furrow above the chin.
    out = out + 0.0045 * bump(x, y, (0, MOUTH_Y), (0.022, 0.016))
    out = out + 0.0052 * build.lips * bump(x, y, (0.004, MOUTH_Y + 0.0055), (0.0135, 0.0032))
    out = out + 0.0058 * build.lips * bump(x, y, (0, MOUTH_Y - 0.0065), (0.0130, 0.0038))
    out = (
        out
        - 0.0032 * bump(x, y, (0, MOUTH_Y), (0.018, 0.0016))
        - 0.0018 * bump(x, y, (0.0265, MOUTH_Y), (0.0035, 0.004))
    )
    out = out - 0.0016 * bump(x, y, (0, -0.041), (0.003, 0.005)) - 0.0042 * bump(x, y, (0, -0.0728), (0.018, 0.0045))
    out = out + (0.0048 + build.chin) * bump(x, y, (0, -0.087), (0.014, 0.010))
    return out * smoothstep(P[..., 2], 0.0, 0.03)


def hairline(P: Floats) -> Floats:
    """(...) metres by which a point of the head lies above the hairline; negative on bare skin."""
    z = [-0.2, -0.05, -0.012, 0.004, 0.014, 0.021, 0.030, 0.046, 0.066, 0.082, 0.2]
    y = [-0.062, -0.055, -0.030, -0.008, 0.000, 0.020, 0.048, 0.074, 0.081, 0.079, 0.079]
    behind_ear = bump(P[..., 2], P[..., 1], (-0.008, 0.0), (0.010, 0.017)) * smoothstep(np.abs(P[..., 0]), 0.05, 0.06)
    return P[..., 1] - np.interp(P[..., 2], z, y) - 0.06 * behind_ear


def express(P: Floats, expression: Expression) -> Floats:
    """Move the skin (rows, columns, 3) as the face moves; the skull keeps still."""
    P = P.copy()
    line = MOUTH_CURVE * np.minimum(np.abs(P[..., 0]), 0.03) ** 2
    x, y, side = np.abs(P[..., 0]), P[..., 1] - line, np.sign(P[..., 0])
    near = smoothstep(P[..., 2], 0.02, 0.05)
    corner = expression.smile * near * bump(x, y, (0.026, MOUTH_Y), (0.012, 0.011))
    P[..., 0] += side * 0.0065 * corner
    P[..., 1] += 0.0055 * corner
    P[..., 2] -= 0.0030 * corner
    P[..., 2] += 0.0035 * expression.smile * near * bump(x, y, (0.040, -0.020), (0.012, 0.012))
    # Below the line of the mouth the jaw drops, less towards the corners of the mouth and the joint.
    tapered = np.where(y > -0.066, smoothstep(-x, -0.030, -0.016), 1.0)
    drop = expression.mouth_open * near * smoothstep(-y, -MOUTH_Y - 0.0010, -MOUTH_Y + 0.0014)
    drop = drop * (tapered + (1 - tapered) * smoothstep(-y, 0.054, 0.085)) * smoothstep(P[..., 2], 0.03, 0.08)
    P[..., 1] -= drop
    P[..., 2] -= 0.35 * drop
    return P


def resize(P: Floats, build: Build) -> Floats:
    """Scale a whole body part to a person."""
    return P * (build.width, build.height, build.depth)


def ear(side: int) -> Floats:
    """(rows, columns, 3) points of one ear, the left for side +1: a tilted shell with a raised rim."""
    radius, angle = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 2 * np.pi, 29), indexing="ij")
    shell = (
        0.0045 * np.exp(-(((radius - 0.88) / 0.16) ** 2))
        - 0.004 * np.exp(-((radius / 0.5) ** 2))
        - 0.012 * (radius > 0.99)
    )
    up = 0.031 * radius * np.sin(angle)
    along = 0.0175 * radius * np.cos(angle) * (1 + 0.25 * np.sin(angle))
    x = 0.0760 + 0.26 * (0.012 - along) + shell + 0.06 * up
    points = np.stack([side * x, 0.004 + up, -0.010 + along - 0.15 * up], -1)
    return points if side > 0 else points[:, ::-1]


def neck() -> Floats:
    """(rows, columns, 3) points of the neck, from inside the shirt to inside the head."""
    y = np.linspace(-0.215, -0.045, 40)[:, None]
    theta = around(56, 0.3)[None]
    half = np.interp(y, [-0.215, -0.16, -0.10, -0.045], [0.070, 0.0605, 0.0570, 0.053])
    middle = np.interp(y, [-0.215, -0.13, -0.045], [-0.036, -0.024, -0.012])
    x, z = half * np.sin(theta), middle + half * 1.02 * np.cos(theta)
    front = np.cos(theta) > 0
    z = z + front * (
        0.004 * bump(x, y, (0, -0.135), (0.012, 0.012)) + 0.003 * bump(np.abs(x), y, (0.032, -0.16), (0.01, 0.05))
    )
    return np.stack([x, np.broadcast_to(y, x.shape), z], -1)


# Rings of the shirt from the hem up to the collar: half width, half depth, middle z, height at the side, front, back
RINGS = np.array(
    [
        (0.190, 0.115, -0.035, -0.620, -0.620, -0.620),
        (0.205, 0.118, -0.035, -0.420, -0.440, -0.420),
        (0.216, 0.116, -0.038, -0.285, -0.330, -0.300),
        (0.210, 0.106, -0.040, -0.218, -0.272, -0.238),
        (0.185, 0.094, -0.040, -0.181, -0.232, -0.195),
        (0.145, 0.083, -0.039, -0.160, -0.206, -0.160),
        (0.100, 0.075, -0.037, -0.144, -0.188, -0.135),
        (0.0715, 0.0690, -0.034, -0.132, -0.172, -0.116),
        (0.0640, 0.0640, -0.033, -0.136, -0.176, -0.120),
    ]
)


def shirt() -> Floats:
    """(rows, columns, 3) points of shoulders and chest in a shirt."""
    knots = np.linspace(0, 1, len(RINGS))
    half, depth, middle, *heights = PchipInterpolator(knots, RINGS)(np.linspace(0, 1, 46)).T[:, :, None]
    theta = around(88, 0.25)[None]
    sin, cos = np.sin(theta), np.cos(theta)
    x = half * np.sign(sin) * np.abs(sin) ** 0.85
    z = middle + depth * np.sign(cos) * np.abs(cos) ** 0.9
    side, front, back = heights
    y = side + np.where(cos > 0, front - side, back - side) * np.abs(cos) ** 1.6
    return np.stack([x, y, z], -1)


def ellipsoid(centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Floats:
    """(rows, columns, 3) points of an ellipsoid."""
    phi, theta = np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, 17), np.linspace(-np.pi, np.pi, 33), indexing="ij")
    unit = np.stack([np.cos(phi) * np.sin(theta), np.sin(phi), np.cos(phi) * np.cos(theta)], -1)
    return np.asarray(centre) + unit * radii


def ribbon(path: Floats, across: Floats) -> Floats:
    """(2, n, 3) a flat band along a path (n, 3), reaching half of ``across`` to either side."""
    return np.stack([path - across / 2, path + across / 2])


def neck_weight(P: Floats) -> Floats:
    """(...) share of the head's motion that a point of the neck follows."""
    return smoothstep(P[..., 1], *NECK_BENDS)


def mesh_of(P: Floats, tile: tuple[int, int, int, int], weight: float | None) -> Mesh:
    """Mesh of a grid of points that covers a tile (left, top, width, height) of the texture; weight None: a neck."""
    rows, columns = P.shape[:2]
    left, top, width, height = tile
    u = left + 0.5 + np.linspace(0, 1, columns)[None] * (width - 2)
    v = top + 0.5 + np.linspace(0, 1, rows)[:, None] * (height - 2)
    uv = np.stack(np.broadcast_arrays(u, v), -1).reshape(-1, 2)
    w = neck_weight(P) if weight is None else np.full(P.shape[:2], weight)
    return Mesh(P.reshape(-1, 3), grid_faces(rows, columns), uv, w.ravel())
