"""The content of the report: in plain words for the patient; with numbers, method and sources for the referrer."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

from romcheck import __version__
from romcheck.change import compare, counted, flexion_held, side_range
from romcheck.clinical import Occasion, Outcome
from romcheck.i18n.wording import Wording
from romcheck.reports.before_after import before_after_words, draw_before_after
from romcheck.reports.data import ReportData
from romcheck.reports.first_lines import at_rest, first_lines
from romcheck.reports.of_course import medicine_sentences, outcome_figures
from romcheck.reports.over_time import draw_over_time, over_time_words, trends
from romcheck.reports.position import error_heads, error_rows, trial_text
from romcheck.reports.saving import chart_bytes
from romcheck.reports.sentences import (
    Numbered,
    between_sentences,
    change_columns,
    change_rows,
    change_sentence,
    comparability_sentences,
    days_between,
    days_sentences,
    doubt_sentences,
    facts_beside,
    fall_sentences,
    felt_sentences,
    headache_sentences,
    map_sentences,
    pair_columns,
    pair_title,
    published_sentence,
    range_words,
    single_sentences,
    treatment_detail,
)
from romcheck.reports.typst.page import (
    Block,
    Room,
    blank,
    bullets,
    chart,
    facts,
    framed,
    heading,
    lead,
    paragraph,
    small,
    table,
)
from romcheck.reports.typst.printable import can_print, printable
from romcheck.results import UNSURE_DEG, MovementName, Result

CHART_WIDTH_IN = 6.85
"""Width of the line on A4; on Letter the drawing is slightly larger."""

OUTCOMES = ("headache_days", "intensity", "hours", "medication_days", "ndi", "hit6", "global_change")
PER_28 = {"headache_days": "headache_days_per_28", "medication_days": "medication_days_per_28"}


def patient_blocks(data: ReportData, room: Room, words: Wording) -> list[Block]:
    """Page for the patient: the findings, whether they exceed the noise, and explanations."""
    after = data.after
    blocks = [facts(_person(data, room, words, brief=True))]
    blocks.append(heading(words("report.in_short")))
    blocks += _main_change(data, words)
    if after is None:
        said, remarks = single_sentences(data.before.result, words), []
    else:
        comparison = compare(data.before, after, data.own_days)
        if not comparison.comparability.comparable:
            blocks.append(framed(comparability_sentences(comparison.comparability, words)[0]))
        said = days_sentences(data.before, after, words)
        said += [change_sentence(side, words) for side in comparison.sides]
        said += felt_sentences(data.before.conditions, after.conditions, words)
        said += between_sentences(comparison, words)
        alike = comparison.comparability
        doubt = alike.comparable and (alike.unknown or alike.remarks)
        remarks = comparability_sentences(alike, words) if doubt else []
    said += doubt_sentences(data.compared, words)
    said += fall_sentences(trends(data.series, data.treatments), words) if len(data.series) > 1 else []
    blocks += bullets([*said, *headache_sentences(data.headaches, words), *remarks])
    blocks += _charts(data, room, words, headings=True)[-2:]  # of two charts, the one over months
    blocks += _treatments(data, room, words)
    blocks += bullets([printable(told) for told in (*data.course, *medicine_sentences(data.medicine, words))])
    blocks.append(heading(words("report.know")))
    test = data.before.result.test
    compares = after is not None or len(data.series) > 1 or test == "joint-position"
    know = [
        of_test("report.ask", data, words) if compares else words("report.ask_once"),
        *([words("errors.poor")] if test == "joint-position" else []),
    ]
    blocks += bullets([*know, *facts_beside(test, data.latest.conditions, words)[1:]])
    blocks += _notes(data, room, words)
    return blocks


def _main_change(data: ReportData, words: Wording) -> list[Block]:
    """For the patient: the change from first to latest measurement, if the two compared are from the same day."""
    quiet, after = at_rest(data), data.after
    if after is None or len(quiet) < 2 or days_between(data.before, after):
        return []
    first, now = quiet[0], quiet[-1]
    comparison = compare(first, now, data.own_days)
    if not days_between(first, now) or not comparison.comparability.comparable:
        return []
    days = {name: words.day(o.on) for name, o in (("a", first), ("b", now))}
    return [
        paragraph(words("report.from_first", **days)),
        *bullets([change_sentence(side, words) for side in comparison.sides]),
        paragraph(words("report.on_the_day", day=words.day(after.on))),
    ]


def referrer_blocks(data: ReportData, room: Room, words: Wording) -> list[Block]:
    """Page for the referrer: numbers with uncertainty, every trial, conditions, method, sources, version."""
    after, how = data.after, data.latest.conditions
    test = data.before.result.test
    comparison = None
    blocks = [facts([*_person(data, room, words), *_how(data, room, words)])]
    blocks.append(heading(words("report.at_a_glance")))
    blocks += bullets(first_lines(data, words))
    blocks += _charts(data, room, words, headings=False)
    if after is not None:
        comparison = compare(data.before, after, data.own_days)
        alike = comparability_sentences(comparison.comparability, words)
        sentence = " ".join((*alike, *days_sentences(data.before, after, words)))
        comparable = comparison.comparability.comparable
        blocks.append(heading(pair_title(data.before, after, words)))
        blocks.append(paragraph(sentence) if comparable else framed(sentence))
        rows = [*change_rows(comparison, words), *_side_difference(data, words)]
        blocks.append(table(change_columns(data.before, after, words), rows, (0, 0, 0, 0, 0, 0, 1), right=5))
        occasions = list(zip(pair_columns(data.before, after, words), (data.before, after), strict=True))
    else:
        blocks.append(heading(words("report.measured")))
        rows = [
            [words(f"movement_name.{m.movement}"), range_words(m, words)]
            for m in (side_range(data.before.result, s.movement) for s in data.before.result.summary)
        ]
        rows += [row[:2] for row in _side_difference(data, words)]
        blocks.append(table([words("report.col_movement"), words("report.col_value")], rows, (0, 1)))
        occasions = [(words("report.col_value"), data.before)]
    blocks.append(_numbers(occasions, words))
    for name, occasion in occasions:
        if occasion.result.position_errors:
            rows = error_rows(occasion.result.position_errors, words)
            heads = [words("errors.of", name=name), *error_heads(words)[1:]]
            blocks.append(table(heads, rows, (0, 0, 1, 1, 1)))
            blocks.append(small(words("errors.signs")))
    blocks += _not_counted(occasions, words)
    blocks += bullets(doubt_sentences(data.compared, words))
    falls = fall_sentences(trends(data.series, data.treatments), words) if len(data.series) > 1 else []
    blocks += bullets([*falls, *headache_sentences(data.headaches, words)])
    blocks += _outcomes(data, words)
    cite = Numbered()
    blocks += _course(data, words, cite)
    blocks += _under_headings_inline([*_treatments(data, room, words), *_notes(data, room, words)], words)
    blocks.append(heading(words("report.method")))
    blocks.append(small(of_test("report.method_text", data, words)))
    published = [
        *([] if comparison is None else map_sentences(comparison, words)),
        *([] if comparison is None else between_sentences(comparison, words, cite)),
        published_sentence(data.latest, data.age_years, words, cite),
        *facts_beside(test, how, words, cite)[1:],
    ]
    blocks.append(small(" ".join(published)))
    if cite.listed():
        blocks.append(small(words("report.sources", list=words.listed(cite.listed()))))
    return blocks


def _under_headings_inline(blocks: list[Block], words: Wording) -> list[Block]:
    """Turn headings with their paragraphs into paragraphs that begin with the heading, to save space."""
    out: list[Block] = []
    for block in blocks:
        if out and out[-1]["kind"] == "heading" and block["kind"] == "text":
            out[-1] = lead(words("report.lead", name=out[-1]["text"]), block["text"])
        else:
            out.append(block)
    return out


BLOCKS: dict[str, Callable[[ReportData, Room, Wording], list[Block]]] = {
    "patient": patient_blocks,
    "referrer": referrer_blocks,
}


def of_test(key: str, data: ReportData, words: Wording) -> str:
    """A sentence of the report, the one of its test where the general one does not fit it."""
    own = f"{key}.{data.before.result.test}"
    return words(own if own in words else key)


def footer(kind: str, words: Wording) -> list[str]:
    """Left and right part of the page's footer."""
    left = "report.measures_referrer" if kind == "referrer" else "report.measures"
    return [words(left), words("report.version", version=__version__)]


