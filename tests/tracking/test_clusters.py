"""Cluster-robust uncertainty of a map with correlated errors of features, compared with its true error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from heads import angle_deg
from test_bundle_adjustment import FOCAL, head_reconstruction, unsettled

from romcheck.person.settings import PERSON
from romcheck.tracking.bundle_adjustment import Prior, adjust
from romcheck.tracking.clusters import cluster_turns, clusters

HALVINGS = 3


def test_clusters_lie_together_and_weigh_alike() -> None:
    rng = np.random.default_rng(3)
    points, weight = rng.normal(size=(400, 3)), rng.uniform(0.5, 1.5, 400)
    cluster = clusters(points, weight, HALVINGS)
    weights = np.bincount(cluster, weight)
    assert len(weights) == 8
    assert np.ptp(weights) < 0.1 * weights.mean()
    within = np.array([points[cluster == c].std(0).prod() for c in range(8)])
    assert (within < 0.5 * points.std(0).prod()).all()


@pytest.mark.parametrize("common_px", [0.0, 0.6])
def test_it_knows_how_far_maps_are_off_whose_features_err_together(common_px: float) -> None:
    """Over made-up heads: features of one place are shifted alike in each keyframe, or not at all."""
    off, stated = [], []
    for seed in range(12):
        true, seen = head_reconstruction(seed)
        rng = np.random.default_rng(seed + 50)
        place = clusters(true.points(), np.ones(len(true.depth)), HALVINGS)
        shift = rng.normal(0, common_px, (len(true.R), 2**HALVINGS, 2))
        seen = replace(seen, pixel=seen.pixel + shift[seen.keyframe, place[seen.feature]])
        start, free = unsettled(true, seed + 100)
        prior = Prior(true.depth, np.full(len(true.depth), 0.02), FOCAL, 0.0)
        out = adjust(start, seen, prior, free, 25)
        turns = np.degrees(cluster_turns(out, seen, prior, free, HALVINGS))
        stated.append(np.sqrt((turns[:, free] ** 2).sum((0, 2))))
        off.append([angle_deg(a, b) for a, b in zip(out.R[free], true.R[free], strict=True)])
        assert not turns[:, ~free].any()
    ratio = np.sqrt(np.mean(np.square(off)) / np.mean(np.square(stated)))
    assert 0.6 < ratio / PERSON.uncertainty.cluster_factor < 1.4  # skin errs more than these features


def test_it_knows_how_far_keyframes_are_off_where_the_focal_length_was_found() -> None:
    """Over made-up heads and lenses assumed wrongly."""
    off, stated = [], []
    for seed in range(12):
        true, seen = head_reconstruction(seed)
        start, free = unsettled(true, seed + 100)
        wrong = float(np.exp(np.random.default_rng(seed + 50).normal(0, 0.12)))
        start = replace(start, focal=FOCAL * wrong, ray=start.ray / wrong)
        prior = Prior(true.depth, np.full(len(true.depth), 0.02), FOCAL * wrong, 0.12)
        out = adjust(start, seen, prior, free, 40)
        off.append([angle_deg(a, b) for a, b in zip(out.R[free], true.R[free], strict=True)])
        turns = np.degrees(cluster_turns(out, seen, prior, free, HALVINGS))
        stated.append(np.sqrt((turns[:, free] ** 2).sum((0, 2))))
    ratio = np.sqrt(np.mean(np.square(off)) / np.mean(np.square(stated)))
    assert 0.3 < ratio / PERSON.uncertainty.cluster_factor < 1.4
