"""Features are taken from the trunk alone: below the collar line, off the neck; none without shoulders."""

import cv2
import numpy as np
import pytest
from heads import face_points

from romcheck.geometry.pose import Pose
from romcheck.person.trunk_region import TrunkRegion

FOCAL, CENTRE, SIZE = 600.0, np.array([240.0, 160.0]), (360, 480)
DISTANCE_M = 0.6
A_METRE = FOCAL / (DISTANCE_M + 0.05)


def region_of(person):
    pose = Pose(np.diag([1.0, -1.0, -1.0]), np.array([0.0, -0.05, DISTANCE_M]))
    region = TrunkRegion(pose, face_points(), person, FOCAL, CENTRE)
    mask, _ = region(np.zeros(SIZE, np.float32), pose)
    return mask > 0, region


def outline(shoulders_m=0.42, neck_m=0.12, hair_m=0.0, collar_px=260):
    """Head, neck and shoulders seen from ahead; ``collar_px`` is the row where the shoulders begin."""
    person = np.zeros(SIZE, np.uint8)
    u, ear = int(CENTRE[0]), 110
    cv2.ellipse(person, (u, ear), (round(0.08 * A_METRE), round(0.12 * A_METRE)), 0, 0, 360, 1, -1)
    half = round(max(neck_m, hair_m) / 2 * A_METRE)
    person[ear : collar_px + 1, u - half : u + half] = 1
    if shoulders_m:
        half = round(shoulders_m / 2 * A_METRE)
        person[collar_px:, u - half : u + half] = 1
    return person


def test_shoulders_are_found_and_the_neck_left_out():
    mask, _ = region_of(outline())
    rows, columns = np.nonzero(mask)
    assert rows.min() >= 260
    assert np.ptp(columns) > 0.35 * A_METRE
    foot = mask[: 260 + int(0.03 * A_METRE), int(CENTRE[0] - 0.05 * A_METRE) : int(CENTRE[0] + 0.05 * A_METRE)]
    assert not foot.any()


@pytest.mark.parametrize("hair_m", [0.0, 0.18, 0.22])
def test_a_neck_or_hair_alone_is_no_trunk(hair_m):
    """A tight picture, or a bust that ends below the neck."""
    mask, _ = region_of(outline(shoulders_m=0, hair_m=hair_m, collar_px=359))
    assert not mask.any()


def test_long_hair_beside_the_neck_is_left_out():
    mask, _ = region_of(outline(hair_m=0.22))
    assert np.nonzero(mask)[0].min() >= 260


def test_a_hand_beside_the_neck_is_no_shoulder():
    person = outline(shoulders_m=0, collar_px=359)
    person[215:224, 60:240] = 1
    assert not region_of(person)[0].any()


def test_nobody_below_the_chin_is_no_trunk():
    assert not region_of(np.zeros(SIZE, np.uint8))[0].any()


def test_features_are_put_on_the_chest():
    """On an ellipsoid 0.3 m below and 5 cm behind the ears; beside it about as deep as its middle."""
    mask, region = region_of(outline())
    del mask
    pose = region.start
    assert pose.t == pytest.approx([0, 0.25, 0.65])
    _, place = region(np.zeros(SIZE, np.float32), pose)
    on_chest = np.array([[0.0, 0.0, 0.12], [0.10, 0.05, 0.12 * np.sqrt(1 - (0.10 / 0.24) ** 2 - (0.05 / 0.20) ** 2)]])
    x = on_chest @ pose.R.T + pose.t
    beside = np.array([0.3, 0.25, 0.65])
    places = place(np.array([p[:2] / p[2] * FOCAL + CENTRE for p in (*x, beside)]))
    assert places.depth == pytest.approx([*x[:, 2], 0.65], abs=0.004)
    assert places.normals[0] == pytest.approx([0, 0, 1], abs=0.05)
    assert places.curvature[0] == pytest.approx(np.diag([0.12 / 0.24**2, 0.12 / 0.20**2, 0]), abs=0.3)
    # What is not on it faces the camera and is flat.
    assert places.normals[2] == pytest.approx([0, 0, 1])
    assert not places.curvature[2].any()
    assert (places.information_weight == 1).all()
