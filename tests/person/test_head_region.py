"""Which pixels of a head features are taken from, and where they are put, on a face whose landmarks are known."""

from __future__ import annotations

import numpy as np
import pytest
from heads import FACING, face_with_eyes
from scipy.spatial.transform import Rotation

from romcheck.geometry.pose import Pose
from romcheck.person.head_region import HeadRegion
from romcheck.person.mesh_points import CHIN, LEFT_EYE, LIPS, RIGHT_EYE

FOCAL, CENTRE, SIZE = 600.0, np.array([159.5, 159.5]), (320, 320)


SHAPE = face_with_eyes()


def pose_at(rotation: float = 0.0) -> Pose:
    return Pose(FACING @ Rotation.from_euler("y", rotation, degrees=True).as_matrix(), np.array([0, 0, 0.6]))


def pixel(point: np.ndarray, pose: Pose) -> tuple[int, int]:
    x = pose.R @ point + pose.t
    u, v = (x[:2] / x[2] * FOCAL + CENTRE).round().astype(int)
    return int(v), int(u)


@pytest.mark.parametrize("rotation", [0.0, 30.0])
def test_skin_is_taken_and_what_moves_by_itself_is_not(rotation: float) -> None:
    pose = pose_at(rotation)
    mask, _ = HeadRegion(SHAPE, FOCAL, CENTRE)(np.zeros(SIZE, np.float32), pose)
    for ring in (RIGHT_EYE, LEFT_EYE, LIPS):
        assert not mask[pixel(SHAPE[ring].mean(0), pose)]
        assert not any(mask[pixel(point, pose)] for point in SHAPE[ring])
    nose_bridge, forehead, cheek = (0, 0.02, 0.083), (0.0, 0.055, 0.069), (-0.03, -0.01, 0.077)
    assert all(mask[pixel(np.array(skin), pose)] for skin in (nose_bridge, forehead, cheek))
    below_jaw = SHAPE[CHIN] + (0, -0.03, -0.01)
    assert not mask[pixel(below_jaw, pose)]
    assert not mask[:20].any()
    assert not mask[-20:].any()


def test_features_are_put_on_the_skin_and_hair_counts_a_tenth() -> None:
    pose = pose_at()
    _, place = HeadRegion(SHAPE, FOCAL, CENTRE)(np.zeros(SIZE, np.float32), pose)
    heights = np.array([-0.02, 0.0, 0.02, 0.03, 0.06, 0.07])
    skin = np.column_stack([np.full(6, 0.01), heights, 0.085 * np.sqrt(1 - (1 / 7) ** 2 - (heights / 0.095) ** 2)])
    x = skin @ pose.R.T + pose.t
    found = place(x[:, :2] / x[:, 2:] * FOCAL + CENTRE)
    assert found.usable.all()
    # The prior surface is smoothed over some degrees: within its standard deviation of 1.5 % of the distance.
    assert found.depth == pytest.approx(x[:, 2], rel=0.015)
    normals = skin / np.array([0.07, 0.095, 0.085]) ** 2
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    assert ((found.normals * normals).sum(1) > np.cos(np.radians(15))).all()
    # Brows at 45 mm, faded over 2 cm about them.
    assert found.information_weight == pytest.approx([1, 1, 1, 1, 0.1, 0.1])


def test_skin_seen_along_its_surface_is_no_place_for_a_feature() -> None:
    """At the outline what is seen slides over the skin as the head turns."""
    pose = pose_at()
    _, place = HeadRegion(SHAPE, FOCAL, CENTRE)(np.zeros(SIZE, np.float32), pose)
    v, u = pixel(np.array([0, 0, 0.085]), pose)
    row = np.column_stack([np.arange(u, 319.0), np.full(319 - u, float(v))])
    usable = place(row).usable
    assert usable[0]
    last = int(np.flatnonzero(usable)[-1])
    assert not usable[last + 1 :].any()
    outline_px = 0.07 / 0.6 * FOCAL
    assert 0.75 * outline_px < last < 1.0 * outline_px


def test_nothing_is_taken_from_under_the_jaw_of_a_head_bent_back() -> None:
    """Skin there stays behind with the neck: a head bent back by 44 degrees was read at 34 by it."""
    bent_back = Pose(FACING @ Rotation.from_euler("x", -45, degrees=True).as_matrix(), np.array([0, 0, 0.6]))
    region = HeadRegion(SHAPE, FOCAL, CENTRE)
    mask, place = region(np.zeros(SIZE, np.float32), bent_back)
    v, u = np.nonzero(mask)
    normals = place(np.column_stack([u, v]).astype(float)).normals
    assert len(normals) > 500
    assert normals[:, 1].min() > -0.9
    under = SHAPE[CHIN] + (0, 0.004, -0.03)
    assert not mask[pixel(under, bent_back)]
