"""The lens, the rotations and the room's features that best fit what a turning camera saw.

For a camera that only turns, two pictures differ by the homography K R K⁻¹, which gives K (Hartley 1997, Int J Comput
Vis 22:5); rotations, focal length and distortion of all pictures are then adjusted together (Brown & Lowe 2007, Int J
Comput Vis 74:59). No hand turns a camera about its own centre, and 10 cm beside it, in a room of 2.5 m, look like a
focal length 2 % longer. So the camera's path and the distances of the features are unknowns too, as in any bundle
adjustment, with priors: the camera sits on an arm about a hand, a hinge or a table's axis, and trembles; distances
are about one unit. What this costs the focal length is in its standard deviation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Bools, Floats, Ints

# Lengths are in units of the features' typical distance, about 2.5 m in a room.
ARM_SD = 0.08
"""From the axis to the camera: 20 cm, a laptop's lid or a forearm."""
HINGE_SD = 0.08
"""How far the axis for turning up and down is from the other one."""
HAND_SD, HAND_S = 0.01, 2.0
"""The hand's own movement, and for how long it stays where it went."""
TREMBLE_SD = 0.003
DISTANCE_SD = 0.6
"""Of the logarithm of a feature's distance: from half to twice the typical one."""
ZOOM_SD = 0.002
"""Of the logarithm of the focal length between pictures: autofocus breathes."""
CENTRE_SD = 0.012
"""Of the principal point from the picture's middle, in longer sides."""
K1_SD, K2_SD = 0.15, 0.08
READOUT_SD_S = 0.012
"""A rolling shutter's time from the first row, or column, to the last."""
CAUCHY = 2.0
"""Residual, in standard deviations, from which an observation counts less."""
LEAST_NOISE_PX = 0.08
FIRST_PX, SHARPENING = 4.0, 0.6
"""Scatter that is allowed for at first, so that no observation is an outlier only because the start is wrong, and by
how much less at each step."""
MOST_STEPS = 60

GLOBALS = 7  # log f, k1, k2, cx, cy, readout down, readout across
CAMERA = 7  # rotation, place, log zoom

Freedom = Literal["turned", "moved", "all"]
"""What is adjusted: lens and rotations, as if the camera only turned; where it was and the readout, too; all."""


@dataclass(frozen=True)
class Sightings:
    """Observations: (m,) view and feature, (m, 2) pixel, and whether it is the feature's own view, (m,)."""

    view: Ints
    feature: Ints
    pixel: Floats
    own: Bools


@dataclass(frozen=True)
class SceneModel:
    """Everything that is estimated, in pixels of the working size.

    Attributes
    ----------
    size : width and height
    focal, k1, k2, centre : the lens
    readout_s : down and across
    R : (n, 3, 3) from the first view to each view;  c : (n, 3) places;  zoom : (n,) logarithms
    spin : (n, 3) angular velocity in each view, radians per second, as far as known
    time_s : (n,)
    direction : (p, 3) of the features from the first view;  log_near : (p,) logarithm of one over the distance
    """

    size: tuple[int, int]
    focal: float
    k1: float
    k2: float
    centre: Floats
    readout_s: Floats
    R: Floats
    c: Floats
    zoom: Floats
    spin: Floats
    time_s: Floats
    direction: Floats
    log_near: Floats

    def rays(self, pixel: Floats) -> Floats:
        """(m, 3) unit directions of pixels in the camera's axes."""
        xy = (pixel - self.centre) / self.focal
        m = xy.copy()
        for _ in range(8):
            r2 = (m**2).sum(-1, keepdims=True)
            m = xy / np.maximum(1 + r2 * (self.k1 + self.k2 * r2), 0.3)
        out = np.concatenate([m, np.ones((*m.shape[:-1], 1))], -1)
        return np.asarray(out / np.linalg.norm(out, axis=-1, keepdims=True))

    def in_view(self, view: Ints, feature: Ints) -> Floats:
        """(m, 3) features in the axes of views, unit of the features' distance, without the rolling shutter."""
        near = np.exp(self.log_near[feature])[:, None]
        return np.einsum("mij,mj->mi", self.R[view], self.direction[feature] - near * self.c[view])

    def pixels(self, x: Floats, view: Ints) -> Floats:
        """(m, 2) pixels of points in the axes of views, (m, 3)."""
        m = x[:, :2] / np.maximum(x[:, 2:], 1e-3)
        r2 = (m**2).sum(1, keepdims=True)
        scale = self.focal * np.exp(self.zoom[view])[:, None] * (1 + r2 * (self.k1 + self.k2 * r2))
        return np.asarray(m * scale + self.centre)

    def project(self, view: Ints, feature: Ints) -> tuple[Floats, Floats]:
        """Pixels (m, 2) of features in views, and the points in the axes of the views (m, 3)."""
        x = self.in_view(view, feature)
        pixel = self.pixels(x, view)
        late = self._late(np.clip(pixel, 0, self.size))
        x = x + (late @ self.readout_s)[:, None] * np.cross(self.spin[view], x)
        return self.pixels(x, view), x

    def _late(self, pixel: Floats) -> Floats:
        """(m, 2) part of the readout after the middle, down and across."""
        return np.asarray((pixel / self.size - 0.5)[:, ::-1])


