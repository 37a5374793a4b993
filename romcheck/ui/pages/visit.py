"""One visit: measurements and treatments, imported results, and notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Literal

import streamlit as st

from romcheck.change import side_range
from romcheck.clinical import TimingOrNone, Treatment, pain_question
from romcheck.i18n.wording import Wording
from romcheck.records.bringing_in import import_uploaded
from romcheck.records.clinic import against, screened_on
from romcheck.records.entries import MeasurementRecord, PersonPage, Visit
from romcheck.records.overview import conditions_to_expect, pairs_of, timing_to_measure
from romcheck.records.problems import NotFoundError
from romcheck.records.video_files import video_with
from romcheck.records.videos import delete_video
from romcheck.reports.asked import ending_sentences
from romcheck.reports.sentences import range_words, treatment_detail
from romcheck.ui.editing import edit, option
from romcheck.ui.forms import Fields, conditions_fields, conditions_form, treatment_form, visit_form
from romcheck.ui.measuring import measure
from romcheck.ui.pages import findings, planned, screening
from romcheck.ui.records import (
    Target,
    asked_for,
    go_to,
    link,
    of_person,
    plain,
    say_next,
    size,
    store,
    telling,
)


def page() -> None:
    """Show the page."""
    of_person(show, "page.visit")


def show(found: PersonPage, t: Wording) -> None:
    """Show one visit."""
    visit = next((v for v in found.visits if v.id == asked_for("visit")), None)
    if visit is None or visit.id is None:
        raise NotFoundError("not_there", entry="visit")
    measurements = [m for m in found.measurements if m.visit_id == visit.id]
    treatments = [x for x in found.treatments if x.visit_id == visit.id]
    st.header(t.day(visit.on), anchor=False)
    # Parts that change have a container of their own, so that elements below do not shift: see say_said.
    with st.container():
        if visit.notes:
            st.text(visit.notes)
        edit(f"visit_{visit.id}", t("visit.edit"), visit, visit_form, store().save_visit)
    with st.container():
        screening.of_visit(found, visit.id, visit.on, t)
    with st.container():
        findings.of_visit(found, visit.id, visit.on, t)
    st.header(t("visit.measure_title"), anchor=False)
    _measure(visit, measurements, treatments, t)
    st.header(t("visit.measurements"), anchor=False)
    with st.container():
        for measurement in measurements:
            _measurement(measurement, t)
        if not measurements:
            st.markdown(t("visit.no_measurements"))
        if pairs_of(measurements, treatments):
            link("before_after", t("visit.compare"), person=visit.person_id, visit=visit.id)
    with st.expander(t("visit.bring_in"), key="bring_in"):
        _bring_in(visit, measurements, treatments, t)
    st.header(t("visit.treatments"), anchor=False)
    with st.container():
        planned.line(found, visit.on, t)
        screened, _ = screened_on(found.screenings, visit.on)
        if screened is not None and (told := against(screened, treatments)):
            st.warning(plain(" ".join(map(t.say, told))))
        for treatment in treatments:
            _treatment(treatment, t)
    _new_treatment(visit, treatments, t)
    with st.expander(t("goal.title"), key="goals"):
        planned.goals(found, visit.on, visit.id, t)
    with st.expander(t("visit.delete"), key="delete_visit_box"):
        _delete(visit, len(measurements), t)


def _measure(
    visit: Visit, measurements: Sequence[MeasurementRecord], treatments: Sequence[Treatment], t: Wording
) -> None:
    likely = timing_to_measure(measurements, treatments)
    timings: tuple[TimingOrNone, ...] = ("before", "after")
    with st.container(horizontal=True):
        for timing in timings:
            kind: Literal["primary", "secondary"] = "primary" if timing == likely else "secondary"
            if st.button(t(f"visit.measure.{timing}"), type=kind, key=f"measure_{timing}"):
                measure(Target(visit.person_id, visit.id, timing))


def _measurement(measurement: MeasurementRecord, t: Wording) -> None:
    how = measurement.conditions
    sides = [
        t(
            "records.fact",
            name=plain(t(f"movement_name.{s.movement}")),
            value=plain(range_words(side_range(measurement.result, s.movement), t)),
        )
        for s in measurement.result.summary
    ]
    with st.container(border=True, key=f"measurement_{measurement.id}"):
        st.markdown(f"**{t(f'title.{measurement.test}')}** · {plain(option('timing', how.timing, t))}")
        st.markdown("  \n".join(sides) or t("words.not_measured"))
        st.caption(plain(", ".join(_how(measurement, t))))
        if asked := pain_question(how.pain_now, how.pain_after):
            st.info(t.say(asked))
        if said := ending_sentences(how, t):
            st.markdown(plain(" ".join(said)))
        link("replay", t("replay.link"), person=measurement.person_id, measurement=measurement.id)
        edit(
            f"measurement_{measurement.id}",
            t("visit.edit_measurement"),
            measurement,
            conditions_form,
            store().save_conditions,
        )
        with st.expander(t("visit.delete_measurement"), key=f"drop_measurement_{measurement.id}", type="compact"):
            sure = st.checkbox(t("visit.sure"), key=f"sure_measurement_{measurement.id}")
            if _video(measurement) and st.button(
                t("videos.delete_one"), key=f"delete_video_{measurement.id}", disabled=not sure
            ):
                with telling():
                    delete_video(store(), measurement.id)
                    say_next(t("records.deleted"))
            if st.button(t("records.delete"), key=f"delete_measurement_{measurement.id}", disabled=not sure):
                with telling():
                    store().delete_measurement(measurement.id)
                    say_next(t("records.deleted"))


def _how(measurement: MeasurementRecord, t: Wording) -> list[str]:
    how = measurement.conditions
    said = [measurement.hour] if measurement.hour else []
    said += [option(name, getattr(how, name), t) for name in ("mode", "posture")]
    said += [t(f"report_lens.{measurement.result.camera.known}")]
    if how.camera:
        said.append(how.camera)
    if how.pain_now is not None:
        said.append(t("visit.pain_now", pain=how.pain_now))
    if how.headache_now is not None:
        said.append(t("visit.headache" if how.headache_now else "visit.no_headache"))
    if how.minutes_since_treatment is not None:
        said.append(t("visit.minutes", minutes=t.short_number(how.minutes_since_treatment)))
    if (video := _video(measurement)) is not None:
        said.append(t("videos.kept", size=size(video.stat().st_size, t)))
    return said


def _video(measurement: MeasurementRecord) -> Path | None:
    return video_with(store().folder, measurement.result.source.sha256)


def _treatment(treatment: Treatment, t: Wording) -> None:
    with st.container(border=True, key=f"treatment_{treatment.id}"):
        detail = treatment_detail(treatment, t)
        by = t("visit.by", by=treatment.by) if treatment.by else ""
        text = " · ".join(plain(part) for part in (detail, by) if part)
        st.markdown(f"**{plain(option('kind', treatment.kind, t))}** {text}")
        if treatment.notes:
            st.text(treatment.notes)
        edit(
            f"treatment_{treatment.id}",
            t("visit.edit_treatment"),
            treatment,
            treatment_form,
            store().course.save_treatment,
        )
        with st.expander(t("visit.delete_treatment"), key=f"drop_treatment_{treatment.id}", type="compact"):
            sure = st.checkbox(t("visit.sure"), key=f"sure_treatment_{treatment.id}")
            if st.button(t("records.delete"), key=f"delete_treatment_{treatment.id}", disabled=not sure):
                with telling():
                    assert treatment.id is not None
                    store().course.delete_treatment(treatment.id)
                    say_next(t("records.deleted"))


def _new_treatment(visit: Visit, treatments: Sequence[Treatment], t: Wording) -> None:
    with st.expander(t("visit.new_treatment"), key="new_treatment", expanded=not treatments):
        # The number of treatments in the key gives an empty form after each.
        with st.form(f"new_treatment_{len(treatments)}", border=False):
            entry = treatment_form(Treatment(visit.person_id, visit.on, "snag", visit.id))
            wanted = st.form_submit_button(t("visit.add_treatment"), type="primary", key="add_treatment")
        if wanted:
            with telling():
                now = datetime.now(timezone.utc) if visit.on == date.today() else None
                store().course.add_treatment(Treatment(**{**vars(entry), "started_at": now}))
                say_next(t("records.saved"))


def _bring_in(
    visit: Visit, measurements: Sequence[MeasurementRecord], treatments: Sequence[Treatment], t: Wording
) -> None:
    st.markdown(t("visit.bring_in_help"))
    how = conditions_to_expect(measurements, treatments)
    # A new form after each result and treatment, with current proposals.
    key = f"bring_in_{visit.id}_{len(measurements)}_{how.timing}"
    with st.form(key, border=False):
        files = st.file_uploader(
            t("visit.files"), type=["json", "csv", "parquet"], accept_multiple_files=True, key=f"{key}_files"
        )
        conditions = conditions_fields(Fields(key, t), how)
        wanted = st.form_submit_button(t("visit.take_in"), type="primary", key="take_in")
    if wanted:
        with telling():
            count = import_uploaded(store(), visit, {file.name: file.getvalue() for file in files}, conditions)
            say_next(t("visit.taken_in", count=str(count)))


def _delete(visit: Visit, measured: int, t: Wording) -> None:
    assert visit.id is not None
    sure = st.checkbox(t("visit.sure_visit", count=str(measured)), key="sure_visit")
    if st.button(t("records.delete"), key="delete_visit", disabled=not sure):
        with telling():
            store().delete_visit(visit.id)
            st.session_state["said"] = t("records.deleted")
            go_to("person", person=visit.person_id)
