"""Screenings and reactions in sentences, the same on pages and in reports."""

from __future__ import annotations

from typing import Literal, get_args

from romcheck.clinical import Conditions, Ending
from romcheck.i18n.wording import Wording
from romcheck.records.clinic import SEGMENTS, Findings, Looked, Reaction, Screening, Sign, found_at

IN_ORDER: tuple[Looked, ...] = ("finding", "nothing", "not_done")
"""Order of the sentences, the most important first."""


def screening_sentences(screening: Screening, words: Wording, *, notes: bool = True) -> list[str]:
    """Findings, items not examined, plan and decision.

    Parameters
    ----------
    notes : whether to include the notes on findings
    """
    said = []
    for looked in IN_ORDER:
        names = [_looked(screening, name, words, notes) for name in screening.having(looked)]
        if names:
            said.append(words(f"screening.found.{looked}", list=words.listed(names)))
    consent = {True: "yes", False: "no", None: "unknown"}[screening.consent]
    said.append(
        " ".join(
            (
                words("screening.planned_said", planned=words(f"planned.{screening.planned}")),
                words(f"screening.decision.{screening.decision}"),
                words(f"screening.consent.{consent}"),
            )
        )
    )
    if notes and screening.reason and screening.goes_on:
        said.append(words("screening.reason_said", reason=screening.reason))
    if screening.as_before is not None:
        said.append(words("screening.as_before_said", day=words.short_day(screening.as_before)))
    return said


def _looked(screening: Screening, name: str, words: Wording, notes: bool) -> str:
    told = []
    if name == "blood_pressure" and screening.systolic is not None:
        told.append(words("screening.pressure", systolic=str(screening.systolic), diastolic=str(screening.diastolic)))
    if notes and (note := getattr(screening, f"{name}_note")):
        told.append(note)
    return words(f"screened.{name}") + (f" ({', '.join(told)})" if told else "")


def ending_sentences(how: Conditions, words: Wording) -> list[str]:
    """The end of the movement to each side, as far as recorded, and the suspected segment."""
    said = []
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    for side in sides:
        ending = how.ending(side)
        told = []
        if ending.stopped_by is not None:
            told.append(words(f"stopped_by.{ending.stopped_by}"))
        if ending.end_feel is not None:
            told.append(words("ending.end_feel", feel=words(f"end_feel.{ending.end_feel}")))
        if ending.familiar is not None:
            told.append(_familiar(ending, words))
        if told:
            said.append(words("ending.side", side=words(f"ending.{side}"), list=", ".join(told)))
    if how.level is not None:
        said.append(words("ending.level", level=how.level.replace("-", "–")))
    return said


def _familiar(ending: Ending, words: Wording) -> str:
    if not ending.familiar:
        return words("ending.no_familiar")
    where = "" if ending.where is None else f" ({ending.where})"
    if ending.pain is None:
        return words("ending.familiar") + where
    return words("ending.familiar_pain", pain=str(ending.pain)) + where


def findings_sentences(findings: Findings, words: Wording) -> list[str]:
    """Findings of an examination, as far as recorded."""
    said = []
    for what in get_args(Sign):
        sides = {level: getattr(findings, found_at(what, level)) for level in SEGMENTS}
        found = [
            f"{level.replace('-', '–')} ({words(f'found_at.{side}')})"
            for level, side in sides.items()
            if side not in (None, "none")
        ]
        free = [level.replace("-", "–") for level, side in sides.items() if side == "none"]
        if found:
            said.append(words(f"findings.{what}", list=", ".join(found)))
        if free:
            said.append(words(f"findings.not_{what}", list=", ".join(free)))
    if findings.ccft_mmhg is not None:
        said.append(words("findings.ccft", stage=str(findings.ccft_mmhg)))
    if findings.endurance_s is not None:
        said.append(words("findings.endurance", seconds=words.short_number(findings.endurance_s)))
    for side in ("left", "right"):
        error = getattr(findings, f"position_error_{side}_deg")
        if error is not None:
            said.append(words(f"findings.position_error_{side}", angle=words.angle(error)))
    if findings.posture_note:
        said.append(words("findings.posture", note=findings.posture_note))
    return said


def reaction_sentence(reaction: Reaction, words: Wording) -> str:
    """A reaction after a treatment, in one line."""
    day = words.short_day(reaction.treated_on)
    if not reaction.happened:
        return words("reaction.nothing_said", day=day)
    told = [words(f"symptom.{name}") for name in reaction.symptoms.split()]
    if reaction.severity is not None:
        told.append(words(f"severity.{reaction.severity}"))
    if reaction.lasted_hours is not None:
        told.append(words("reaction.hours_said", hours=words.short_number(reaction.lasted_hours)))
    if reaction.resolved is not None:
        told.append(words(f"reaction.{'over' if reaction.resolved else 'not_over'}"))
    if reaction.action is not None:
        told.append(words(f"action.{reaction.action}"))
    return words("reaction.said", day=day, list=", ".join(told))
