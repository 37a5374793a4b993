"""Validation of screenings and reactions; impossible values are refused with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, get_args

from romcheck.records.clinic import (
    FOUND_AT,
    SCREENED,
    STAGES_MMHG,
    Action,
    Decision,
    Findings,
    Looked,
    Planned,
    Reaction,
    Screening,
    Severity,
    Symptom,
    Where,
)
from romcheck.records.field_checks import (
    EARLIEST,
    WORD_LENGTH,
    check_choice,
    check_day,
    check_note,
    check_range,
    check_text,
)
from romcheck.records.problems import EntryError


def screening(entry: Screening) -> Screening:
    """A screening with its decision: with a finding, going on needs a reason."""
    for name in SCREENED:
        check_choice(name, getattr(entry, name), Looked)
    check_choice("planned", entry.planned, Planned)
    check_choice("decision", entry.decision, Decision)
    notes: dict[str, Any] = {f"{name}_note": _text(f"{name}_note", getattr(entry, f"{name}_note")) for name in SCREENED}
    reason = _text("reason", entry.reason)
    _refuse(_faults(replace(entry, reason=reason)))
    day = check_day("on", entry.on)
    if entry.as_before is not None and not EARLIEST <= entry.as_before <= day:
        raise EntryError("as_before", "screening_as_before")
    by = _text("by", entry.by)
    return replace(entry, on=day, reason=reason, by=by, notes=check_note(entry.notes), **notes)


def _faults(entry: Screening) -> Iterator[EntryError]:
    """What cannot be in the answers of a screening: all of it, so that a form need not be sent once for each."""
    for name, least, most in (("systolic", 50, 300), ("diastolic", 20, 200)):
        try:
            check_range(name, getattr(entry, name), least, most)
        except EntryError as error:
            yield error
    if (entry.systolic is None) != (entry.diastolic is None) or (entry.systolic or 1) <= (entry.diastolic or 0):
        yield EntryError("systolic", "pressure_pair")
    if entry.systolic is not None and entry.blood_pressure == "not_done":
        yield EntryError("blood_pressure", "pressure_not_done")
    if entry.goes_on and entry.having("finding") and not entry.reason:
        yield EntryError("reason", "screening_reason")
    if entry.goes_on and entry.consent is False:
        yield EntryError("consent", "screening_consent")


def _refuse(faults: Iterable[EntryError]) -> None:
    """Raise the only fault, or one that says them all."""
    found = list(faults)
    if len(found) == 1:
        raise found[0]
    if found:
        raise EntryError(found[0].field, "several_faults", faults=[one.message for one in found])


def reaction(entry: Reaction) -> Reaction:
    """A reaction to a treatment; without details where nothing happened."""
    words = entry.symptoms.split()
    for word in words:
        check_choice("symptoms", word, Symptom)
    check_choice("severity", entry.severity, Severity, optional=True)
    check_choice("action", entry.action, Action, optional=True)
    check_range("lasted_hours", entry.lasted_hours, 0, 24 * 366)
    day = check_day("on", entry.on)
    if not EARLIEST <= entry.treated_on <= day:
        raise EntryError("treated_on", "reaction_before")
    if entry.happened and not words:
        raise EntryError("symptoms", "reaction_symptoms")
    if not entry.happened and (words or entry.severity or entry.lasted_hours or entry.action not in (None, "none")):
        raise EntryError("happened", "reaction_nothing")
    in_order = " ".join(name for name in get_args(Symptom) if name in words)
    return replace(entry, on=day, symptoms=in_order, notes=check_note(entry.notes))


def findings(entry: Findings) -> Findings:
    """Findings, within the ranges of their scales."""
    for name in FOUND_AT:
        check_choice(name, getattr(entry, name), Where, optional=True)
    if entry.ccft_mmhg is not None and entry.ccft_mmhg not in STAGES_MMHG:
        raise EntryError("ccft_mmhg", "ccft_stage", stages=STAGES_MMHG)
    check_range("endurance_s", entry.endurance_s, 0, 3600)
    for side in ("left", "right"):
        check_range(f"position_error_{side}_deg", getattr(entry, f"position_error_{side}_deg"), 0, 90)
    posture, by = _text("posture_note", entry.posture_note), _text("by", entry.by)
    return replace(entry, on=check_day("on", entry.on), posture_note=posture, by=by, notes=check_note(entry.notes))


def _text(field: str, value: str) -> str:
    return check_text(field, value, WORD_LENGTH, lines=True).strip()
