"""Form fields of an entry: each takes the entry as it was and returns it as filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal, get_args

import streamlit as st

from romcheck.clinical import (
    NDI_ITEMS,
    NDI_MOST_MISSING,
    TREATED_LEVELS,
    AttackSide,
    Conditions,
    DiaryDay,
    EndFeel,
    HeadacheSide,
    Level,
    MedicineClass,
    Mode,
    MovedBy,
    Outcome,
    Posture,
    Sex,
    Side,
    Spread,
    Stop,
    Thrust,
    TimingOrNone,
    Treatment,
    TreatmentKind,
    Trigger,
)
from romcheck.i18n.wording import Wording
from romcheck.published import rule
from romcheck.records.entries import MeasurementRecord, Person, Visit
from romcheck.records.field_checks import NOTE_LENGTH
from romcheck.records.treatment_plan import TreatmentPlan
from romcheck.ui.editing import option
from romcheck.ui.records import plain, words

DAY_FORMAT = {"en": "YYYY-MM-DD", "fr": "DD/MM/YYYY"}
TIMINGS: tuple[TimingOrNone, ...] = get_args(TimingOrNone)


def any_day(label: str, value: date, key: str, t: Wording) -> date:
    """A day, however far off: one that cannot be is refused in words when it is saved.

    Beyond the limits of the widget, what was typed would be shown in red, and the last day within them be saved.
    """
    low, high = date(1000, 1, 1), date.max
    found = st.date_input(label, value, min_value=low, max_value=high, format=DAY_FORMAT[t.language], key=key)
    assert isinstance(found, date)
    return found


class Fields:
    """Widgets of one form; ``key`` distinguishes its widgets from those of other forms."""

    def __init__(self, key: str, t: Wording) -> None:
        self.key, self.t = key, t

    def text(self, name: str, value: str, placeholder: str = "") -> str:
        """A line of text."""
        label = self.t(f"field.{name}")
        return str(st.text_input(label, value, key=f"{self.key}_{name}", placeholder=placeholder))

    def notes(self, value: str) -> str:
        """Several lines of text."""
        label = self.t("field.notes")
        return str(st.text_area(label, value, key=f"{self.key}_notes", max_chars=NOTE_LENGTH, height=100))

    def whole(self, name: str, value: int | None) -> int | None:
        """A whole number, or nothing."""
        label = self.t(f"field.{name}")
        found = st.number_input(label, value=value, step=1, format="%d", key=f"{self.key}_{name}")
        return None if found is None else int(found)

    def number(self, name: str, value: float | None) -> float | None:
        """A number, or nothing."""
        label = self.t(f"field.{name}")
        given = None if value is None else float(value)
        return st.number_input(label, value=given, step=0.5, format="%g", key=f"{self.key}_{name}")

    def day(self, name: str, value: date) -> date:
        """A day."""
        return any_day(self.t(f"field.{name}"), value, f"{self.key}_{name}", self.t)

    def choice(self, name: str, choices: Sequence[Any], value: Any) -> Any:
        """One of several, or nothing."""
        return st.selectbox(
            self.t(f"field.{name}"),
            choices,
            index=None if value is None else list(choices).index(value),
            format_func=lambda one: option(name, one, self.t),
            placeholder=self.t("records.not_noted"),
            key=f"{self.key}_{name}",
        )

    def listed_or_typed(self, name: str, choices: Sequence[str], value: str, placeholder: str) -> str:
        """One of a list, or what is typed instead; empty for nothing."""
        known = [*choices, *([value] if value and value not in choices else [])]
        section = f"{name}."
        found = st.selectbox(
            self.t(f"field.{name}"),
            known,
            index=known.index(value) if value else None,
            format_func=lambda one: self.t(section + one) if section + one in self.t else one,
            placeholder=placeholder,
            accept_new_options=True,
            key=f"{self.key}_{name}",
        )
        return found or ""

    def one_of(self, name: str, choices: Sequence[Any], value: Any, section: str) -> Any:
        """One of a few, all visible; their texts are in the catalogue under ``section``."""
        return st.radio(
            self.t(f"field.{name}"),
            choices,
            list(choices).index(value),
            format_func=lambda one: self.t(f"{section}.{one}"),
            horizontal=True,
            key=f"{self.key}_{name}",
        )

    def several(self, name: str, choices: Sequence[str], value: Sequence[str], section: str) -> list[str]:
        """Any number of several; their texts are in the catalogue under ``section``."""
        return st.multiselect(
            self.t(f"field.{name}"),
            choices,
            list(value),
            format_func=lambda one: self.t(f"{section}.{one}"),
            placeholder=self.t("records.not_noted"),
            key=f"{self.key}_{name}",
        )

    def yes_no(self, name: str, value: bool | None) -> bool | None:
        """Yes, no, or not recorded."""
        said = {None: "records.not_noted", True: "words.yes", False: "words.no"}
        found: bool | None = st.radio(
            self.t(f"field.{name}"),
            list(said),
            index=list(said).index(value),
            format_func=lambda one: self.t(said[one]),
            horizontal=True,
            key=f"{self.key}_{name}",
        )
        return found

    def pain(self, name: str, value: int | None) -> int | None:
        """0 to 10."""
        found: int | None = self.choice(name, range(11), value)
        return found


def _fields(key: str, entry: Any) -> Fields:
    return Fields(f"{key}_{entry.id or 'new'}_{entry.version}", words())


def person_form(entry: Person) -> Person:
    """Code, and optional details."""
    f = _fields("person", entry)
    return replace(
        entry,
        code=f.text("code", entry.code),
        name=f.text("name", entry.name or "") or None,
        birth_year=f.whole("birth_year", entry.birth_year),
        sex=f.choice("sex", get_args(Sex), entry.sex),
        headache_side=f.choice("headache_side", get_args(HeadacheSide), entry.headache_side),
        notes=f.notes(entry.notes),
    )


def visit_form(entry: Visit) -> Visit:
    """Day and notes."""
    f = _fields("visit", entry)
    return replace(entry, on=f.day("on", entry.on), notes=f.notes(entry.notes))


def conditions_form(entry: MeasurementRecord) -> MeasurementRecord:
    """Conditions of a measurement."""
    return replace(entry, conditions=conditions_fields(_fields("measurement", entry), entry.conditions))


def conditions_fields(f: Fields, how: Conditions) -> Conditions:
    """Fields of the conditions, shared by several forms."""
    return Conditions(
        timing=f.choice("timing", TIMINGS, how.timing) or "none",
        minutes_since_treatment=f.number("minutes_since_treatment", how.minutes_since_treatment),
        mode=f.choice("mode", get_args(Mode), how.mode) or how.mode,
        posture=f.choice("posture", get_args(Posture), how.posture) or how.posture,
        moved_by=f.choice("moved_by", get_args(MovedBy), how.moved_by) or how.moved_by,
        pain_now=f.pain("pain_now", how.pain_now),
        headache_now=f.yes_no("headache_now", how.headache_now),
        pain_after=f.pain("pain_after", how.pain_after),
        camera=f.text("camera", how.camera or "") or None,
        practice=f.whole("practice", how.practice),
        rest=f.yes_no("rest", how.rest),
        **ending_fields(f, how),
    )


SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")


def ending_fields(f: Fields, how: Conditions) -> dict[str, Any]:
    """The end of the movement to each side, side by side, and the suspected segment."""
    noted: dict[str, Any] = {}
    for side, column in zip(SIDES, st.columns(2), strict=True):
        with column:
            for name, choices in (("stopped_by", get_args(Stop)), ("end_feel", get_args(EndFeel))):
                noted[f"{name}_{side}"] = f.choice(f"{name}_{side}", choices, getattr(how, f"{name}_{side}"))
            noted[f"familiar_{side}"] = f.yes_no(f"familiar_{side}", getattr(how, f"familiar_{side}"))
            where = f"familiar_where_{side}"
            noted[where] = f.text(where, getattr(how, where) or "") or None
            noted[f"familiar_pain_{side}"] = f.pain(f"familiar_pain_{side}", getattr(how, f"familiar_pain_{side}"))
    return noted | {"level": f.choice("suspected_level", get_args(Level), how.level)}


def treatment_form(entry: Treatment) -> Treatment:
    """Fields of a treatment. A treatment at a visit has the visit's date."""
    f = _fields("treatment", entry)
    kinds = get_args(TreatmentKind)
    day = entry.on if entry.visit_id is not None else f.day("on", entry.on)
    return replace(
        entry,
        on=day,
        kind=f.choice("kind", kinds, entry.kind) or entry.kind,
        level=f.listed_or_typed("treated_level", TREATED_LEVELS, entry.level, f.t("visit.level_choose")),
        side=f.choice("side", get_args(Side), entry.side),
        repetitions=f.whole("repetitions", entry.repetitions),
        **_treatment_details(f, entry),
    )


