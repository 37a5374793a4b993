"""The records on each criterion of cervicogenic headache; no conclusion is drawn.

The criteria are those of the International Classification of Headache Disorders, 3rd edition (beta), 11.2.1, in words
of our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from romcheck.records.clinic import JUDGED
from romcheck.records.entries import PersonPage

CriterionState = Literal["met", "not_met", "unknown"]
Name = Literal["A", "B", "C", "C1", "C2", "C3", "C4", "D"]

NEEDED = 2
"""Number of C1 to C4 required for C."""

SOURCE = "https://beta.ichd-3.org/11-headache-or-facial-pain-attributed-to-disorder-of-the-cranium-neck-eyes-ears-nose-sinuses-teeth-mouth-or-other-facial-or-cervical-structure/11-2-headache-attributed-to-disorder-of-the-neck/11-2-1-cervicogenic-headache/"


@dataclass(frozen=True)
class Criterion:
    """One criterion, and whether what was recorded meets it.

    Attributes
    ----------
    state : ``unknown`` where nothing was recorded that would decide it
    on : day of the newest record it is based on; None where there is none
    """

    name: Name
    state: CriterionState
    on: date | None = None


def criteria(found: PersonPage) -> tuple[Criterion, ...]:
    """Each criterion by the newest answer to it, in the order of the classification.

    Reduced range is the examiner's judgement, not a limit of ours. That the headache comes on in a test counts as
    provoked, as the examiner's word does.
    """
    answers = {name: _newest(found, name) for name in JUDGED}
    reduced, provoked = answers["range_reduced"], _provoked(found, answers["provoked"])
    third = _both(reduced, provoked)
    parts = [
        _criterion("C1", *answers["onset_with_neck"]),
        _criterion("C2", *answers["better_with_neck"]),
        _criterion("C3", *third),
        _criterion("C4", *answers["block_abolished"]),
    ]
    cause = _cause(parts)
    other, when = answers["other_explains"]
    return (
        Criterion("A", cause.state, cause.on),
        _criterion("B", *answers["neck_disorder"]),
        cause,
        *parts,
        _criterion("D", None if other is None else not other, when),
    )


Answer = tuple[bool | None, date | None]


def _newest(found: PersonPage, name: str) -> Answer:
    said = [(getattr(one, name), one.on) for one in found.findings if getattr(one, name) is not None]
    return said[-1] if said else (None, None)


def _provoked(found: PersonPage, told: Answer) -> Answer:
    days = {visit.id: visit.on for visit in found.visits}
    came_on: list[Answer] = [
        (True, days[m.visit_id])
        for m in found.measurements
        if m.conditions.familiar_left or m.conditions.familiar_right
    ]
    return came_on[-1] if came_on and told[0] is not False else told


def _both(one: Answer, other: Answer) -> Answer:
    on = max((day for _, day in (one, other) if day is not None), default=None)
    if one[0] and other[0]:
        return True, on
    return (False, on) if one[0] is False or other[0] is False else (None, on)


def _criterion(name: Name, met: bool | None, on: date | None) -> Criterion:
    return Criterion(name, "unknown" if met is None else "met" if met else "not_met", None if met is None else on)


def _cause(parts: Sequence[Criterion]) -> Criterion:
    met, open_ = (sum(part.state == state for part in parts) for state in ("met", "unknown"))
    on = max((part.on for part in parts if part.on is not None), default=None)
    state: CriterionState = "met" if met >= NEEDED else "not_met" if met + open_ < NEEDED else "unknown"
    return Criterion("C", state, on if state != "unknown" else None)
