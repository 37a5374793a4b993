"""Months: range by date with treatments and noise, headache days, exercise, each with its table."""

from __future__ import annotations

from functools import partial

import streamlit as st

from romcheck.clinical import age_on
from romcheck.i18n.wording import Wording
from romcheck.records.entries import PersonPage
from romcheck.records.overview import headache_of
from romcheck.reports.of_person import series, tests_of
from romcheck.reports.over_time import draw_headaches, draw_over_time, headaches_words, over_time_words, trends
from romcheck.reports.sentences import Numbered, fall_sentences, headache_sentences, treatment_detail
from romcheck.ui.common import chosen_test, table
from romcheck.ui.records import chart, of_person, plain, sources


def page() -> None:
    """Show the page."""
    of_person(show, "page.over_time")


def show(found: PersonPage, t: Wording) -> None:
    """Show the charts."""
    _range(found, t)
    _headaches(found, t)


def _range(found: PersonPage, t: Wording) -> None:
    st.header(t("over_time.range"), anchor=False)
    tests = tests_of(found)
    if not tests:
        st.markdown(t("over_time.no_measurements"))
        return
    test = chosen_test(tests, t, f"test_{found.person.id}")
    if len(tests) == 1:
        st.markdown(f"**{t(f'title.{test}')}**")
    occasions, treated = series(found, test), found.treatments
    lines = trends(occasions, treated)
    for sentence in fall_sentences(lines, t):
        st.warning(plain(sentence), icon=":material/visibility:")
    age = age_on(found.person.birth_year, occasions[-1].on)
    title = t("records.said", name=t("over_time.range"), value=t(f"title.{test}"))
    chart(
        partial(draw_over_time, occasions, treated, t, age),
        title,
        over_time_words(occasions, t),
        f"range_{test}",
    )
    for line in lines:
        if line.noise_deg is not None:
            name = t(f"movement_name.{line.movement}")
            st.caption(t("over_time.noise", name=name, noise=t.angle(line.noise_deg)))
    points = [(p, line) for line in lines for p in line.points]
    rows = [
        [
            t.short_day(p.date),
            t(f"movement_name.{line.movement}"),
            t.degrees(p.mean_deg, p.half_width_deg or None, p.at_least),
            t(f"over_time.{_kind(p.comparable, p.after_treatment)}"),
        ]
        for p, line in sorted(points, key=lambda one: one[0].date, reverse=True)
    ]
    with st.expander(t("over_time.table"), key="range_table"):
        table(t("over_time.range"), [t(f"over_time.col_{c}") for c in ("day", "movement", "range", "remark")], rows)
        if treated:
            done = [
                [t.short_day(x.on), t(f"treatment.{x.kind}"), treatment_detail(x, t) or "–"] for x in reversed(treated)
            ]
            table(t("visit.treatments"), [t(f"over_time.col_{c}") for c in ("day", "treatment", "detail")], done)


def _kind(comparable: bool, after_treatment: bool) -> str:
    if not comparable:
        return "unlike"
    return "right_after" if after_treatment else "held"


def _headaches(found: PersonPage, t: Wording) -> None:
    st.header(t("over_time.headaches"), anchor=False)
    headache = headache_of(found)
    cite = Numbered()
    said = headache_sentences(headache, t, cite)
    if headache.review_plan:
        st.warning(plain(said[-1]), icon=":material/assignment:")
        said = said[:-1]
    for sentence in said:
        st.markdown(plain(sentence))
    sources(cite)
    if not headache.periods:
        st.markdown(t("over_time.no_diary"))
        return
    chart(
        partial(draw_headaches, headache.periods, headache.baseline_days, t),
        t("over_time.headaches"),
        headaches_words(headache.periods, t),
        "headaches",
    )
    rows = [
        [
            t.short_day(p.start),
            t("chart.no_count") if p.days is None else t.short_number(round(p.days, 1)),
            str(p.filled),
            "–" if p.exercise_days is None else str(p.exercise_days),
        ]
        for p in reversed(headache.periods)
    ]
    columns = ("from", "headache_days", "filled", "exercise_days")
    with st.expander(t("over_time.table"), key="headache_table"):
        table(t("over_time.headaches"), [t(f"over_time.col_{c}") for c in columns], rows)
