"""Whether the camera moved or zoomed: with a fixed camera, the background behind a person does not move.

The background of a first picture is registered with that of later ones, all pixels together, by a translation, a
rotation and a change of scale (Lucas & Kanade 1981, in the inverse form of Baker & Matthews 2004, Int J Comput Vis
56:221). The light may change uniformly or as a gradient across the picture; outliers, such as somebody walking by, are
downweighted (Tukey weights). A blank wall fixes no shift: then the motion is reported as unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from romcheck.arrays import Floats, Grey, Rgb
from romcheck.motion.track import CameraCourse
from romcheck.tracking.settings import TRACKING

CAMERA = TRACKING.camera


class CameraWatch:
    """The background of one video.

    Parameters
    ----------
    focal : focal length over the longer side of the picture
    """

    def __init__(self, focal: float) -> None:
        self._focal = 2 * focal  # in halves of the longer side, as shifts are
        self._levels: list[_Background] = []
        self._now = np.eye(3)
        self._next_s = 0.0
        self._still_until_s = 0.0
        self._missed = 0
        self._seen: list[tuple[float, Floats, bool, bool]] = []

    def start(self, time_s: float, rgb: Rgb, person: NDArray[np.bool_]) -> None:
        """Take the first picture: a picture (height, width, 3), and where in it the person is (height, width)."""
        self._levels = []
        picture = _sized(rgb, CAMERA.width_px)
        height, width = picture.shape
        mask = cv2.resize(person.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        reach = 2 * round(CAMERA.clearance * CAMERA.width_px) + 1
        free = cv2.dilate(mask, np.ones((reach, reach), np.uint8)) == 0
        free[:2] = free[-2:] = free[:, :2] = free[:, -2:] = False
        if free.mean() < CAMERA.least_background:
            return
        small = _sized(rgb, CAMERA.coarse_px)
        free_small = (
            cv2.resize(free.astype(np.float32), small.shape[::-1], interpolation=cv2.INTER_AREA)
            > CAMERA.least_coarse_share
        )
        fine = _Background(picture, free)
        if not fine.holds or free_small.sum() < CAMERA.least_coarse_pixels:
            return
        self._levels = [fine, _Background(small, free_small)]
        self._now = np.eye(3)
        self._next_s = time_s + CAMERA.every_s
        self._seen = [(time_s, np.eye(3), True, False)]

    def see(self, time_s: float, rgb: Rgb) -> Stabilisation | None:
        """Check a picture if one is due: a few times a second, and every one while the camera moves.

        Returns
        -------
        The transformation to the first picture; None where none is needed
        """
        if self._levels and time_s >= self._next_s:
            self._look(time_s, rgb)
        turned = _moved(self._now, self._focal)
        if np.abs(turned[:3]).max() < CAMERA.still_deg and abs(turned[3] - 1) < CAMERA.still_scale:
            return None
        height, width = rgb.shape[:2]
        return Stabilisation(_to_pixels(width, height) @ self._now @ np.linalg.inv(_to_pixels(width, height)))

    def repeat(self, time_s: float) -> None:
        """Take a repeated picture: the camera did not move either."""
        if self._seen and time_s - self._seen[-1][0] >= CAMERA.every_s:
            self._seen.append((time_s, *self._seen[-1][1:]))

    def _look(self, time_s: float, rgb: Rgb) -> None:
        fine, coarse = self._levels
        picture = _sized(rgb, CAMERA.width_px)
        found, registration = fine.register(picture, self._now)
        if not registration.sure:
            small = _sized(rgb, CAMERA.coarse_px)
            for guess in (self._now, np.eye(3))[: 2 if self._missed % 4 == 0 else 1]:
                found, registration = fine.register(picture, coarse.register(small, guess)[0])
                if registration.sure:
                    break
        self._seen.append((time_s, found, registration.sure, registration.another))
        if not registration.sure:
            self._missed += 1
            self._next_s = time_s + CAMERA.every_s
            return
        step = np.abs(_moved(found, self._focal) - _moved(self._now, self._focal))
        if step[:3].max() > CAMERA.moves_deg or step[3] > CAMERA.moves_scale:
            self._still_until_s = time_s + 2 * CAMERA.every_s
        self._now, self._missed = found, 0
        self._next_s = time_s if time_s < self._still_until_s else time_s + CAMERA.every_s

    def course(self, time_s: Floats) -> CameraCourse:
        """The camera's motion for frames at these times (n,)."""
        n = len(time_s)
        turned, zoom, another = np.full((n, 3), np.nan), np.full(n, np.nan), np.zeros(n, bool)
        if not self._seen:
            return CameraCourse(turned, zoom, another)
        times = np.array([t for t, *_ in self._seen])
        sure = np.array([s for _, _, s, _ in self._seen])
        after = np.searchsorted(times, time_s).clip(0, len(times) - 1)
        before = np.maximum(after - 1, 0)
        nearest = np.where(time_s - times[before] <= times[after] - time_s, before, after)
        near = np.abs(time_s - times[nearest]) <= CAMERA.every_s
        another = near & np.array([o for *_, o in self._seen])[nearest]
        if sure.any():
            moved = np.array([_moved(A, self._focal) for _, A, _, _ in self._seen])[sure]
            values = np.column_stack([np.interp(time_s, times[sure], column) for column in moved.T])
            values[~(near & sure[nearest])] = np.nan
            turned, zoom = values[:, :3], values[:, 3]
        return CameraCourse(turned, zoom, another)