def shortened(text: str, letters: int, words: Wording) -> str:
    """Text in one line, cut between words where it is too long, with a mark."""
    text = printable(text)
    if len(text) <= letters:
        return text
    kept = text[:letters]
    # A text without spaces is cut anywhere.
    kept = kept.rsplit(" ", 1)[0] if " " in kept[letters // 2 :] else kept
    return f"{kept} … {words('report.shortened')}"


def _person(data: ReportData, room: Room, words: Wording, brief: bool = False) -> list[tuple[str, str]]:
    who = shortened(data.code, room.letters, words)
    if data.name and can_print(data.name):
        who = f"{shortened(data.name, room.letters, words)} ({who})"
    if data.birth_year is not None and not brief:
        who += f", {words('report.born', year=str(data.birth_year))}"
    if data.headache_side is not None and not brief:
        who += f", {words('report.age_side', side=words(f'headache_side.{data.headache_side}'))}"
    days = list(dict.fromkeys(o.on for o in data.compared))
    dated = words("report.date" if len(days) == 1 else "report.dates")
    return [
        (words("report.person"), who),
        (words("report.test"), words(f"title.{data.before.result.test}")),
        (dated, " – ".join(words.day(day) for day in days)),
    ]


def _how(data: ReportData, room: Room, words: Wording) -> list[tuple[str, str]]:
    """How it was measured; where the earlier of two was measured otherwise, both, the earlier first."""

    def camera(occasion: Occasion) -> str:
        of, named = occasion.result.camera, occasion.conditions.camera
        told = f"{of.width} × {of.height}, {words(f'report_lens.{of.known}')}"
        return f"{shortened(named, room.letters // 2, words)}, {told}" if named else told

    def software(occasion: Occasion) -> str:
        used = occasion.result.software
        return f"romcheck {used.romcheck}, {used.engine} {used.engine_version}"

    def both(told: Callable[[Occasion], str]) -> str:
        return " – ".join(dict.fromkeys(map(told, data.compared)))

    return [
        (words("report.mode"), both(lambda o: words(f"mode.{o.conditions.mode or 'unknown'}"))),
        (words("report.posture"), both(lambda o: words(f"posture.{o.conditions.posture or 'unknown'}"))),
        (words("report.moved_by"), both(lambda o: words(f"moved_by.{_moved_by(o)}"))),
        (words("report.camera"), both(camera)),
        (words("report.software"), both(software)),
    ]


def _moved_by(occasion: Occasion) -> str:
    how = occasion.conditions
    return "self" if how.mode == "active" else how.moved_by or "unknown"


def _numbers(occasions: list[tuple[str, Occasion]], words: Wording) -> Block:
    """Every trial of every side, with pain and headache: one row per measurement."""
    movements = list(dict.fromkeys(s.movement for _, o in occasions for s in o.result.summary))
    columns = [(words("report.col_trials", name=words(f"movement_name.{m}")), _trials_of(m, words)) for m in movements]
    if any(flexion_held(o.result) is not None for _, o in occasions):
        columns.append((words("report.flexion_held"), lambda o: words.angle(flexion_held(o.result), 0)))
    columns.append((words("report.pain"), lambda o: _told(o.conditions.pain_now, words)))
    columns.append((words("report.headache"), lambda o: _yes_or_no(o.conditions.headache_now, words)))
    if any(o.conditions.minutes_since_treatment is not None for _, o in occasions):
        columns.append((words("report.minutes"), _minutes_of(words)))
    rows = [[name, *(cell(o) for _, cell in columns)] for name, o in occasions]
    widths = [0.0, *[2.2] * len(movements), *[1.0] * (len(columns) - len(movements))]
    return table([words("report.col_what"), *(name for name, _ in columns)], rows, widths)


def _trials_of(movement: MovementName, words: Wording) -> Callable[[Occasion], str]:
    return lambda occasion: _trials(occasion.result, movement, words)


def _minutes_of(words: Wording) -> Callable[[Occasion], str]:
    def minutes(occasion: Occasion) -> str:
        passed = occasion.conditions.minutes_since_treatment
        return "–" if passed is None else words.short_number(round(passed, 1))

    return minutes


def _told(value: float | None, words: Wording) -> str:
    return words("answer.unknown") if value is None else words.short_number(value)


def _yes_or_no(value: bool | None, words: Wording) -> str:
    return words("answer.unknown") if value is None else words(f"answer.{'yes' if value else 'no'}")


def _trials(result: Result, movement: MovementName, words: Wording) -> str:
    side = side_range(result, movement)
    trials = [m for m in counted(result, movement) if m.angle_deg is not None]
    listed = " · ".join(trial_text(m, words, bare=True) for m in trials[:8]) or words("words.not_measured")
    more = " …" * (len(trials) > 8)
    # That of returns is of their sizes; of the errors as listed here, it is the variable error.
    spread = None if side.unsure or any(m.error_deg is not None for m in trials) else side.sd_deg
    deviation = words("report.deviation", value=words.angle(spread)) if spread is not None else ""
    return f"{listed}{more}" + (f" ({deviation})" if deviation else "")


def _side_difference(data: ReportData, words: Wording) -> list[list[str]]:
    told = []
    for occasion in (data.before, data.after):
        found = occasion.result.differences[:1] if occasion is not None else ()
        if not found:
            told.append("–")
        elif found[0].uncertainty_deg > UNSURE_DEG:
            told.append(words("words.too_unsure"))
        else:
            told.append(f"{words.signed(found[0].left_minus_right_deg)} ± {words.angle(found[0].uncertainty_deg)}")
    return [] if told == ["–", "–"] else [[words("report.side_difference"), *told, "", "", "", ""]]


def _not_counted(occasions: list[tuple[str, Occasion]], words: Wording) -> list[Block]:
    """Trials that were rejected, with their reasons."""
    told = [
        words(
            "report.not_counted_one",
            movement=words(f"movement_name.{m.movement}"),
            trial=str(m.trial),
            which=name.lower(),
            reasons=", ".join(words(f"reason.{code}") if f"reason.{code}" in words else code for code in m.reasons),
        )
        for name, o in occasions
        for m in o.result.movements
        if m.quality == "rejected"
    ]
    return [small(words("report.not_counted", list=words.listed(told[:6]) + " …" * (len(told) > 6)))] if told else []


def _charts(data: ReportData, room: Room, words: Wording, headings: bool) -> list[Block]:
    """Charts, each with a heading unless it follows its table directly."""
    blocks: list[Block] = []

    def add(title: str, height_in: float, told: str, draw: Callable[[float, float], Figure]) -> None:
        if headings:
            blocks.append(heading(title))
        size = (CHART_WIDTH_IN / room.chart_zoom, height_in / room.chart_zoom)
        svg = blank(*size) if room.draft else chart_bytes(draw(*size), "svg", title, told, outlined=True)
        blocks.append(chart(svg, told or title))  # an empty drawing needs a text alternative too

    add(
        words("report.measured") if data.after is None else pair_title(data.before, data.after, words),
        room.chart_in,
        before_after_words(data.before, data.after, words, data.own_days),
        lambda *size: draw_before_after(data.before, data.after, words, *size),
    )
    if len({o.on for o in data.series}) > 1:
        add(
            words("report.over_time"),
            room.trend_in,
            over_time_words(sorted(data.series, key=lambda o: o.on)[-12:], words),
            lambda *size: draw_over_time(data.series, data.treatments, words, data.age_years, *size),
        )
    return blocks


def _treatments(data: ReportData, room: Room, words: Wording) -> list[Block]:
    newest = sorted(data.treatments, key=lambda t: t.on, reverse=True)
    if not newest:
        return []
    listed = []
    for t in newest[: room.treatments]:
        detail = shortened(treatment_detail(t, words), room.letters, words)
        kind = words(f"treatment.{t.kind}")
        kind = f"{words('report.lead', name=kind)} {detail}" if detail else kind
        listed.append(f"{words.short_day(t.on)}, {kind}")
    more = len(newest) - room.treatments
    if more > 0:
        listed.append(words("report.more_treatments", count=str(more)))
    return [heading(words("report.treatments")), paragraph(f"{words.listed(listed)}.")]


def _outcomes(data: ReportData, words: Wording) -> list[Block]:
    """First and last reported outcomes."""
    told = sorted(data.outcomes, key=lambda o: o.on)
    if not told:
        return []
    chosen = [told[0], told[-1]] if len(told) > 1 else told
    rows = []
    for name in OUTCOMES:
        values = [getattr(o, PER_28.get(name, name)) for o in chosen]
        if any(v is not None for v in values):
            row = ["–" if v is None else words.short_number(v) for v in values]
            rows.append([words(f"report.out_{name}"), *row])
    if not rows:
        return []
    return [_turned(rows, chosen, words)]


def _course(data: ReportData, words: Wording, cite: Numbered) -> list[Block]:
    """Published figures on changes of the outcomes, the plan, goals and medicine, in small print."""
    medicine = medicine_sentences(data.medicine, words, to_patient=False)
    told = [*outcome_figures(data.outcomes, words, cite), *data.course, *medicine]
    return [small(printable(" ".join(told)))] if told else []


def _turned(rows: list[list[str]], chosen: list[Outcome], words: Wording) -> Block:
    """Outcomes as columns, so that the table has two rows instead of seven."""
    keys = ["once_only"] if len(chosen) == 1 else ["col_first", "col_latest"]
    names = [words(f"report.{key}", day=words.short_day(o.on)) for key, o in zip(keys, chosen, strict=True)]
    body = [[name, *(row[i + 1] for row in rows)] for i, name in enumerate(names)]
    return table([words("report.outcomes"), *(row[0] for row in rows)], body, (0, *[1] * len(rows)), right=len(rows))


def _notes(data: ReportData, room: Room, words: Wording) -> list[Block]:
    blocks = []
    if printable(data.notes):
        blocks += [heading(words("report.notes")), paragraph(shortened(data.notes, room.notes, words))]
    if data.name and not can_print(data.name):
        blocks.append(small(words("report.unprintable_name")))
    shown = [
        data.code,
        data.notes,
        *(treatment_detail(t, words) for t in data.treatments),
        data.latest.conditions.camera or "",
    ]
    if data.curves_lost:
        blocks.append(small(words("report.curves_lost")))
    if not all(can_print(text) for text in shown):
        blocks.append(small(words("report.unprintable")))
    return blocks
