"""Movements played again: of one measurement, or of two in step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from romcheck.i18n.wording import Wording
from romcheck.records.entries import MeasurementRecord, PersonPage
from romcheck.records.problems import NotFoundError
from romcheck.records.video_files import video_with
from romcheck.reports.of_person import curves_of
from romcheck.reports.replay import take, usual_trial
from romcheck.results import Frames, MovementName, Result
from romcheck.ui.components.replay import Align, Scene, replay
from romcheck.ui.records import asked_for, link, of_person, plain, store

Show = Literal["video", "blurred", "drawing"]
"""The kept video, the same with blurred faces, or the drawing of a head."""


def page() -> None:
    """Show the page."""
    of_person(show, "page.replay")


def show(found: PersonPage, t: Wording) -> None:
    """Show one measurement."""
    record = next((m for m in found.measurements if m.id == asked_for("measurement")), None)
    if record is None:
        raise NotFoundError("not_there", entry="measurement")
    link("visit", t.short_day(found.day_of(record)), person=found.person.id, visit=record.visit_id)
    st.header(t(f"title.{record.test}"), anchor=False)
    (frames,), lost = curves_of((record,), store().frames)
    if lost:
        st.warning(t("report.curves_lost"))
    stage((of_record(record, frames, when(found, record, t)),), t)


def when(found: PersonPage, record: MeasurementRecord, t: Wording) -> str:
    """Day of a measurement, and its hour where it is known."""
    return f"{t.short_day(found.day_of(record))} {record.hour}".rstrip()


@dataclass(frozen=True)
class Played:
    """A measurement on the stage.

    Attributes
    ----------
    frames : None where they are lost
    label : how it is called
    key : of its controls
    video : what :mod:`romcheck.ui.replay_route` is asked for to get its pictures; None where no video was kept
    """

    result: Result
    frames: Frames | None
    label: str
    key: str
    video: Mapping[str, str] | None


def of_record(record: MeasurementRecord, frames: Frames | None, label: str) -> Played:
    """One of the records."""
    kept = video_with(store().folder, record.result.source.sha256) is not None
    asked = {"measurement": str(record.id)} if kept else None
    return Played(record.result, frames, label, str(record.id), asked)


def stage(played: Sequence[Played], t: Wording) -> None:
    """The controls and the stage for one measurement or two, the earlier one first."""
    names = [{m.movement for m in one.result.movements} for one in played]
    both = [name for name in get_args(MovementName) if all(name in there for there in names)]
    if not both:
        st.markdown(t("replay.none"))
        return
    one_alone = len(played) == 1
    key = "_".join(one.key for one in played)
    name = st.radio(
        t("replay.movement"), both, format_func=lambda one: t(f"movement_name.{one}"), horizontal=True,
        key=f"replay_movement_{key}",
    )  # fmt: skip
    chosen = [
        _chosen(column, one, name, t("replay.trial") if one_alone else t("replay.trial_of", which=plain(one.label)), t)
        for column, one in zip(st.columns(len(played)), played, strict=True)
    ]
    wished: Show = "drawing"
    if any(one.video is not None for one in played):
        wished = st.radio(
            t("replay.show"), get_args(Show), format_func=lambda one: t(f"replay.show_{one}"), horizontal=True,
            key="replay_show",
        )  # fmt: skip
        if wished == "blurred":
            st.caption(t("replay.blurred_help"))
    align: Align = "hold"
    if not one_alone:
        align = st.radio(
            t("replay.align"), get_args(Align), format_func=lambda one: t(f"replay.align_{one}"), horizontal=True,
            key="replay_align",
        )  # fmt: skip
    kinds: tuple[Literal["before", "after"], ...] = ("after",) if one_alone else ("before", "after")
    scenes = []
    for one, place, kind in zip(played, chosen, kinds, strict=True):
        filmed, there = one.video is not None and wished != "drawing", one.video is not None
        note = "" if filmed or (there and one.frames is not None) else t("replay.no_video")
        if one.frames is None:
            note = t("replay.no_curve")
        pictures = {**(one.video or {}), "movement": str(place)} if filmed else None
        cut = take(one.result, one.frames, one.result.movements[place])
        scenes.append(Scene(cut, kind, one.label, _trial(one.result, place, t), note, pictures))
    told = " ".join(_told(scene, t) for scene in scenes)
    description = t("replay.curve_alt", movement=t(f"movement_name.{name}"), text=told)
    replay(scenes, description, t, align=align, blurred=wished == "blurred", key=f"replay_{key}")
    st.caption(t("replay.from_front"))


def _chosen(column: DeltaGenerator, played: Played, name: MovementName, label: str, t: Wording) -> int:
    """Place of the trial chosen; at first the usual one."""
    movements = played.result.movements
    places = [i for i, m in enumerate(movements) if m.movement == name]
    usual = usual_trial(played.result, name)
    first = next((i for i, place in enumerate(places) if movements[place] is usual), 0)
    return column.selectbox(
        label,
        places,
        first,
        format_func=lambda place: _trial(played.result, place, t),
        key=f"replay_trial_{played.key}_{name}",
    )


def _trial(result: Result, place: int, t: Wording) -> str:
    movement = result.movements[place]
    angle = t.degrees(movement.angle_deg, movement.uncertainty_deg, movement.at_least)
    told = t("replay.trial_told", number=str(movement.trial), angle=angle)
    return told if movement.quality == "good" else f"{told} ({t(f'replay.quality_{movement.quality}')})"


def _told(scene: Scene, t: Wording) -> str:
    """One curve in words."""
    movement = scene.take.movement
    angle = t.degrees(movement.angle_deg, movement.uncertainty_deg, movement.at_least)
    if movement.hold_start_s is None or movement.hold_end_s is None:
        return t("replay.alt_no_hold", label=scene.label, angle=angle)
    begins, ends = (
        t.short_number(round(at - movement.start_s, 1)) for at in (movement.hold_start_s, movement.hold_end_s)
    )
    return t("replay.alt_hold", label=scene.label, angle=angle, begins=begins, ends=ends)
