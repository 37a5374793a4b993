"""The smooth part of a surface's error, on bodies whose shape is known."""

from __future__ import annotations

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from romcheck.tracking.settings import TRACKING
from romcheck.tracking.surface_error import low_order_error


def places(n: int = 400, seed: int = 3) -> np.ndarray:
    """Directions over the half of a body that a camera sees."""
    d = np.random.default_rng(seed).normal(size=(n, 3))
    d[:, 2] = np.abs(d[:, 2])
    return d / np.linalg.norm(d, axis=1, keepdims=True)


def ellipsoid(direction: np.ndarray, half: tuple[float, float, float]) -> np.ndarray:
    """Logarithm of its radius."""
    return -0.5 * np.log(((direction / half) ** 2).sum(1))


@pytest.mark.parametrize("half", [(0.9, 1.0, 1.15), (1.1, 0.95, 1.0), (0.93, 0.93, 0.93)])
def test_other_proportions_are_found_through_the_noise(half: tuple[float, float, float]) -> None:
    d = places()
    true = ellipsoid(d, half)
    noisy = true + np.random.default_rng(1).normal(0, 0.03, len(d))
    found = low_order_error(d, noisy, np.full(len(d), 0.03))
    assert np.sqrt(np.mean((found - true) ** 2)) < 0.2 * np.sqrt(np.mean(true**2))


def test_a_single_feature_does_not_bend_the_surface() -> None:
    d = places()
    error = np.zeros(len(d))
    error[7] = 0.15
    assert np.abs(low_order_error(d, error, np.full(len(d), 0.03))).max() < 0.02


def test_what_is_not_known_does_not_count() -> None:
    d = places()
    true = ellipsoid(d, (0.9, 1.0, 1.1))
    hidden = np.arange(len(d)) % 3 == 0
    wild = np.where(hidden, 0.5, true)
    sd = np.where(hidden, np.inf, 0.01)
    assert np.abs(low_order_error(d, wild, sd) - true).max() < 0.03


@examples(30)
@given(st.floats(-0.3, 0.3), st.integers(1, 40))
def test_little_knowledge_moves_it_little(size: float, n: int) -> None:
    """One part's share is never larger than what was seen, and vanishes with the number of places."""
    d = places(n, seed=n)
    found = low_order_error(d, np.full(n, size), np.full(n, 10 * TRACKING.surface.low_order_sd))
    assert np.abs(found).max() <= abs(size) * min(1.0, 0.15 * n) + 1e-12