@dataclass(frozen=True)
class SceneFit:
    """What an adjustment found.

    Attributes
    ----------
    model : the best
    noise_px : standard deviation of an observation
    weight : (m,) how much each counted, 0 to 1
    residual_px : (m, 2)
    sd : (GLOBALS,) of the logarithm of the focal length, k1, k2, the centre and the readout
    """

    model: SceneModel
    noise_px: float
    weight: Floats
    residual_px: Floats
    sd: Floats


def adjusted(model: SceneModel, seen: Sightings, stages: Sequence[Freedom], zoom_sd: float = ZOOM_SD) -> SceneFit:
    """Adjust everything together, in stages (Levenberg & Marquardt, Cauchy's robust weights)."""
    problem = _Problem(model, seen, zoom_sd)
    residual = problem.residual(model)
    for stage in stages:
        problem.free = _free(len(model.R), stage)
        damping, least_px = 1e-3, FIRST_PX if stage == "turned" else 0.0
        for _ in range(MOST_STEPS):
            noise = max(problem.noise(residual), least_px)
            problem.path = _path_precision(model)
            cost = problem.cost(model, residual, noise)
            system = problem.system(model, residual, noise)
            for _ in range(6):
                trial = problem.moved(model, *system.step(damping))
                trial_residual = problem.residual(trial)
                trial_cost = problem.cost(trial, trial_residual, noise)
                if trial_cost < cost:
                    break
                damping *= 6
            else:
                break
            damping = max(damping / 6, 1e-7)
            change = abs(np.log(trial.focal / model.focal))
            model, residual = trial, trial_residual
            if cost - trial_cost < 1e-4 * cost and change < 1e-4 and noise > least_px:
                break
            least_px *= SHARPENING
    noise = problem.noise(residual)
    system = problem.system(model, residual, noise)
    return SceneFit(model, noise, problem.weight(residual, noise), residual, system.sd())


def _free(views: int, stage: Freedom) -> Bools:
    """(n,) which unknowns are adjusted in a stage."""
    free = np.ones(GLOBALS + CAMERA * views, bool)
    of_view = free[GLOBALS:].reshape(views, CAMERA)
    if stage == "turned":
        free[5:GLOBALS] = of_view[:, 3:] = False
    elif stage == "moved":
        of_view[:, 6] = False
    of_view[0] = False  # the first view is the origin
    return free


@dataclass(frozen=True)
class _System:
    """Normal equations: cameras (A, g), features (V, e) and what couples them, W."""

    A: Floats  # (n, n)
    g: Floats
    V: Floats  # (p, 3, 3)
    e: Floats  # (p, 3)
    W: Floats  # (n, p, 3)
    free: Bools  # (n,)

    def _reduced(self, damping: float) -> tuple[Floats, Floats, Floats]:
        V = self.V * (1 + damping * np.eye(3)) + 1e-9 * np.eye(3)
        VW = np.einsum("pij,npj->npi", np.linalg.inv(V), self.W)
        n = len(self.A)
        flat, flat_V = self.W.reshape(n, -1), VW.reshape(n, -1)
        S = self.A * (1 + damping * np.eye(n)) - flat_V @ flat.T
        return S[np.ix_(self.free, self.free)], (self.g - flat_V @ self.e.ravel())[self.free], V

    def step(self, damping: float) -> tuple[Floats, Floats]:
        """Step of the cameras' unknowns (n,) and of the features' (p, 3)."""
        S, r, V = self._reduced(damping)
        step = np.zeros(len(self.A))
        step[self.free] = np.linalg.solve(S, r)
        rest = self.e - np.einsum("npi,n->pi", self.W, step)
        return step, np.linalg.solve(V, rest[..., None])[..., 0]

    def sd(self) -> Floats:
        """(GLOBALS,) standard deviations."""
        S = self._reduced(0.0)[0]
        return np.asarray(np.sqrt(np.maximum(np.diag(np.linalg.inv(S))[:GLOBALS], 0)))


