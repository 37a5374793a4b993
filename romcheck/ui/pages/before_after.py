"""Two measurements of one person: the change, and whether it exceeds the noise of the measurement."""

from __future__ import annotations

from functools import partial
from itertools import zip_longest

import streamlit as st

from romcheck.change import Comparison, compare, own_between_days
from romcheck.clinical import age_on
from romcheck.i18n.wording import Wording
from romcheck.records.entries import MeasurementRecord, PersonPage
from romcheck.records.overview import noted_after, treatments_between
from romcheck.records.problems import NotFoundError
from romcheck.reports.before_after import before_after_words, draw_before_after
from romcheck.reports.data import refuse_two_tests
from romcheck.reports.of_person import curves_of, occasion, pair_to_show, series, to_report
from romcheck.reports.sentences import (
    Numbered,
    between_sentences,
    change_columns,
    change_rows,
    change_sentence,
    comparability_sentences,
    days_sentences,
    facts_beside,
    map_sentences,
    pair_columns,
    pair_names,
    pair_title,
    published_sentence,
    treatment_detail,
)
from romcheck.results import Frames
from romcheck.ui.common import table
from romcheck.ui.editing import in_words, option
from romcheck.ui.pages import replay
from romcheck.ui.records import asked_for, chart, link, of_person, plain, sources, store

FELT = ("pain_now", "pain_after", "headache_now", "minutes_since_treatment")
ENDED = tuple(
    f"{name}_{side}"
    for side in ("left", "right")
    for name in ("stopped_by", "end_feel", "familiar", "familiar_where", "familiar_pain")
)
"""How each side ended, shown as far as it was noted at either time."""
HOW = ("mode", "posture", "moved_by", "camera")


def page() -> None:
    """Show the page."""
    of_person(show, "page.before_after")


def choose(found: PersonPage, t: Wording, *, alone: bool = False) -> tuple[MeasurementRecord, MeasurementRecord | None]:
    """The two measurements chosen, at first those of the visit in the address, or of the newest visit with both.

    Raises NotFoundError where there are too few. `alone` lets the later one be left out.
    """
    visit = asked_for("visit")
    shown = to_report(found, visit) or to_report(found)
    if not alone and (shown is None or shown[1] is None):
        shown = pair_to_show(found, found.measurements) or _newest_two(found)
    if shown is None:
        raise NotFoundError("too_few_measurements")
    first, second = shown
    records = {m.id: m for m in sorted(found.measurements, key=lambda m: m.measured_at, reverse=True)}
    numbers = list(records)
    key = f"{found.person.id}_{visit}"
    before = st.selectbox(
        t("before_after.before"),
        numbers,
        numbers.index(first.id),
        format_func=lambda number: name_of(found, records[number], t),
        key=f"before_{key}",
    )
    later: list[int | None] = [None, *numbers] if alone else [*numbers]
    after = st.selectbox(
        t("before_after.after"),
        later,
        later.index(None if second is None else second.id),
        format_func=lambda number: t("before_after.none") if number is None else name_of(found, records[number], t),
        key=f"after_{key}",
    )
    return records[before], None if after is None else records[after]


def _newest_two(found: PersonPage) -> tuple[MeasurementRecord, MeasurementRecord] | None:
    """The last two measurements of the test measured last, though one was right after a treatment; None without."""
    newest = sorted(found.measurements, key=lambda m: m.measured_at)
    of_test = [m for m in newest if m.test == newest[-1].test]
    return (of_test[-2], of_test[-1]) if len(of_test) > 1 else None


def name_of(found: PersonPage, record: MeasurementRecord, t: Wording) -> str:
    """A measurement in a list of choices."""
    timing = "" if record.conditions.timing == "none" else f", {option('timing', record.conditions.timing, t)}"
    return f"{replay.when(found, record, t)}{timing} · {t(f'title.{record.test}')}"


