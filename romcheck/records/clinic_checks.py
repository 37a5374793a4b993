"""Validation of screenings and reactions; impossible values are refused with the reason."""

from __future__ import annotations

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
    check_range("systolic", entry.systolic, 50, 300)
    check_range("diastolic", entry.diastolic, 20, 200)
    if (entry.systolic is None) != (entry.diastolic is None) or (entry.systolic or 1) <= (entry.diastolic or 0):
        raise EntryError("systolic", "pressure_pair")
    if entry.systolic is not None and entry.blood_pressure == "not_done":
        raise EntryError("blood_pressure", "pressure_not_done")
    notes: dict[str, Any] = {f"{name}_note": _text(f"{name}_note", getattr(entry, f"{name}_note")) for name in SCREENED}
    reason = _text("reason", entry.reason)
    if entry.goes_on and entry.having("finding") and not reason:
        raise EntryError("reason", "screening_reason")
    if entry.goes_on and entry.consent is False:
        raise EntryError("consent", "screening_consent")
    day = check_day("on", entry.on)
    if entry.as_before is not None and not EARLIEST <= entry.as_before <= day:
        raise EntryError("as_before", "screening_as_before")
    by = _text("by", entry.by)
    return replace(entry, on=day, reason=reason, by=by, notes=check_note(entry.notes), **notes)


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
