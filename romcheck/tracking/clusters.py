"""Uncertainty of the keyframes of a map when neighbouring features have correlated errors.

Skin slides, hair hangs, light changes: what disturbs one feature disturbs its neighbours, so that many features are no
more certain than a few, and the information matrix is too optimistic. The cluster-robust covariance (Liang & Zeger
1986, Biometrika 73, 13-22) is estimated from the features themselves: those of one region of the body form a cluster,
and the disagreement between clusters gives the error of a pose.

It is too small, by a factor that is found from heads whose rotation is known: errors common to all clusters do not
show, the spread of few clusters is underestimated, and the weights of the Cauchy loss are used in place of its
curvature, which is smaller.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import solve

from romcheck.arrays import Bools, Floats, Ints
from romcheck.tracking.bundle_adjustment import (
    Observations,
    Prior,
    Reconstruction,
    of_features,
    reduced_equations,
    reduced_right_side,
)


def clusters(points: Floats, weight: Floats, halvings: int) -> Ints:
    """(n,) cluster of each of the points (n, 3): repeatedly halved across x, y, z in turn, by equal ``weight`` (n,)."""
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


def cluster_turns(rec: Reconstruction, seen: Observations, prior: Prior, free: Bools, halvings: int) -> Floats:
    """Rotation of the keyframes of an adjusted map that each cluster of features alone would cause.

    Parameters
    ----------
    rec : adjusted, with features and at least one free keyframe
    seen, prior, free : what it was adjusted with
    halvings : number of halvings; the number of clusters is 2 to this power

    Returns
    -------
    (c, v, 3) rotation of each of the v keyframes by each of the c clusters, radians in camera axes; the sum of the
    squares over the clusters is the cluster-robust variance of the keyframe's rotation
    """
    count, finds_focal = 2**halvings, prior.focal_sd > 0
    size = 6 * int(free.sum()) + finds_focal
    weight = np.bincount(seen.feature, np.trace(seen.information, axis1=1, axis2=2), len(rec.depth)).astype(float)
    cluster = clusters(rec.points(), weight, halvings)
    # The prior of the focal length counts once, not with every cluster.
    by_features = replace(prior, focal_sd=np.inf if finds_focal else 0.0)
    S = reduced_equations(rec, seen, by_features, free)[0]
    pull = np.zeros((count, size))
    for c in range(count):
        pull[c] = reduced_right_side(*of_features(rec, seen, by_features, np.flatnonzero(cluster == c)), free)
    # The mean is estimated from the same clusters: one degree of freedom less.
    pull = (pull - pull.mean(0)) * np.sqrt(count / (count - 1))
    if finds_focal:
        S[-1, -1] += 1 / prior.focal_sd**2
    S[np.diag_indices_from(S)] += 1e-9 * (1 + np.trace(S) / len(S))
    moved = solve(S, pull.T, assume_a="pos", lower=True).T
    turns = np.zeros((count, len(rec.R), 3))
    turns[:, free] = moved[:, : size - finds_focal].reshape(count, -1, 6)[..., :3]
    return turns