@dataclass(frozen=True)
class Stabilisation:
    """Warps a picture to the first picture; ``forth`` (3, 3) maps pixels of the first to pixels of the picture."""

    forth: Floats

    def picture(self, rgb: Rgb) -> Rgb:
        """The picture as a still camera would have shown it."""
        size = rgb.shape[1], rgb.shape[0]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(rgb, self.forth[:2], size, flags=flags), np.uint8)

    def shown(self, middle: Floats, width: float) -> tuple[Floats, float]:
        """Centre (2,) and width in the moved picture of a face given in pixels of the first."""
        scale = float(np.hypot(self.forth[0, 0], self.forth[1, 0]))
        return self.forth[:2, :2] @ middle + self.forth[:2, 2], width * scale

    def face(self, landmarks: Floats) -> Floats:
        """Landmarks (n, 3) of the picture, mapped to the first picture."""
        back = np.linalg.inv(self.forth)
        scale = float(np.hypot(back[0, 0], back[1, 0]))
        return np.column_stack([landmarks[:, :2] @ back[:2, :2].T + back[:2, 2], landmarks[:, 2] * scale])


def parallax_deg(camera: CameraCourse) -> Floats:
    """Standard uncertainty (n,) left by the correction of the camera's motion, degrees."""
    moved = np.nan_to_num(np.linalg.norm(camera.turned_deg, axis=1))
    return np.asarray(CAMERA.parallax_share * np.where(moved > CAMERA.still_deg, moved, 0.0))


def zoom_sd(camera: CameraCourse) -> Floats:
    """Relative standard uncertainty (n,) of the focal length left by the correction of a zoom."""
    zoomed = np.abs(np.log(np.nan_to_num(camera.zoom, nan=1.0)))
    return np.asarray(CAMERA.dolly_share * np.where(zoomed > CAMERA.still_scale, zoomed, 0.0))


def as_shown(position_m: Floats, camera: CameraCourse) -> Floats:
    """Positions (n, 3) given in the first picture's axes, in the axes of the camera as it had moved in each frame."""
    moved = np.linalg.norm(camera.turned_deg, axis=1)
    use = (moved > CAMERA.still_deg) | (np.abs(camera.zoom - 1) > CAMERA.still_scale)  # False where NaN
    out = position_m.copy()
    x, y, z = position_m[use].T
    across, down, around = np.radians(camera.turned_deg[use]).T
    zoom = camera.zoom[use]
    depth = z / zoom
    u, v = x / z * zoom, y / z * zoom
    out[use, 0] = (u * np.cos(around) - v * np.sin(around) + np.tan(across)) * depth
    out[use, 1] = (u * np.sin(around) + v * np.cos(around) + np.tan(down)) * depth
    out[use, 2] = depth
    return out


def _moved(A: Floats, focal: float) -> Floats:
    """(4,) degrees to the right, down, around, and the scale of a similarity (3, 3)."""
    scale = float(np.hypot(A[0, 0], A[1, 0]))
    shift = np.degrees(np.arctan(A[:2, 2] / focal))
    return np.array([*shift, np.degrees(np.arctan2(A[1, 0], A[0, 0])), scale])


def _to_pixels(width: int, height: int) -> Floats:
    """(3, 3) from coordinates about the centre, in halves of the longer side, to pixels."""
    half = max(width, height) / 2
    return np.array([[half, 0, (width - 1) / 2], [0, half, (height - 1) / 2], [0, 0, 1]])


def _sized(rgb: Rgb, longest: int) -> Grey:
    step = max(1, max(rgb.shape[:2]) // (2 * longest))
    grey = np.ascontiguousarray(rgb[::step, ::step, 1])
    height, width = grey.shape
    factor = longest / max(height, width)
    size = max(8, round(width * factor)), max(8, round(height * factor))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0).astype(np.float32))


@dataclass(frozen=True)
class _Registration:
    sure: bool
    another: bool


