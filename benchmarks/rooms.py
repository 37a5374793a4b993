"""Rooms as a known lens sees them while the camera is turned: walls, pictures and furniture with made-up textures.

Every row of a picture may be taken at a time of its own (rolling shutter), and every picture is the mean over its
exposure. The camera is turned about an axis that does not pass through it, as a hand, a hinge or a table turns it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numba
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from romcheck.geometry.intrinsics import Lens

Picture = NDArray[np.uint8]

TEXTURE_PX = 1024
PX_PER_M = 190.0
OVERSAMPLING = 1


@dataclass(frozen=True)
class Room:
    """Boxes along the axes of the room (x right, y down, z away), metres; the first is the room itself, from inside.

    Attributes
    ----------
    low, high : (n, 3) their corners
    pattern : (n, 3) of every box: number of its texture, its grey, and its contrast
    textures : (textures, TEXTURE_PX, TEXTURE_PX), of mean 0 and standard deviation 1
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    pattern: NDArray[np.float64]
    textures: NDArray[np.float32]


def room(seed: int, contrast: float = 1.0, walls: float = 1.0, size_m: float | None = None) -> Room:
    """Make a furnished room of 3 to 5.5 m, or of about ``size_m``; the camera is at its origin, away from the walls.

    Parameters
    ----------
    contrast : of everything
    walls : of the walls, floor and ceiling, beside that
    """
    rng = np.random.default_rng(seed)
    wide, deep = rng.uniform(3.0, 5.5, 2) if size_m is None else size_m * rng.uniform(0.9, 1.1, 2)
    eye = rng.uniform(0.8, 1.4)
    left, behind = wide * rng.uniform(0.3, 0.7), min(rng.uniform(0.5, 1.2), 0.4 * deep)
    low = [np.array([-left, eye - 2.5, -behind])]
    high = [np.array([wide - left, eye, deep - behind])]
    pattern = [(0.0, rng.uniform(130, 190), 9.0 * walls)]

    def put(a: NDArray[np.float64], b: NDArray[np.float64], strength: float) -> None:
        low.append(np.minimum(a, b))
        high.append(np.maximum(a, b))
        pattern.append((float(rng.integers(1, 5)), rng.uniform(60, 190), rng.uniform(15, 45) * strength))

    for _ in range(14):  # pictures, shelves, doors and windows on the three walls in view
        wall = rng.integers(0, 3)
        half, depth = rng.uniform(0.15, 0.5, 2), rng.choice([0.02, 0.05, 0.35])
        up = rng.uniform(eye - 2.3, eye - 0.2)
        if wall == 0:
            x = rng.uniform(low[0][0], high[0][0])
            put(np.array([x - half[0], up - half[1], high[0][2] - depth]), np.array([x + half[0], up + half[1], 9]), 1)
        else:
            z = rng.uniform(0.8, high[0][2])
            x, out = (low[0][0], -9.0) if wall == 1 else (high[0][0], 9.0)
            inward = depth if wall == 1 else -depth
            put(np.array([x + inward, up - half[1], z - half[0]]), np.array([out, up + half[1], z + half[0]]), 1)
    for _ in range(rng.integers(3, 7)):  # furniture on the floor
        x, z = rng.uniform(low[0][0], high[0][0]), rng.uniform(1.2, high[0][2])
        half, tall = rng.uniform(0.2, 0.5, 2), rng.uniform(0.4, 1.1)
        put(np.array([x - half[0], eye - tall, z - half[1]]), np.array([x + half[0], eye, z + half[1]]), 1)
    textures = np.stack([_texture(rng) for _ in range(5)])
    values = np.array(pattern)
    values[:, 2] *= contrast
    return Room(np.array(low), np.array(high), values, textures)