class _Problem:
    def __init__(self, model: SceneModel, seen: Sightings, zoom_sd: float) -> None:
        self.seen, self.zoom_sd = seen, zoom_sd
        self.views, self.features = len(model.R), len(model.direction)
        self.width, self.height = model.size
        longer = max(model.size)
        self.start_centre = np.array([(self.width - 1) / 2, (self.height - 1) / 2])
        self.prior_sd = np.array(
            [1e3, K1_SD, K2_SD, CENTRE_SD * longer, CENTRE_SD * longer, READOUT_SD_S, READOUT_SD_S]
        )
        self.free = _free(self.views, "all")
        self.path = _path_precision(model)
        self.by_view = [np.flatnonzero(seen.view == k) for k in range(self.views)]

    def residual(self, model: SceneModel) -> Floats:
        return self.seen.pixel - model.project(self.seen.view, self.seen.feature)[0]

    def noise(self, residual: Floats) -> float:
        """Robust standard deviation of one coordinate."""
        count = residual.size
        left = max(count - 3 * self.features - 6 * self.views, count / 5)  # what the unknowns leave over
        return max(LEAST_NOISE_PX, float(1.4826 * np.median(np.abs(residual)) * np.sqrt(count / left)))

    def weight(self, residual: Floats, noise: float) -> Floats:
        return np.asarray(1 / (1 + (residual**2).sum(1) / (CAUCHY * noise) ** 2))

    def _prior(self, model: SceneModel) -> Floats:
        """(GLOBALS,) values whose prior is 0; the focal length has none."""
        return np.array([0.0, model.k1, model.k2, *(model.centre - self.start_centre), *model.readout_s])

    def cost(self, model: SceneModel, residual: Floats, noise: float) -> float:
        by_pixels = CAUCHY**2 * np.log1p((residual**2).sum(1) / (CAUCHY * noise) ** 2).sum()
        place = model.c[1:].ravel()
        by_priors = ((self._prior(model) / self.prior_sd) ** 2).sum() + place @ self.path @ place
        by_priors += ((model.zoom / self.zoom_sd) ** 2).sum() + ((model.log_near / DISTANCE_SD) ** 2).sum()
        return float(by_pixels + by_priors)

    def system(self, model: SceneModel, residual: Floats, noise: float) -> _System:
        seen = self.seen
        k, j = seen.view, seen.feature
        x = model.project(k, j)[1]
        y = model.in_view(k, j)
        z = np.maximum(x[:, 2:], 1e-3)
        m = x[:, :2] / z
        r2 = (m**2).sum(1, keepdims=True)
        bent = 1 + r2 * (model.k1 + model.k2 * r2)
        f = model.focal * np.exp(model.zoom[k])[:, None]
        by_m = f[..., None] * (
            bent[..., None] * np.eye(2) + 2 * (model.k1 + 2 * model.k2 * r2)[..., None] * m[:, :, None] * m[:, None]
        )
        m_by_x = np.zeros((len(k), 2, 3))
        m_by_x[:, 0, 0] = m_by_x[:, 1, 1] = 1 / z[:, 0]
        m_by_x[:, :, 2] = -m / z
        by_x = by_m @ m_by_x
        near = np.exp(model.log_near[j])
        by_world = by_x @ model.R[k]
        late = model._late(seen.pixel)  # the adjustment of the same model
        spun = np.einsum("mij,mj->mi", by_x, np.cross(model.spin[k], y))

        J = np.zeros((len(k), 2, GLOBALS + CAMERA))
        J[:, :, 0] = f * bent * m
        J[:, :, 1], J[:, :, 2] = f * r2 * m, f * r2**2 * m
        J[:, 0, 3] = J[:, 1, 4] = 1
        J[:, :, 5:7] = spun[:, :, None] * late[:, None]
        J[:, :, 7:10] = -by_x @ _cross_matrix(y)
        J[:, :, 10:13] = -near[:, None, None] * by_world
        J[:, :, 13] = J[:, :, 0]
        P = np.empty((len(k), 2, 3))
        P[:, :, :2] = by_world @ _tangents(model.direction)[j]
        P[:, :, 2] = -near[:, None] * np.einsum("mij,mj->mi", by_world, model.c[k])

        w = self.weight(residual, noise) / noise**2
        n = GLOBALS + CAMERA * self.views
        A, g = np.zeros((n, n)), np.zeros(n)
        W = np.zeros((n, self.features, 3))
        JP = np.einsum("mai,m,maj->mij", J, w, P)
        for v, of in enumerate(self.by_view):
            where = np.r_[0:GLOBALS, GLOBALS + CAMERA * v : GLOBALS + CAMERA * (v + 1)]
            Jv = J[of].reshape(-1, GLOBALS + CAMERA)
            wv = np.repeat(w[of], 2)
            A[np.ix_(where, where)] += Jv.T @ (wv[:, None] * Jv)
            g[where] += Jv.T @ (wv * residual[of].ravel())
            W[GLOBALS + CAMERA * v : GLOBALS + CAMERA * (v + 1), j[of]] = JP[of, GLOBALS:].transpose(1, 0, 2)
            W[:GLOBALS, j[of]] += JP[of, :GLOBALS].transpose(1, 0, 2)
        V, e = np.zeros((self.features, 3, 3)), np.zeros((self.features, 3))
        np.add.at(V, j, np.einsum("mai,m,maj->mij", P, w, P))
        np.add.at(e, j, np.einsum("mai,m,ma->mi", P, w, residual))

        V[:, 2, 2] += 1 / DISTANCE_SD**2
        e[:, 2] -= model.log_near / DISTANCE_SD**2
        first = np.arange(GLOBALS)
        A[first, first] += 1 / self.prior_sd**2
        g[first] -= self._prior(model) / self.prior_sd**2
        # A view in which nothing was found stays as it is.
        turn = (GLOBALS + CAMERA * np.arange(self.views)[:, None] + np.arange(3)).ravel()
        A[turn, turn] += 1.0
        zoom = GLOBALS + CAMERA * np.arange(self.views) + 6
        A[zoom, zoom] += 1 / self.zoom_sd**2
        g[zoom] -= model.zoom / self.zoom_sd**2
        place = (GLOBALS + CAMERA * np.arange(1, self.views)[:, None] + np.arange(3, 6)).ravel()
        A[np.ix_(place, place)] += self.path
        g[place] -= self.path @ model.c[1:].ravel()
        return _System(A, g, V, e, W, self.free)

    def moved(self, model: SceneModel, step: Floats, features: Floats) -> SceneModel:
        """Move a model by a step."""
        cameras = step[GLOBALS:].reshape(-1, CAMERA)
        turned = Rotation.from_rotvec(np.clip(cameras[:, :3], -0.3, 0.3)).as_matrix()
        direction = model.direction + np.einsum("pij,pj->pi", _tangents(model.direction), features[:, :2])
        return replace(
            model,
            focal=model.focal * float(np.exp(np.clip(step[0], -0.15, 0.15))),
            k1=model.k1 + float(np.clip(step[1], -0.1, 0.1)),
            k2=model.k2 + float(np.clip(step[2], -0.1, 0.1)),
            centre=model.centre + step[3:5],
            readout_s=model.readout_s + step[5:7],
            R=turned @ model.R,
            c=model.c + cameras[:, 3:6],
            zoom=model.zoom + cameras[:, 6],
            direction=direction / np.linalg.norm(direction, axis=1, keepdims=True),
            log_near=model.log_near + np.clip(features[:, 2], -0.5, 0.5),
        )


