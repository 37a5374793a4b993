"""Rough surfaces: where a viewing ray meets them."""

from __future__ import annotations

import numpy as np
import pytest
from heads import FACING, face_points

from romcheck.geometry.pose import Pose
from romcheck.tracking.prior_surface import head_surface, trunk_surface

BALL_M = 0.12
POSE = Pose(FACING, np.array([0.05, -0.02, 0.7]))


def test_rays_meet_a_ball_where_geometry_says() -> None:
    ball = trunk_surface((BALL_M, BALL_M, BALL_M))
    rays = np.random.default_rng(0).uniform(-0.25, 0.35, (200, 2))
    d = np.column_stack([rays, np.ones(200)])
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    along = d @ POSE.t
    aside = np.sqrt(POSE.t @ POSE.t - along**2)
    hits = ball.intersect(rays, POSE)
    clear = np.abs(aside - BALL_M) > 0.004
    assert np.array_equal(hits.hit[clear], (aside < BALL_M)[clear])
    well = aside < 0.8 * BALL_M
    first = d * (along - np.sqrt(np.maximum(BALL_M**2 - aside**2, 0)))[:, None]
    points = (first - POSE.t) @ POSE.R
    assert hits.points[well] == pytest.approx(points[well], abs=0.001)
    assert hits.normals[well] == pytest.approx(points[well] / BALL_M, abs=0.02)


def test_distance_is_positive_outside() -> None:
    chest = trunk_surface((0.2, 0.15, 0.1))
    inside, outside = np.array([[0.18, 0, 0], [0, 0.13, 0], [0, 0, 0.08]]), np.array([[0.23, 0, 0], [0, 0, -0.12]])
    assert (chest.distance(inside) < 0).all()
    assert (chest.distance(outside) > 0).all()


def test_curvature_is_that_of_the_ellipsoid() -> None:
    """At the ends of an ellipsoid's axes it is known; along the normal there is none."""
    a, b, c = 0.24, 0.20, 0.12
    chest = trunk_surface((a, b, c))
    front, side = chest.curvature(np.array([[0, 0, c], [a, 0, 0]]))
    assert front == pytest.approx(np.diag([c / a**2, c / b**2, 0]), abs=0.3)
    assert side == pytest.approx(np.diag([0, a / b**2, a / c**2]), rel=0.15, abs=0.3)


def test_head_goes_through_the_face_and_behind_it() -> None:
    points = face_points()
    head = head_surface(points)
    face = points[:468]
    middle = np.abs(face[:, 0]) < 0.045
    assert np.median(np.abs(head.distance(face[middle]))) < 0.004
    # The skull closes it: nothing of the inside is open, the back is 7 to 20 cm behind the face's edge.
    back = head.centre + np.array([[0, 0, -0.05]])
    assert head.distance(back)[0] < 0
    assert head.distance(np.array([[0, 0, -0.25]]))[0] > 0
    assert (head.radius > 0.05).all()
    assert (head.radius < 0.2).all()