def show(found: PersonPage, t: Wording) -> None:
    """Show the comparison."""
    first, second = choose(found, t)
    assert second is not None
    if first.id == second.id:
        st.info(t("before_after.same"))
        return
    if first.measured_at > second.measured_at:
        st.info(t("before_after.order"))
    curves, lost = curves_of((first, second), store().frames)
    if lost:
        st.warning(t("report.curves_lost"))
    before, after = (occasion(found, *one) for one in zip((first, second), curves, strict=True))
    refuse_two_tests(before, after)
    of_test = series(found, before.result.test)
    own = own_between_days(of_test, [x.on for x in found.treatments])
    comparison = compare(before, after, own)
    for sentence in days_sentences(before, after, t):
        st.info(sentence)
    _comparable(comparison, t)
    columns = pair_columns(before, after, t)
    _change(comparison, change_columns(before, after, t), t)
    title = pair_title(before, after, t)
    told = before_after_words(before, after, t, own)
    chart(partial(draw_before_after, before, after, t), title, told, "before_after")
    _replay(found, (first, second), curves, pair_names(before, after), t)
    _trials(comparison, columns, t)
    _felt(first, second, columns, t)
    _treatments(found, first, second, t)
    st.header(t("before_after.published"), anchor=False)
    cite = Numbered()
    age = age_on(found.person.birth_year, after.on)
    published = published_sentence(after, age, t, cite)
    for sentence in (published, *facts_beside(before.result.test, after.conditions, t, cite)):
        st.markdown(f"- {plain(sentence)}")
    sources(cite)
    if before.result.test == "flexion-rotation":
        link("figures", t("figures.link"))
    with st.expander(t("before_after.method"), key="method"):
        st.markdown(plain(t("report.method_text")))
    link("report", t("before_after.report"), person=found.person.id, visit=asked_for("visit"))


def _replay(
    found: PersonPage,
    both: tuple[MeasurementRecord, MeasurementRecord],
    curves: list[Frames | None],
    names: tuple[str, str],
    t: Wording,
) -> None:
    """Both played in step; at first each stands at its hold."""
    st.header(t("page.replay"), anchor=False)
    played = [
        replay.of_record(
            record, frames, t("records.said", name=t(f"chart.{name}"), value=replay.when(found, record, t))
        )
        for name, record, frames in zip(names, both, curves, strict=True)
    ]
    replay.stage(played, t)


def _comparable(comparison: Comparison, t: Wording) -> None:
    alike = comparison.comparability
    said = plain(" ".join(comparability_sentences(alike, t)))
    if not alike.comparable:
        st.warning(said, icon=":material/compare_arrows:")
    elif alike.unknown or alike.remarks:
        st.info(said)
    else:
        st.caption(said)


def _change(comparison: Comparison, header: list[str], t: Wording) -> None:
    st.header(t("before_after.change"), anchor=False)
    for side in comparison.sides:
        st.markdown(f"- {plain(change_sentence(side, t))}")
    table(t("before_after.change"), header, change_rows(comparison, t))
    cite = Numbered()
    for sentence in (*map_sentences(comparison, t), *between_sentences(comparison, t, cite)):
        st.caption(plain(sentence))
    sources(cite)
    st.caption(t("before_after.no_verdict"))


def _trials(comparison: Comparison, columns: tuple[str, str], t: Wording) -> None:
    """Every trial that counts, at both times."""
    rows = []
    for side in comparison.sides:
        for number, both in enumerate(zip_longest(side.before.trials, side.after.trials), 1):
            cells = ["–" if trial is None else t.degrees(*trial, bare=True) for trial in both]
            rows.append([f"{t(f'movement_name.{side.movement}')}\N{NO-BREAK SPACE}{number}", *cells])
    table(t("before_after.trials"), [t("before_after.trial"), *columns], rows)


def _felt(first: MeasurementRecord, second: MeasurementRecord, columns: tuple[str, str], t: Wording) -> None:
    """Pain, headache and circumstances at both times."""
    st.header(t("before_after.how"), anchor=False)
    how = (first.conditions, second.conditions)
    noted = [name for name in ENDED if any(getattr(one, name) is not None for one in how)]
    rows = [
        [t(f"field.{name}"), *(in_words(name, getattr(one, name), t) for one in how)] for name in (*FELT, *HOW, *noted)
    ]
    levels = [in_words("level", one.level, t) for one in how]
    rows += [[t("field.suspected_level"), *levels]] if any(one.level for one in how) else []
    table(t("before_after.how"), [t("before_after.noted"), *columns], rows)


def _treatments(found: PersonPage, first: MeasurementRecord, second: MeasurementRecord, t: Wording) -> None:
    """Treatments between the dates of the two measurements."""
    between = treatments_between(found, first, second)
    if between:
        st.header(t("before_after.treatments"), anchor=False)
        lines = []
        for x in between:
            detail = treatment_detail(x, t)
            done = plain(option("kind", x.kind, t) + (f" ({detail})" if detail else ""))
            said = t("records.said", name=t.short_day(x.on), value=done)
            if x.started_at is not None and noted_after(x, first, second):
                said = t("before_after.noted_after", said=said, at=f"{x.started_at.astimezone():%H:%M}")
            lines.append(f"- {said}")
        st.markdown("\n".join(lines))