def _path_precision(model: SceneModel) -> Floats:
    """Inverse covariance of the places of all views but the first, (3(n-1),) squared."""
    turns = Rotation.from_matrix(model.R[1:])
    # The camera's turn as a turn sideways, then up or down, then about its line of sight.
    sideways, up, _ = turns.as_euler("yxz").T
    eye = np.eye(3)
    back = model.R[1:].transpose(0, 2, 1)
    swivel = Rotation.from_rotvec(np.outer(sideways, eye[1])).as_matrix().transpose(0, 2, 1)
    nod = Rotation.from_rotvec(np.outer(up, eye[0])).as_matrix().transpose(0, 2, 1)
    arm = (back - eye).reshape(-1, 3)
    hinge = (swivel @ (nod - eye)).reshape(-1, 3)
    between = np.abs(model.time_s[1:, None] - model.time_s[None, 1:])
    at_start = np.exp(-np.abs(model.time_s[1:] - model.time_s[0]) / HAND_S)
    # The hand's movement since the first view, which is where it was then.
    hand = HAND_SD**2 * (np.exp(-between / HAND_S) - at_start[:, None] - at_start[None] + 1)
    hand += TREMBLE_SD**2 * (np.eye(len(hand)) + 1)
    covariance = ARM_SD**2 * arm @ arm.T + HINGE_SD**2 * hinge @ hinge.T + np.kron(hand, eye)
    return np.asarray(np.linalg.inv(covariance))


def _tangents(direction: Floats) -> Floats:
    """(p, 3, 2) two axes across each direction."""
    away = np.where(np.abs(direction[:, :1]) < 0.7, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    first = np.cross(direction, away)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.stack([first, np.cross(direction, first)], -1)


def _cross_matrix(x: Floats) -> Floats:
    out = np.zeros((len(x), 3, 3))
    out[:, 0, 1], out[:, 0, 2], out[:, 1, 2] = -x[:, 2], x[:, 1], -x[:, 0]
    return out - out.transpose(0, 2, 1)