def _texture(rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise of all sizes, and rectangles: what paper, wood, books and cloth look like from afar."""
    out = np.zeros((TEXTURE_PX, TEXTURE_PX), np.float32)
    for size in (4, 16, 64, 256):
        coarse = rng.normal(0, 1, (TEXTURE_PX // size,) * 2).astype(np.float32)
        out += cv2.resize(np.pad(coarse, 1, mode="wrap"), None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)[
            size:-size, size:-size
        ] * rng.uniform(0.3, 1.0)
    for _ in range(120):
        x, y = rng.integers(0, TEXTURE_PX, 2)
        w, h = rng.integers(6, 90, 2)
        out[y : y + h, x : x + w] += rng.normal(0, 1.2)
    out = cv2.GaussianBlur(out, (0, 0), 0.8)
    return np.asarray((out - out.mean()) / out.std(), np.float32)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _drawn(rays, R, c, low, high, pattern, textures, out):  # type: ignore[no-untyped-def]  # numpy arrays
    """Draw rays (rows, columns, 2); R (rows, 3, 3) from the room to the camera and c (rows, 3) of every row."""
    size = textures.shape[1]
    n = len(low)
    for i in range(rays.shape[0]):
        for j in range(rays.shape[1]):
            a, b = rays[i, j, 0], rays[i, j, 1]
            d = (
                R[i, 0, 0] * a + R[i, 1, 0] * b + R[i, 2, 0],
                R[i, 0, 1] * a + R[i, 1, 1] * b + R[i, 2, 1],
                R[i, 0, 2] * a + R[i, 1, 2] * b + R[i, 2, 2],
            )
            nearest, box, axis = 1e9, 0, 0
            for k in range(3):  # the room, from inside
                if d[k] != 0:
                    s = ((high[0, k] if d[k] > 0 else low[0, k]) - c[i, k]) / d[k]
                    if s < nearest:
                        nearest, axis = s, k
            for m in range(1, n):
                enter, leave, side = 1e-3, nearest, -1
                for k in range(3):
                    if d[k] == 0:
                        continue
                    s, e = (low[m, k] - c[i, k]) / d[k], (high[m, k] - c[i, k]) / d[k]
                    if s > e:
                        s, e = e, s
                    if s > enter:
                        enter, side = s, k
                    leave = min(leave, e)
                    if enter > leave:
                        break
                if side >= 0 and enter < leave:
                    nearest, box, axis = enter, m, side
            x, y = (axis + 1) % 3, (axis + 2) % 3
            u = (c[i, x] + nearest * d[x]) * 190.0 + 97.0 * box + 31.0 * axis
            v = (c[i, y] + nearest * d[y]) * 190.0 + 41.0 * box + 57.0 * axis
            iu, iv = int(np.floor(u)), int(np.floor(v))
            fu, fv = u - iu, v - iv
            t = textures[int(pattern[box, 0])]
            r0, r1, q0, q1 = iv % size, (iv + 1) % size, iu % size, (iu + 1) % size
            value = (1 - fv) * ((1 - fu) * t[r0, q0] + fu * t[r0, q1]) + fv * ((1 - fu) * t[r1, q0] + fu * t[r1, q1])
            out[i, j] = pattern[box, 1] + pattern[box, 2] * value + 6.0 * axis


@dataclass
class Turn:
    """How the camera is turned and what it is like.

    Attributes
    ----------
    sideways_deg, up_deg : how far to each side, up and down
    roll_deg : wander about the line of sight
    arm_m : (3,) from the axis to the camera, in its own axes (x right, y down, z ahead)
    hinge_m : (3,) the same for turning up and down
    tremble_m : standard deviation of the hand's own movement in half a second
    drift_m : the same in three seconds
    walk_m : (3,) how far the camera is carried besides, from the first picture to the last
    zoom : focal length at the end over that at the start
    seconds, rate : of the video
    readout_s : from the first row to the last
    exposure_s : of each picture
    blur_px, noise : of lens and sensor, standard deviations, pixels and grey levels
    tilt_deg, heading_deg : direction of the first picture, down and to the right
    """

    sideways_deg: float = 20.0
    up_deg: float = 13.0
    roll_deg: float = 1.5
    arm_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    hinge_m: tuple[float, float, float] | None = None
    tremble_m: float = 0.002
    drift_m: float = 0.01
    walk_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    zoom: float = 1.0
    seconds: float = 10.0
    rate: float = 12.0
    readout_s: float = 0.0
    exposure_s: float = 0.008
    blur_px: float = 0.7
    noise: float = 3.0
    tilt_deg: float = 0.0
    heading_deg: float = 0.0
    seed: int = 0
    passing: int = 0
    extra: dict[str, float] = field(default_factory=dict)

    def course(self) -> Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return the function from times (n,) to rotations (n, 3, 3), room to camera, and places (n, 3)."""
        rng = np.random.default_rng(1000 + self.seed)
        grid = np.linspace(0, self.seconds, 1000)
        # Left, right, middle, up, down, middle, with short rests, at a hand's uneven speed.
        knots_s = np.array([0, 0.03, 0.17, 0.2, 0.42, 0.46, 0.58, 0.6, 0.7, 0.73, 0.88, 0.91, 1.0]) * self.seconds
        yaw = np.interp(grid, knots_s, np.array([0, 0, -1, -1, 1, 1, 0, 0, 0.05, 0.05, -0.1, -0.1, 0]))
        pitch = np.interp(grid, knots_s, np.array([0, 0, 0.08, 0.1, -0.1, -0.08, 0, 0, 1, 1, -1, -1, 0]))
        smooth = 1000 / self.seconds * 0.15

        def wander(sd: float, seconds: float) -> NDArray[np.float64]:
            steps = gaussian_filter1d(rng.normal(0, 1, (1000, 3)), 1000 / self.seconds * seconds, axis=0)
            return sd * steps / steps.std(0)

        shake = wander(0.15, 0.25)
        yaw = self.sideways_deg * gaussian_filter1d(yaw, smooth, mode="nearest") + shake[:, 0]
        pitch = self.up_deg * gaussian_filter1d(pitch, smooth, mode="nearest") + shake[:, 1]
        roll = wander(self.roll_deg, 1.5)[:, 0]
        hand = wander(self.tremble_m, 0.3) + wander(self.drift_m, 1.5)
        hand += np.outer(grid / self.seconds, self.walk_m)
        arm, hinge = np.array(self.arm_m), np.array(self.arm_m if self.hinge_m is None else self.hinge_m)

        def at(time_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            y, p, r = (np.interp(time_s, grid, a) for a in (yaw, pitch, roll))
            swivel = _about(1, y + self.heading_deg)
            nod = _about(0, p - self.tilt_deg)
            out = swivel * nod * _about(2, r)  # camera to room
            place = (swivel * nod).apply(hinge) + swivel.apply(arm - hinge)
            place = place + np.stack([np.interp(time_s, grid, hand[:, k]) for k in range(3)], 1)
            return out.as_matrix().transpose(0, 2, 1), place

        return at


def _about(axis: int, degrees: NDArray[np.float64]) -> Rotation:
    return Rotation.from_rotvec(np.outer(np.radians(degrees), np.eye(3)[axis]))


def filmed(scene: Room, lens: Lens, turn: Turn) -> Iterator[tuple[float, Picture]]:
    """Times and grey pictures of a turn."""
    rng = np.random.default_rng(turn.seed)
    course = turn.course()
    width, height = lens.width * OVERSAMPLING, lens.height * OVERSAMPLING
    v, u = np.mgrid[0:height, 0:width].astype(np.float64)
    # The centre of the first pixel is at (0, 0) in both sizes.
    pixels = (np.stack([u, v], -1) + 0.5) / OVERSAMPLING - 0.5
    rays = lens.rays(pixels)
    fine = np.zeros((height, width))
    for time in np.arange(0, turn.seconds, 1 / turn.rate):
        zoom = turn.zoom ** (time / turn.seconds)
        moment = time + (np.arange(height) / height - 0.5) * turn.readout_s
        R, c = course(moment)
        _drawn(rays / zoom, R, c, scene.low, scene.high, scene.pattern, scene.textures, fine)
        small = cv2.resize(fine.astype(np.float32), (lens.width, lens.height), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), turn.blur_px)
        small = _smeared(small, course, time, turn.exposure_s, lens.fx)
        for k in range(turn.passing):
            _pass_by(small, k, time / turn.seconds)
        small = small + rng.normal(0, turn.noise, small.shape)
        yield float(time), np.asarray(np.clip(small, 0, 255).round(), np.uint8)


def _smeared(
    picture: NDArray[np.float32],
    course: Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]],
    time: float,
    exposure_s: float,
    focal: float,
) -> NDArray[np.float32]:
    """Smear a picture along the movement in its exposure."""
    R, _ = course(np.array([time - exposure_s / 2, time + exposure_s / 2]))
    moved = (R[1] @ R[0].T)[:2, 2] * focal
    steps = int(np.ceil(np.hypot(*moved))) + 1
    if steps < 2:
        return picture
    out = np.zeros_like(picture)
    for s in np.linspace(-0.5, 0.5, steps):
        shift = np.array([[1, 0, s * moved[0]], [0, 1, s * moved[1]]])
        out += cv2.warpAffine(picture, shift, picture.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    return out / steps


def _pass_by(picture: NDArray[np.float32], number: int, share: float) -> None:
    """Put a dark figure with a pattern into a picture, which crosses it by itself."""
    height, width = picture.shape
    x = int(((0.37 * number + 0.9 * share * (1 if number % 2 else -1)) % 1.0) * width)
    w = width // 5
    pattern = np.random.default_rng(number).normal(110, 40, (height // 8 + 1, w // 8 + 1)).astype(np.float32)
    figure = cv2.resize(pattern, (w, height), interpolation=cv2.INTER_CUBIC)
    right = min(width, x + w)
    picture[height // 6 :, x:right] = figure[height // 6 :, : right - x]
