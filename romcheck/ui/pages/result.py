"""The result of a check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import cast

import streamlit as st

from romcheck.change import Comparability
from romcheck.clinical import Mode, Occasion
from romcheck.exchange.files import frames_csv, result_json
from romcheck.i18n.texts import Texts
from romcheck.i18n.wording import Wording
from romcheck.live.journey import Journey
from romcheck.live.safety import too_painful
from romcheck.live.session import LiveCheck
from romcheck.live.state import CheckPlan, StopReason
from romcheck.measure import Measurement
from romcheck.notices import SEEN, notice_message
from romcheck.reports.position import error_heads
from romcheck.reports.sentences import comparability_sentences
from romcheck.results import Result
from romcheck.ui.common import drawing, go, journey, picture, table, texts
from romcheck.ui.pages import replay, save
from romcheck.ui.records import link, plain, words
from romcheck.ui.result_chart import NARROW_IN, WIDE_IN, curve_png
from romcheck.ui.result_dial import dial_svg
from romcheck.ui.result_returns import returns_svg
from romcheck.ui.result_view import MADE, ResultView, result_view


def show() -> None:
    """Show the page."""
    t, way = texts(), save.with_pain(journey())
    check = cast("LiveCheck | None", st.session_state.get("check"))
    st.title(t("result.title"), anchor=False)
    outcome = None if check is None else check.outcome
    measured = None if outcome is None else outcome.measurement
    seen = measured is not None and bool(measured.result.movements)
    if outcome is not None and outcome.check.stopped:
        plan = cast("CheckPlan", way.plan)
        told = [stopped_why(plan.mode, outcome.check.stopped, t) or t("result.stopped")]
        st.info(" ".join((*told, t("result.stopped_seen")) if seen else told))
        if outcome.check.stopped == "symptoms":
            st.error(t(f"after.symptoms.{'other' if way.who == 'therapist' else 'self'}"))
    if check is None or measured is None or not seen:
        st.warning(t("result.none"))
        if outcome is not None and (outcome.error or measured is not None):
            notices = measured.result.notices if measured is not None else ()
            told = [t.say(notice_message(n)) for n in notices if n.code in SEEN]
            if outcome.error is not None:
                told = [plain(t.say(outcome.error, page=True))]
            st.markdown(" ".join((*told, t("result.none_why"))))
    else:
        plan = cast("CheckPlan", way.plan)
        view = result_view(
            measured.result, plan.mode, plan.posture, t, way.pain_before, way.pain_after, way.headache_now,
            alone=way.who == "self",
        )  # fmt: skip
        last = save.last_result(measured, check, way)
        keep = partial(save.show, measured, check, way)
        _show(view, measured, last, t, keep, partial(_replay, measured, check, way))
        if check.keep is not None and check.keep.is_file():
            st.markdown(t("result.video_kept", folder=plain(str(check.keep))))
    # Whoever was asked to stop for today is not invited to go on.
    label = "result.end" if way.referred else "result.once_more"
    invited = not way.referred and not too_painful(way.pain_after, way.pain_before or 0)
    if st.button(t(label), type="primary" if invited else "secondary", key="once_more"):
        for name in ("check", "curve"):
            st.session_state.pop(name, None)
        go(way.again())


def stopped_why(mode: Mode, reason: StopReason, t: Texts) -> str:
    """What ended a check early, as it was spoken then; empty where a person stopped it."""
    return "" if reason in ("pressed", "symptoms") else t(f"check.{mode}.stopped.{reason}")


def _replay(measurement: Measurement, check: LiveCheck, way: Journey) -> None:
    """The movements of this check, with its video if that was to be kept."""
    t, kept = words(), save.saved(way)
    st.header(t("page.replay"), anchor=False)
    label, frames = t.short_day(date.today()), measurement.frames
    if kept is not None:
        video = replay.of_record(kept, frames, label).video
    else:
        video = {"check": check.token} if check.keep is not None and check.keep.is_file() else None
    replay.stage((replay.Played(measurement.result, frames, label, f"check_{way.checks}", video),), t)


def when(then: Occasion, t: Wording) -> str:
    """Day of an earlier measurement; with its hour if it was today."""
    day = t.short_day(then.on)
    return day if then.at is None or then.on != date.today() else f"{day}, {then.at.astimezone():%H:%M}"


def _last_time(then: Occasion, alike: Comparability) -> None:
    t = words()
    if alike.comparable:
        st.caption(plain(t("result.last_time_arc", day=when(then, t))))
    else:
        why = " ".join(comparability_sentences(alike, t))
        st.caption(plain(f"{t('result.last_time_none', day=when(then, t))} {why}"))


def _curve(measurement: Measurement, t: Texts) -> tuple[bytes, ...]:
    """The picture of the curve and the one for phones, drawn once: the page runs again with every click."""
    drawn: tuple[Measurement, str, tuple[bytes, ...]] | None = st.session_state.get("curve")
    if drawn is None or drawn[0] is not measurement or drawn[1] != t.language:
        pictures = tuple(curve_png(measurement.result, measurement.frames, t, size) for size in (WIDE_IN, NARROW_IN))
        drawn = measurement, t.language, pictures
        st.session_state["curve"] = drawn
    return drawn[2]


def _show(
    view: ResultView,
    measurement: Measurement,
    last: tuple[Occasion, Comparability] | None,
    t: Texts,
    keep: Callable[[], None],
    play: Callable[[], None],
) -> None:
    """The picture, the numbers and what is to be known of them; what is looked up is folded."""
    result = measurement.result
    st.markdown(f"**{view.test}** — {view.how}")
    said = [(side.name, side.mean) for side in view.sides]
    if result.test == "joint-position":
        drawing(returns_svg(result, said, t))
        st.caption(t("result.returns_arrows"))
    else:
        beneath = None if last is None or not last[1].comparable else (last[0].result, when(last[0], words()))
        drawing(dial_svg(result, said, t, beneath))
        # A container also while it is empty: the elements below do not shift, see say_said.
        with st.container():
            if last is not None:
                _last_time(*last)
    st.header(t("result.heading.sides"), anchor=False)
    for column, side in zip(st.columns(2), view.sides, strict=True):
        column.metric(side.name, side.mean)
        column.caption(side.trials)
    st.markdown(view.meaning)
    counted = any(summary.trials for summary in result.summary)
    if not counted:
        st.warning(t("result.none_counted"))
    if view.errors:
        st.header(t("errors.heading"), anchor=False)
        table(t("errors.heading"), error_heads(t), [list(row) for row in view.errors])
        st.caption(t("errors.signs"))
    if view.difference:
        st.header(t("result.heading.difference"), anchor=False)
        st.markdown("  \n".join(view.difference))
    st.header(t("result.heading.doubts"), anchor=False)
    st.markdown("\n".join(f"- {sentence}" for sentence in view.doubts) or t("result.no_doubts"))
    keep()
    if view.advice:
        st.header(t("result.heading.next"), anchor=False)
        st.markdown("\n".join(f"- {sentence}" for sentence in view.advice))
    st.header(t("result.heading.details"), anchor=False)
    with st.expander(t("result.heading.trials"), key="trials_box", expanded=not counted):
        _trials(view, t)
    if view.made:
        with st.expander(t("made.heading"), key="made_box"):
            heads = [t("result.column.movement"), *(t(f"made.column.{name}") for name in MADE)]
            table(t("made.heading"), heads, [list(row) for row in view.made])
            st.caption(t("made.note"))
    png, narrow = _curve(measurement, t)
    with st.expander(t("result.heading.curve"), key="curve_box"):
        picture(png, "png", view.curve_alt, narrow)
        play()
    if view.circumstances:
        with st.expander(t("result.heading.circumstances"), key="circumstances_box"):
            st.markdown("  \n".join(view.circumstances))
    with st.expander(t("result.heading.figures"), key="figures_box"):
        _figures(view, result, t)
    st.header(t("result.heading.files"), anchor=False)
    files: tuple[tuple[str, str | bytes, str, str], ...] = (
        ("json", result_json(result), "romcheck.result.json", "application/json"),
        ("csv", frames_csv(measurement.frames), "romcheck.frames.csv", "text/csv"),
        ("picture", png, "romcheck.png", "image/png"),
    )
    for column, (kind, content, name, mime) in zip(st.columns(len(files)), files, strict=True):
        label, key = t(f"result.download.{kind}"), f"download_{kind}"
        column.download_button(label, content, name, mime, key=key, on_click="ignore", width="stretch")
    st.caption(view.measured_with)


def _trials(view: ResultView, t: Texts) -> None:
    """Every trial of every test, with what was doubted in it."""
    columns = ("movement", "angle", "remark")
    heads = [t(f"result.column.{name}") for name in columns]
    table(t("result.heading.trials"), heads, [[getattr(row, name) for name in columns] for row in view.rows])
    if view.held:
        st.markdown(view.held)
    for other in view.others:
        st.header(other.heading, anchor=False)
        table(other.heading, heads, [[getattr(row, name) for name in columns] for row in other.rows])


def _figures(view: ResultView, result: Result, t: Texts) -> None:
    """What is published on this test, done in this way."""
    for line in view.figures:
        source = f"[{line.source}]({line.link})" if line.link else line.source
        st.markdown(f"- {line.text}. {t('result.source', source=source)}")
    st.markdown(view.no_figures or t("result.figure_note"))
    if (printed := view.no_figures_source) is not None:
        st.markdown(t("result.source", source=f"[{printed.source}]({printed.link})"))
    if result.test == "flexion-rotation":
        link("figures", t("figures.link"))