class _Background:
    """The background of the first picture at one resolution, to be registered with other pictures."""

    def __init__(self, picture: Grey, free: NDArray[np.bool_]) -> None:
        height, width = picture.shape
        self._half = max(height, width) / 2
        y, x = np.mgrid[:height, :width].astype(np.float32)
        x, y = (x - (width - 1) / 2) / self._half, (y - (height - 1) / 2) / self._half
        self._to_pixels = _to_pixels(width, height)
        self._from_pixels = np.linalg.inv(self._to_pixels)
        across = cv2.Sobel(picture, cv2.CV_32F, 1, 0, scale=self._half / 8)
        down = cv2.Sobel(picture, cv2.CV_32F, 0, 1, scale=self._half / 8)
        chosen = np.flatnonzero(free)
        free = np.zeros(free.shape, bool)
        free.flat[chosen[:: -(-len(chosen) // CAMERA.most_pixels)]] = True
        x, y, across, down = x[free], y[free], across[free], down[free]
        self._free, self._own = free, picture[free]
        one = np.ones_like(x)
        light = np.column_stack([self._own, one, x, y])
        self._jacobian = np.column_stack([across * x + down * y, down * x - across * y, across, down, light])
        self._wide = self._jacobian.astype(np.float64)  # the weights are, and would convert it each time
        self._wide_light = np.ascontiguousarray(self._wide[:, 4:])
        self._flat = np.column_stack([one, x, y])
        self._light = np.zeros(4)  # last estimate: gain, offset, gradient across and down
        self.holds = self._constrained(np.ones_like(x), CAMERA.noise)

    def register(self, picture: Grey, guess: Floats) -> tuple[Floats, _Registration]:
        """The similarity (3, 3) that maps this background to a picture, starting from a guess.

        Coordinates are about the picture's centre, in halves of its longer side.
        """
        A, light = guess, self._light
        size = picture.shape[::-1]
        for _ in range(CAMERA.steps):
            at = (self._to_pixels @ A @ self._from_pixels)[:2]
            seen = cv2.warpAffine(picture, at, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=-1000)[
                self._free
            ]
            inside = seen > -0.5
            residual = np.where(inside, seen - self._own - self._wide_light @ light, 0.0)
            if inside.mean() < CAMERA.least_seen:
                return guess, _Registration(False, False)
            residual -= np.median(residual[inside])
            spread = max(CAMERA.noise, CAMERA.spread_factor * float(np.median(np.abs(residual[inside]))))
            weight = np.clip(1 - (residual / (CAMERA.tukey_scale * spread)) ** 2, 0, 1) ** 2 * inside
            weighted = self._wide * weight[:, None]
            H = weighted.T @ self._wide
            step = np.linalg.solve(H + 1e-6 * np.diag(np.diag(H)) + 1e-9 * np.eye(8), weighted.T @ residual)
            a, b, right, lower = step[:4]
            light = light + step[4:]
            A = A @ np.linalg.inv(np.array([[1 + a, -b, right], [b, 1 + a, lower], [0, 0, 1]]))
            if np.abs(step[:4]).max() * self._half < CAMERA.step_tolerance_px:
                break
        zncc = self._zncc_with(seen, weight)
        matched = float(weight.sum() / inside.sum())
        another = float((np.abs(residual[inside]) > CAMERA.other_grey).mean()) > CAMERA.other_share
        sure = zncc > CAMERA.least_zncc and matched > CAMERA.least_matched and self._constrained(weight, spread)
        self._light = light if sure else np.zeros(4)
        return A, _Registration(sure, another)

    def _zncc_with(self, seen: Grey, weight: Grey) -> float:
        """ZNCC with the first picture, after a uniform change or a gradient of the light was removed."""
        light = self._flat * weight[:, None]
        solve = np.linalg.solve((light.T @ self._flat).astype(np.float64) + 1e-6 * np.eye(3), light.T)
        a, b = (values - self._flat @ (solve @ values) for values in (seen, self._own))
        return float((weight * a) @ b / (np.sqrt(((weight * a) @ a) * ((weight * b) @ b)) + 1e-6))

    def _constrained(self, weight: Grey, spread: float) -> bool:
        """Whether the background is textured enough to fix the registration."""
        H = ((self._jacobian * weight[:, None]).T @ self._jacobian).astype(np.float64)
        C = np.linalg.inv(H + 1e-9 * np.eye(8)) * spread**2 * CAMERA.correlated
        scale, turn, right, lower = np.sqrt(np.abs(np.diag(C)[:4]))
        return bool(max(right, lower) < CAMERA.sure_shift and max(scale, turn) < CAMERA.sure_scale)
