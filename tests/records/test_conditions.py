"""Conditions of a measurement: what cannot be is refused, what is not known need not be made up."""

import pytest

from romcheck.clinical import UNKNOWN, Conditions
from romcheck.errors import RomcheckError
from romcheck.records import checks


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize(
    "wrong",
    [
        {"pain_now": 11},
        {"pain_now": -1},
        {"pain_now": float("nan")},
        {"mode": "active", "moved_by": "therapist"},
        {"mode": "assisted"},
        {"posture": "standing"},
        {"moved_by": "nobody"},
        {"timing": "after", "minutes_since_treatment": -5},
        {"timing": "after", "minutes_since_treatment": float("inf")},
        {"timing": "before", "minutes_since_treatment": 5},
    ],
)
def test_what_cannot_be_is_refused(wrong, complete):
    with pytest.raises(RomcheckError):
        checks.conditions(Conditions(**wrong), complete=complete)


def test_unknown_conditions_are_allowed_beside_a_result_file_but_not_in_the_records():
    assert checks.conditions(UNKNOWN, complete=False) == UNKNOWN
    with pytest.raises(RomcheckError):
        checks.conditions(UNKNOWN)


def test_the_edges_are_allowed():
    for edge in (
        Conditions("passive", "supine", "therapist", "after", 0, 10, True),
        Conditions("passive", "seated", "self", pain_now=0),
    ):
        assert checks.conditions(edge) == edge
