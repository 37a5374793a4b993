"""What was noted about a measurement is refused where it cannot be."""

from datetime import date

import pytest

from romcheck.clinical import Circumstances
from romcheck.errors import RomcheckError

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pain": 11},
        {"pain": -1},
        {"pain": float("nan")},
        {"mode": "active", "moved_by": "therapist"},
        {"mode": "assisted"},
        {"posture": "standing"},
        {"moved_by": "nobody"},
        {"minutes_since_treatment": -5},
        {"minutes_since_treatment": float("inf")},
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(RomcheckError):
        Circumstances(TODAY, **wrong)


def test_nothing_need_be_noted():
    """A result file alone says nothing of posture or pain; nothing is made up for it."""
    unknown = Circumstances(TODAY)

    assert (unknown.mode, unknown.posture, unknown.pain, unknown.headache_now) == (None, None, None, None)


def test_the_edges_are_allowed():
    assert Circumstances(TODAY, "passive", "supine", "therapist", 10, True, 0).pain == 10
    assert Circumstances(TODAY, "passive", "seated", "self", 0).moved_by == "self"