def _treatment_details(f: Fields, entry: Treatment) -> dict[str, Any]:
    """Rarely used fields, collapsed."""
    with st.expander(f.t("visit.more_of_treatment"), key=f"{f.key}_more"):
        return {
            "thrust": f.choice("thrust", get_args(Thrust), entry.thrust),
            "combined": " ".join(f.several("combined", get_args(TreatmentKind), entry.combined.split(), "treatment")),
            "strap": f.yes_no("strap", entry.strap),
            "dose": f.text("dose", entry.dose),
            "by": f.text("by", entry.by),
            "notes": f.notes(entry.notes),
        }


def outcome_form(entry: Outcome) -> Outcome:
    """Outcomes; totals of questionnaires, the NDI by section if wished."""
    f = _fields("outcome", entry)
    entry = replace(
        entry,
        on=f.day("on", entry.on),
        period_days=f.whole("period_days", entry.period_days) or entry.period_days,
        headache_days=f.whole("headache_days", entry.headache_days),
        intensity=f.number("intensity", entry.intensity),
        hours=f.number("hours", entry.hours),
        medication_days=f.whole("medication_days", entry.medication_days),
        ndi=f.whole("ndi", entry.ndi),
        hit6=f.whole("hit6", entry.hit6),
        global_change=f.choice("global_change", range(-7, 8), entry.global_change),
        notes=f.notes(entry.notes),
    )
    return replace(entry, ndi_items=_ndi_items(f, entry.ndi_items))


