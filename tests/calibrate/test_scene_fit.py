"""The lens from features that a turning camera saw, computed without pictures; and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from romcheck.calibrate.scene import Contradiction, SceneCalibration, compared
from romcheck.calibrate.scene_fit import SceneModel, Sightings, adjusted
from romcheck.geometry.intrinsics import Lens

WIDTH, HEIGHT = 640, 360
FOCAL, K1, K2 = 480.0, -0.1, 0.02
VIEWS, FEATURES = 14, 150
NOISE_PX = 0.15


def turned(seed: int, arm: float = 0.03, tremble: float = 0.002) -> tuple[SceneModel, Sightings]:
    """A camera on an arm turned left, right, up and down in a room, and what it saw."""
    rng = np.random.default_rng(seed)
    s = np.linspace(0, 2 * np.pi, VIEWS)
    yaw, pitch = 0.32 * np.sin(2 * s) * (s < np.pi), 0.22 * np.sin(2 * s) * (s >= np.pi)
    R = Rotation.from_euler("yx", np.column_stack([yaw, pitch])).as_matrix()
    R = R @ R[0].T
    place = R.transpose(0, 2, 1) @ (0, 0, arm) - (0, 0, arm) + rng.normal(0, tremble, (VIEWS, 3))
    place[0] = 0
    direction = np.column_stack([rng.uniform(-0.9, 0.9, FEATURES), rng.uniform(-0.6, 0.6, FEATURES), np.ones(FEATURES)])
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    still = np.zeros((VIEWS, 3))
    model = SceneModel(
        (WIDTH, HEIGHT), FOCAL, K1, K2, np.array([322.0, 178.0]), np.zeros(2), R, place, np.zeros(VIEWS), still,
        np.linspace(0, 10, VIEWS), direction, rng.normal(0, 0.4, FEATURES),
    )  # fmt: skip
    view, feature = (a.ravel() for a in np.meshgrid(np.arange(VIEWS), np.arange(FEATURES), indexing="ij"))
    ahead = model.in_view(view, feature)[:, 2] > 0.3
    view, feature = view[ahead], feature[ahead]
    pixel = model.project(view, feature)[0]
    inside = ((pixel > 5) & (pixel < (WIDTH - 5, HEIGHT - 5))).all(1)
    enough = np.bincount(feature[inside], minlength=FEATURES) >= 3
    use = inside & enough[feature]
    number = np.cumsum(enough) - 1
    view, feature, pixel = view[use], number[feature[use]], pixel[use]
    pixel = pixel + rng.normal(0, NOISE_PX, pixel.shape)
    model = replace(model, direction=direction[enough], log_near=model.log_near[enough])
    return model, Sightings(view, feature, pixel, np.zeros(len(view), bool))


def start(model: SceneModel, seen: Sightings, focal: float) -> SceneModel:
    """A first guess: another focal length, no distortion, a camera that only turned, everything equally far."""
    guess = replace(
        model, focal=focal, k1=0.0, k2=0.0, centre=np.array([319.5, 179.5]), c=np.zeros((VIEWS, 3)),
        log_near=np.zeros(len(model.direction)),
    )  # fmt: skip
    direction = np.empty_like(model.direction)
    direction[seen.feature] = np.einsum("mji,mj->mi", guess.R[seen.view], guess.rays(seen.pixel))
    return replace(guess, direction=direction)


def test_lens_and_its_uncertainty_from_a_turn_beside_the_axis():
    """From a focal length 15 % off; the errors are what the standard deviations say."""
    off, offs_of_k1 = [], []
    for seed in range(6):
        model, seen = turned(seed)
        fit = adjusted(start(model, seen, 1.15 * FOCAL), seen, ("turned", "moved", "all"))
        off.append(np.log(fit.model.focal / FOCAL) / fit.sd[0])
        offs_of_k1.append((fit.model.k1 - K1) / fit.sd[1])
        assert abs(fit.model.focal / FOCAL - 1) < 0.01
        assert fit.sd[0] < 0.006
        assert fit.noise_px == pytest.approx(NOISE_PX, rel=0.15)
    assert np.abs(off).max() < 3.5
    assert np.abs(offs_of_k1).max() < 3.5


def test_outliers_do_not_bend_the_lens():
    model, seen = turned(1)
    rng = np.random.default_rng(1)
    wrong = rng.random(len(seen.view)) < 0.1
    seen = replace(seen, pixel=seen.pixel + wrong[:, None] * rng.uniform(-5, 5, seen.pixel.shape))
    fit = adjusted(start(model, seen, 0.9 * FOCAL), seen, ("turned", "moved", "all"))
    assert abs(fit.model.focal / FOCAL - 1) < 0.01
    assert (fit.weight[wrong] < 0.2).mean() > 0.9


def test_a_small_turn_says_that_it_knows_little():
    model, seen = turned(2)
    small = Rotation.from_rotvec(Rotation.from_matrix(model.R).as_rotvec() / 8).as_matrix()
    less = replace(model, R=small, c=model.c / 8)
    pixel = less.project(seen.view, seen.feature)[0] + np.random.default_rng(2).normal(0, NOISE_PX, seen.pixel.shape)
    seen = replace(seen, pixel=pixel)
    fit = adjusted(start(less, seen, FOCAL), seen, ("turned", "moved", "all"))
    large = adjusted(start(*turned(2), FOCAL), turned(2)[1], ("turned", "moved", "all"))
    assert fit.sd[0] > 5 * large.sd[0]


@pytest.mark.parametrize(("fov_deg", "contradicts"), [(60, False), (61, False), (66, True), (54, True)])
def test_another_lens_is_said_to_contradict_the_room(fov_deg, contradicts):
    lens = replace(Lens.from_fov(WIDTH, HEIGHT, 60.0), known="calibrated", focal_sd=0.005)
    found = SceneCalibration(lens, {}, 0.1, 20, 300, 40.0, 25.0, 0.02)
    said: Contradiction = compared(found, Lens.from_fov(WIDTH, HEIGHT, fov_deg))
    assert said.contradicts == contradicts
