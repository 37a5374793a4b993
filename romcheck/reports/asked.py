"""What a screening and the question after a treatment hold, in sentences; the same on pages and in reports."""

from __future__ import annotations

from romcheck.i18n.wording import Wording
from romcheck.records.clinic import Looked, Reaction, Screening

IN_ORDER: tuple[Looked, ...] = ("finding", "nothing", "not_done")
"""What matters most stands first."""


def screening_sentences(screening: Screening, words: Wording, *, notes: bool = True) -> list[str]:
    """What was found, what was not looked at, what was planned and decided.

    Parameters
    ----------
    notes : whether what was typed beside a finding is said too
    """
    said = []
    for looked in IN_ORDER:
        names = [_looked(screening, name, words, notes) for name in screening.having(looked)]
        if names:
            said.append(words(f"screening.found.{looked}", list="; ".join(names)))
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
    if notes and screening.reason:
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


def reaction_sentence(reaction: Reaction, words: Wording) -> str:
    """What was told of the time after a treatment, in one line."""
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
