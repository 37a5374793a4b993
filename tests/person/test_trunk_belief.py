"""The region tracked below the neck is accepted only as far as its halves form one rigid body."""

import numpy as np
import pytest

from romcheck.motion.rotations import compose
from romcheck.person.trunk_belief import belief, restless_deg

FACING = np.diag([1.0, -1.0, -1.0])
TIME = np.arange(0, 20, 0.2)


def turning(share=1.0, noise_deg=0.0, seed=0, own=0.0):
    """Orientations (n, 3, 3) that follow a share of a head's turns of 60° plus ``own`` degrees."""
    rng = np.random.default_rng(seed)
    rotation = share * 60 * np.sin(2 * np.pi * TIME / 10) + own * np.sin(2 * np.pi * TIME / 7 + 1)
    flexion = share * 8 * np.sin(2 * np.pi * TIME / 5)
    noise = rng.normal(0, noise_deg, (3, len(TIME)))
    return FACING @ compose(rotation + noise[0], flexion + noise[1], noise[2]) @ FACING


def halves(first, second, noise_deg=0.6):
    return [
        (turning(a, noise_deg, 2 * k), turning(b, noise_deg, 2 * k + 1)) for k, (a, b) in enumerate((first, second))
    ]


@pytest.mark.parametrize("share", [0.0, 0.06, 0.15, 0.3])
def test_a_stiff_trunk_that_joins_in_is_believed_and_little_doubted(share):
    found = belief(TIME, turning(), turning(share, 0.3), halves((share, share), (share, share)))
    assert found.believed
    assert found.doubt_deg.max() < 1.0


def test_sway_of_its_own_does_not_disturb_it():
    found = belief(TIME, turning(), turning(0.1, 0.3, own=3), halves((0.1, 0.1), (0.1, 0.1)))
    assert found.believed


@pytest.mark.parametrize("pair", [0, 1])
@pytest.mark.parametrize(("upper", "lower"), [(0.4, 0.1), (0.25, 0.0), (0.2, -0.02)])
def test_a_neck_or_hair_whose_halves_follow_the_head_unequally_is_not_the_trunk(pair, upper, lower):
    both = [((upper + lower) / 2,) * 2, (upper, lower)]
    whole = turning((upper + lower) / 2, 0.3)
    assert not belief(TIME, turning(), whole, halves(*(both if pair else both[::-1]))).believed


def test_what_goes_with_the_head_by_most_of_its_turn_is_the_heads():
    assert not belief(TIME, turning(), turning(0.7, 0.3), halves((0.7, 0.7), (0.7, 0.7))).believed


def test_a_copy_of_the_heads_turn_whose_halves_cannot_be_read_is_not_believed():
    unread = np.full((len(TIME), 3, 3), np.nan)
    now_and_then = np.where((np.arange(len(TIME)) % 4 == 0)[:, None, None], turning(0.15), np.nan)
    for half in (unread, now_and_then):
        assert not belief(TIME, turning(), turning(0.15, 0.3), [(turning(0.15), half)] * 2).believed


def test_what_halves_differ_by_is_doubt_where_the_head_is_turned():
    found = belief(TIME, turning(), turning(0.15, 0.1), halves((0.15, 0.15), (0.175, 0.125), noise_deg=0.1))
    assert found.believed
    far = np.abs(np.sin(2 * np.pi * TIME / 10)) > 0.95
    assert found.doubt_deg[far] == pytest.approx(1.5, abs=0.3)
    assert found.doubt_deg[np.abs(np.sin(2 * np.pi * TIME / 10)) < 0.1].max() < 0.6


def test_a_trunk_that_keeps_still_is_believed_though_one_shoulder_alone_is_read_roughly():
    found = belief(TIME, turning(), turning(0.0, 0.3), halves((0.04, -0.04), (0.0, 0.0)))
    assert found.believed
    assert found.doubt_deg.max() > 2


def test_too_little_seen_is_not_believed():
    few = np.where((np.arange(len(TIME)) < 5)[:, None, None], turning(0.1), np.nan)
    assert not belief(TIME, turning(), few, [(few, few)] * 2).believed


def test_a_trunk_that_turns_to_and_fro_by_itself_within_a_hold_is_doubted_by_as_much():
    """As after a jump between pictures, on stripes: it settles here and there again. A slow shift is none."""
    whole, wandering = turning(0.06, 0.3), (TIME > 8) & (TIME < 12)
    slips = compose(np.where(wandering, 3.0 * np.where(TIME // 0.4 % 2, 1, -1), 0.0), 0 * TIME, 0 * TIME)
    found = belief(TIME, turning(), whole @ slips, halves((0.06, 0.06), (0.06, 0.06)))
    assert found.believed
    assert found.doubt_deg[(TIME > 9) & (TIME < 11)] == pytest.approx(3.0, abs=0.6)
    assert found.doubt_deg[TIME < 6].max() < 1.0
    shifts = np.column_stack([0 * TIME, 0.4 * TIME, 0 * TIME])
    assert restless_deg(TIME, shifts).max() == 0
