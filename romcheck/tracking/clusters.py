"""How unsure the keyframes of a map are when features that lie together on the body err together.

Skin slides, hair hangs, light travels: what disturbs one feature disturbs its neighbours, so that many features are no
surer than a few, and the information matrix promises too much. The cluster-robust covariance (Liang & Zeger 1986,
Biometrika 73, 13-22) asks the features themselves: those of one place on the body are a cluster, and what the clusters
pull in different directions is the error of a pose.

It says too little, by a factor that is found from heads whose turn is known: what all clusters have in common it cannot
show, few clusters look more alike than they are, and the weights of the Cauchy loss stand for its curvature, which is
less.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import solve

from romcheck.arrays import Bools, Floats, Ints
from romcheck.tracking.bundle_adjustment import Observations, Prior, Reconstruction, of_features, reduced_equations


def clusters(points: Floats, weight: Floats, halvings: int) -> Ints:
    """(n,) cluster of each of the points (n, 3): halves of halves of equal ``weight`` (n,) across x, y, z in turn."""
    cluster = np.zeros(len(points), np.int64)
    for level in range(halvings):
        order = np.lexsort((points[:, level % 3], cluster))
        first = np.flatnonzero(np.r_[True, np.diff(cluster[order]) > 0])
        sizes = np.diff(np.r_[first, len(order)])
        total = np.repeat(np.add.reduceat(weight[order], first), sizes)
        up_to = np.cumsum(weight[order])
        up_to -= np.repeat(up_to[first] - weight[order[first]], sizes)
        cluster[order] = 2 * cluster[order] + (up_to > total / 2)
    return cluster


def turns_by_cluster(rec: Reconstruction, seen: Observations, prior: Prior, free: Bools, halvings: int) -> Floats:
    """Turn (c, v, 3) of every keyframe, radians in camera axes, by which each cluster of features pulls it away from
    what all say together; the sum of its squares over clusters is the turn's cluster-robust variance.

    Parameters
    ----------
    rec : adjusted, with features and at least one free keyframe
    seen, prior, free : what it was adjusted with; the focal length is taken for known
    halvings : 2 to this power clusters
    """
    count, size = 2**halvings, 6 * int(free.sum())
    weight = np.bincount(seen.feature, np.trace(seen.information, axis1=1, axis2=2), len(rec.depth)).astype(float)
    cluster = clusters(rec.points(), weight, halvings)
    known_lens = replace(prior, focal_sd=0.0)
    S, pull = np.zeros((size, size)), np.zeros((count, size))
    for c in range(count):
        S_c, pull[c] = reduced_equations(*of_features(rec, seen, known_lens, np.flatnonzero(cluster == c)), free)
        S += S_c
    S[np.diag_indices_from(S)] += 1e-9 * (1 + np.trace(S) / len(S))
    turns = np.zeros((count, len(rec.R), 3))
    # As many clusters are one too few to know their mean.
    away = (pull - pull.mean(0)) * np.sqrt(count / (count - 1))
    turns[:, free] = solve(S, away.T, assume_a="pos").T.reshape(count, -1, 6)[..., :3]
    return turns
