"""For the person: where the neck stands today, in one picture and large plain words, and read aloud."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from romcheck.change import SideProgress, TrendPoint
from romcheck.i18n.wording import Wording
from romcheck.records.entries import PersonPage
from romcheck.reports.of_person import series, tests_of
from romcheck.reports.progress import progress, progress_svg, side_sentences
from romcheck.ui.common import chosen_test, drawing, table
from romcheck.ui.components.aloud import aloud
from romcheck.ui.records import of_person


def page() -> None:
    """Show the page."""
    of_person(show, "page.progress")


def show(found: PersonPage, t: Wording) -> None:
    """Show one test's progress."""
    tests = [test for test in tests_of(found) if test != "joint-position"]
    if not tests:
        st.markdown(t("progress.nothing"))
        return
    test = chosen_test(tests, t, f"progress_{found.person.id}")
    sides = progress(series(found, test), found.treatments)
    if not sides:
        st.markdown(t("progress.nothing"))
        return
    said = [(t(f"progress.side.{side.movement}"), side_sentences(side, t)) for side in sides]
    drawing(progress_svg(sides, t))
    for name, sentences in said:
        _large(name, sentences)
    _large("", [t("progress.know")])
    aloud(
        [sentence for name, sentences in said for sentence in (f"{name}.", *sentences)] + [t("progress.know")],
        t.language,
        t("progress.read"),
        t("progress.stop"),
        t("progress.no_voice"),
    )
    with st.expander(t("progress.numbers"), key="progress_numbers"):
        rows = [
            [
                t(f"movement_name.{side.movement}"),
                t.degrees(side.points[0].mean_deg, side.points[0].half_width_deg or None),
                "–" if side.usual_deg is None else t.angle(side.usual_deg),
                f"{t.angle(side.points[side.best].mean_deg)} ({t.short_day(side.points[side.best].date)})",
                t.degrees(side.points[-1].mean_deg, side.points[-1].half_width_deg or None),
                "–" if side.noise_deg is None else t.angle(side.noise_deg),
            ]
            for side in sides
        ]
        columns = ("movement", "start", "usual", "best", "today", "noise")
        table(t("progress.numbers"), [t(f"progress.column.{name}") for name in columns], rows)
        if any(side.from_start for side in sides):
            st.markdown(t("progress.from_start"))
            _from_start(sides, t)


def _from_start(sides: Sequence[SideProgress], t: Wording) -> None:
    """The comparisons that what is said of the start comes from."""

    def value(point: TrendPoint) -> str:
        return f"{t.angle(point.mean_deg)} ({t.short_day(point.date)})"

    rows = [
        [
            t(f"movement_name.{side.movement}"),
            value(one.first),
            value(one.last),
            t.signed(one.last.mean_deg - one.first.mean_deg),
            "–" if one.noise_deg is None else t.angle(one.noise_deg),
        ]
        for side in sides
        for one in side.from_start
    ]
    columns = ("movement", "first", "last", "change", "counts")
    table(t("progress.from_start"), [t(f"progress.column.{name}") for name in columns], rows)


def _large(name: str, sentences: list[str]) -> None:
    """Words to be read without glasses."""
    heading = f'<h2 style="font-size:1.6rem;margin:0.5rem 0 0;padding:0">{escape(name)}</h2>' if name else ""
    st.html(f'{heading}<p style="font-size:1.4rem;line-height:1.5;margin:0">{escape(" ".join(sentences))}</p>')