def _ndi_items(f: Fields, items: str) -> str:
    """Answers of the sections, collapsed; empty where none was given."""
    with st.expander(f.t("ndi.by_section"), key=f"{f.key}_ndi_sections"):
        source = rule("ndi_missing")
        cite = f"{source.cite}, {source.link}"
        st.caption(plain(f.t("ndi.help", cite=cite, most=str(NDI_MOST_MISSING))))
        given = []
        for number, name in enumerate(NDI_ITEMS):
            old = items[number : number + 1]
            if number % 2 == 0:
                columns = st.columns(2)  # anew for each pair: stacked on a phone they stay in order
            with columns[number % 2]:
                given.append(
                    st.selectbox(
                        f"{number + 1} {f.t(f'ndi_item.{name}')}",
                        range(6),
                        index=int(old) if old.isdigit() else None,
                        placeholder=f.t("records.not_noted"),
                        key=f"{f.key}_ndi_{name}",
                    )
                )
    answers = "".join("-" if one is None else str(one) for one in given)
    return answers if answers.strip("-") else ""


def diary_form(entry: DiaryDay) -> DiaryDay:
    """One day at home; its date is chosen outside."""
    f = Fields(f"diary_{entry.on}_{entry.version}", words())
    return replace(
        entry,
        headache=f.yes_no("headache", entry.headache),
        intensity=f.number("intensity", entry.intensity),
        hours=f.number("hours", entry.hours),
        **_attack(f, entry),
        **_medicine(f, entry),
        exercise_times=f.choice("exercise_times", range(6), entry.exercise_times)
        if entry.exercise_times is None or entry.exercise_times < 6
        else f.whole("exercise_times", entry.exercise_times),
        notes=f.notes(entry.notes),
    )


def _attack(f: Fields, entry: DiaryDay) -> dict[str, Any]:
    """Details of the headache, collapsed."""
    with st.expander(f.t("diary.more"), key=f"{f.key}_attack"):
        return {
            "side": f.choice("attack_side", get_args(AttackSide), entry.side),
            "spread": f.choice("spread", get_args(Spread), entry.spread),
            "triggers": " ".join(f.several("triggers", get_args(Trigger), entry.triggers.split(), "trigger")),
            "nausea": f.yes_no("nausea", entry.nausea),
            "light": f.yes_no("light", entry.light),
        }


def _medicine(f: Fields, entry: DiaryDay) -> dict[str, Any]:
    """Whether pain medicine was taken, and which; collapsed."""
    taken = f.yes_no("medication", entry.medication)
    with st.expander(f.t("diary.medicine"), key=f"{f.key}_medicines"):
        name = f.text("medicine", entry.medicine)
        kinds, chosen = get_args(MedicineClass), entry.medicine_classes.split()
        classes = " ".join(f.several("medicine_classes", kinds, chosen, "medicine_class"))
    return {"medication": taken, "medicine": name, "medicine_classes": classes}


def plan_form(entry: TreatmentPlan) -> TreatmentPlan:
    """Length and content of each phase."""
    f = _fields("treatment_plan", entry)
    st.caption(f.t("course.phases"))
    return replace(
        entry,
        on=f.day("plan_on", entry.on),
        start_weeks=_or(f.whole("start_weeks", entry.start_weeks), entry.start_weeks),
        course_weeks=_or(f.whole("course_weeks", entry.course_weeks), entry.course_weeks),
        sessions=_or(f.whole("sessions", entry.sessions), entry.sessions),
        months=_or(f.whole("months", entry.months), entry.months),
        exercise_times=f.whole("exercise_target", entry.exercise_times),
        notes=f.notes(entry.notes),
    )


def _or(given: int | None, usual: int) -> int:
    return usual if given is None else given
