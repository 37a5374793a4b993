"""Sentences and table rows about a change, the same on pages and in reports."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from romcheck.change import (
    Comparability,
    Comparison,
    HeadacheCourse,
    Obstacle,
    SideChange,
    SideRange,
    Trend,
    responder_line,
)
from romcheck.change.comparability import FLEXION_APART_DEG, Matter
from romcheck.clinical import Conditions, Occasion, Treatment
from romcheck.i18n.wording import Wording
from romcheck.i18n.words import used
from romcheck.notices import OF_THE_WHOLE, notice_message
from romcheck.published import (
    Citation,
    detectable_changes,
    figure,
    figures_for,
    remarks,
    share,
    why_none,
    why_none_source,
)
from romcheck.results import FLEXED_LEAST_DEG, Movement, Result, Test

Cite = Callable[[Citation], str]
"""How a source is named in a sentence."""


class Numbered:
    """Cites sources by number, in the order of their first citation."""

    def __init__(self) -> None:
        self._sources: list[Citation] = []

    def __call__(self, source: Citation) -> str:
        """Number of a source."""
        if source not in self._sources:
            self._sources.append(source)
        return str(self._sources.index(source) + 1)

    @property
    def sources(self) -> list[Citation]:
        """The sources in the order of their numbers."""
        return list(self._sources)

    def listed(self) -> list[str]:
        """Every source cited, with its number and its DOI, PMID or address."""
        return [f"({i}) {source.cite}, {source.link}" for i, source in enumerate(self._sources, 1)]


def in_full(source: Citation) -> str:
    """Authors, journal and year, and its address."""
    return f"{source.cite}, {source.link}"


def change_sentence(side: SideChange, words: Wording) -> str:
    """One side's change for the patient, in whole degrees: the difference of the two as they are written."""
    name = words(f"movement_name.{side.movement}")
    if side.why_not == "trials_differ":
        return words("change.trials_differ", name=name)
    if side.why_not in ("not_measured", "at_least"):
        return words(f"change.{side.why_not}", name=name)
    if side.unsure:
        return words("change.unsure", name=name)
    a, b = words.angle(side.before.mean_deg, 0), words.angle(side.after.mean_deg, 0)
    if side.why_not == "not_comparable" and (side.before.mean_deg is None or side.after.mean_deg is None):
        return words("change.not_measured", name=name)
    if side.why_not is not None or side.change_deg is None or side.half_width_deg is None:
        return words(f"change.{side.why_not}", name=name, a=a, b=b)
    key = "within" if not side.larger_than_noise else "more" if side.change_deg > 0 else "less"
    whole = abs(round(side.after.mean_deg or 0.0) - round(side.before.mean_deg or 0.0))
    size, noise = words.angle(whole, 0), words.angle(side.half_width_deg, 0)
    if key == "within":
        small = whole < 1
        size = words("change.under_one", angle=words.angle(1, 0)) if small else words("change.about", angle=size)
    days = "" if side.between is None else "_days"
    return words(f"change.{key}{days}", name=name, a=a, b=b, change=size, noise=noise)


def between_sentences(comparison: Comparison, words: Wording, cite: Cite = in_full) -> list[str]:
    """Basis of the day-to-day variation in the intervals, if they include any."""
    between = comparison.between
    if between is None:
        return []
    if between.figure is None:
        return [words("change.between_own", sd=words.angle(between.sd_deg), pairs=str(between.pairs))]
    value = words.angle(between.figure.value, 0 if float(between.figure.value).is_integer() else 1)
    return [words("change.between_published", value=value, cite=cite(between.figure.source))]


def map_sentences(comparison: Comparison, words: Wording) -> list[str]:
    """That both were measured in one map of the head, if a change profits from it."""
    return [words("change.one_map")] if any(side.one_map for side in comparison.sides) else []


def range_words(side: SideRange, words: Wording) -> str:
    """A range with its interval, or why there is no number."""
    if side.mean_deg is None and side.angles_deg:
        return words("words.not_averaged")
    return words.degrees(side.mean_deg, side.half_width_deg, side.at_least)


def single_sentences(result: Result, words: Wording) -> list[str]:
    """Each side of one measurement, in whole degrees."""
    out = []
    for side in result.summary:
        name = words(f"movement_name.{side.movement}")
        trials = used(side, result.movements)
        beyond = any(m.at_least for m in trials)
        if side.reason == "unsure":
            out.append(words("change.unsure_once", name=name, why=_why_unsure(trials, words)))
        elif side.reason == "trials_differ":
            angles = ", ".join(words.degrees(m.angle_deg, m.uncertainty_deg, bare=True, digits=0) for m in trials)
            out.append(words("change.trials_differ_once", name=name, angles=angles))
        elif side.mean_deg is None:
            out.append(words("change.not_measured_once", name=name))
        elif beyond:
            out.append(words("change.once_at_least", name=name, a=words.angle(side.mean_deg, 0)))
        elif side.uncertainty_deg is None:
            out.append(words("change.once_bare", name=name, a=words.angle(side.mean_deg, 0)))
        else:
            a, half = words.angle(side.mean_deg, 0), words.angle(side.uncertainty_deg, 0)
            key = "change.once_off" if result.position_errors else "change.once"
            out.append(words(key, name=name, a=a, half=half))
    return out


def _why_unsure(trials: Sequence[Movement], words: Wording) -> str:
    """In parentheses what made the trials uncertain; empty where it is the interval alone."""
    codes = dict.fromkeys(code for m in trials for code in m.reasons if code != "unsure" and f"reason.{code}" in words)
    return f" ({words.listed([words(f'reason.{code}') for code in codes])})" if codes else ""


def days_between(before: Occasion, after: Occasion) -> int:
    """Days between two measurements."""
    return abs((after.on - before.on).days)


def days_sentences(before: Occasion, after: Occasion, words: Wording) -> list[str]:
    """A remark if the two measurements are not from the same day."""
    days = days_between(before, after)
    return [words("change.days_between", count=days)] if days else []


def pair_names(before: Occasion, after: Occasion) -> tuple[str, str]:
    """How the two are called in texts: before and after belong to one day; else the earlier and the later one."""
    if before.on == after.on:
        return "before", "after"
    return ("earlier", "later") if before.on < after.on else ("later", "earlier")


def pair_title(before: Occasion, after: Occasion, words: Wording) -> str:
    """Heading of a comparison."""
    return words("report.before_after" if before.on == after.on else "report.two_days")


def pair_columns(before: Occasion, after: Occasion, words: Wording) -> tuple[str, str]:
    """Headings of the two in a table."""
    first, second = (words(f"report.col_{name}") for name in pair_names(before, after))
    return first, second


def change_columns(before: Occasion, after: Occasion, words: Wording) -> list[str]:
    """Headings of `change_rows`."""
    rest = (words(f"report.col_{name}") for name in ("change", "interval", "noise", "verdict"))
    return [words("report.col_movement"), *pair_columns(before, after, words), *rest]


def change_rows(comparison: Comparison, words: Wording) -> list[list[str]]:
    """Rows under `change_columns`: both ranges, the change with its interval, the noise and the verdict."""
    return [_row(side, words) for side in comparison.sides]


def _row(side: SideChange, words: Wording) -> list[str]:
    ranges = [range_words(r, words) for r in (side.before, side.after)]
    name = words(f"movement_name.{side.movement}")
    stated = side.change_deg is not None
    change = words.signed(side.change_deg) if side.change_deg is not None else "–"
    if not stated or side.interval_deg is None or side.half_width_deg is None:
        return [name, *ranges, change, "–", "–", words(f"change.verdict_{side.why_not}")]
    if side.unsure:
        return [name, *ranges, "–", "–", "–", words("change.verdict_unsure")]
    low, high = side.interval_deg
    verdict = words("change.verdict_larger" if side.larger_than_noise else "change.verdict_within")
    return [
        name,
        *ranges,
        change,
        f"{words.signed(low)} … {words.signed(high)}",
        words.angle(side.half_width_deg),
        verdict,
    ]


def comparability_sentences(alike: Comparability, words: Wording) -> list[str]:
    """Whether the two can be compared: differences, unknown conditions, or that all conditions were the same."""
    if alike.obstacles:
        matters = ", ".join(_obstacle(o, words) for o in alike.obstacles)
        return [words("change.cannot", matters=matters)]
    remarks = [words(f"change.remark.{name}") for name in alike.remarks]
    if alike.unknown:
        return [words("change.unknown", matters=", ".join(_matter(m, words) for m in alike.unknown)), *remarks]
    return remarks or [words("change.same")]


def _matter(matter: Matter, words: Wording) -> str:
    """A condition that must be the same, with its limits."""
    return words(f"matter.{matter}", least=FLEXED_LEAST_DEG, apart=FLEXION_APART_DEG)


def _obstacle(obstacle: Obstacle, words: Wording) -> str:
    """What differed and, if it can be named, from what to what."""
    name = _matter(obstacle.matter, words)
    section = {"test": "title"}.get(obstacle.matter, obstacle.matter)
    told = [f"{section}.{value}" for value in (obstacle.before, obstacle.after)]
    if obstacle.matter == "flexion":
        return f"{name} ({obstacle.before} → {obstacle.after})"
    return f"{name} ({words(told[0])} → {words(told[1])})" if all(key in words for key in told) else name


def felt_sentences(before: Conditions, after: Conditions, words: Wording) -> list[str]:
    """Pain and headache at both times, where both were noted, and the minutes since the treatment."""
    said = []
    if before.pain_now is not None and after.pain_now is not None:
        said.append(words("change.pain", a=words.short_number(before.pain_now), b=words.short_number(after.pain_now)))
    if before.headache_now is not None and after.headache_now is not None:
        a, b = (words(f"answer.{'yes' if now else 'no'}") for now in (before.headache_now, after.headache_now))
        said.append(words("change.headache", a=a, b=b))
    if after.minutes_since_treatment is not None:
        minutes = round(after.minutes_since_treatment, 1)
        said.append(words("change.minutes", minutes=words.short_number(minutes), count=math.ceil(minutes)))
    return said


def facts_beside(test: Test, how: Conditions, words: Wording, cite: Cite = in_full) -> list[str]:
    """Published facts shown with any change of the flexion-rotation test, with their sources."""
    if test != "flexion-rotation":
        return []
    mdc, placebo, headache = figure("frt_mdc"), figure("placebo_at_once"), figure("headache_during_test")
    said = [
        words("fact.mdc", value=words.angle(mdc.value, 0), who=mdc.who[words.language], cite=cite(mdc.source)),
        words(
            "fact.placebo",
            value=words.signed(placebo.value, 0),
            sd=words.angle(placebo.sd, 0),
            cite=cite(placebo.source),
        ),
        words("fact.headache", value=words.angle(abs(headache.value), 0), cite=cite(headache.source)),
    ]
    if (how.mode, how.posture) != ("passive", "supine"):
        said.append(words("fact.elsewhere"))
    return said


def published_sentence(occasion: Occasion, age_years: float | None, words: Wording, cite: Cite = in_full) -> str:
    """Published figures for this way of testing (people without symptoms, cut-offs), or why there are none."""
    test, how = occasion.result.test, occasion.conditions
    figures = figures_for(test, how.mode, how.posture, age_years)
    none = why_none(test, how.mode, how.posture, age_years, words.language)
    listed = []
    for f in [f for f in figures if f.band or f.kind in ("cut-off", "target")]:
        key = {"cut-off": "report.published_cut", "target": "report.published_target"}.get(
            f.kind, "report.published_one"
        )
        value = words.angle(f.value, 0 if float(f.value).is_integer() else 1)
        value += f" ({words('report.deviation', value=words.angle(f.sd))})" if f.sd is not None else ""
        who = f.who[words.language]
        who += f", n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{f.n}" if f.n is not None else ""
        who += f", {f.device[words.language]}" if f.kind == "target" else ""
        listed.append(words(key, value=value, who=who, cite=cite(f.source)))
    said = []
    if none is not None:
        said.append(none)
        if (printed := why_none_source(test, how.mode, how.posture, age_years)) is not None:
            said.append(words("report.published_where", cite=cite(printed)))
    if listed:
        said.append(words("report.published_some", list=words.listed(listed)))
        if any(f.band for f in figures):
            said.append(words("report.age_note"))
    said += [f"{one.text[words.language]} ({cite(one.source)})" for one in remarks(test)]
    changes = [
        words(
            "report.published_mdc",
            value=words.angle(f.value, 0 if float(f.value).is_integer() else 1),
            who=f.who[words.language],
            device=f.device[words.language],
            cite=cite(f.source),
        )
        for f in detectable_changes(test)
    ]
    if changes:
        text = words.listed(changes)
        said.append(f"{text[0].upper()}{text[1:]}.")
    return " ".join(said)


def headache_sentences(course: HeadacheCourse, words: Wording, cite: Cite = in_full) -> list[str]:
    """Headache days before treatment and now, where they come from, and whether the plan is to be reviewed."""

    def count(days: float) -> str:
        return words.short_number(round(days, 1))

    start, now = course.baseline_days, course.latest_days
    if now is None or course.latest_on is None:
        return []
    b, b_from, on = count(now), words(f"report.headache_from.{course.latest_from}"), words.day(course.latest_on)
    if start is None or course.fall_share is None:
        return [words("report.headache_now", b=b, b_from=b_from, on=on)]
    a, a_from = count(start), words(f"report.headache_from.{course.baseline_from}")
    half = count(responder_line(start))
    if course.fall_share > 0:
        percent = words.percent(course.fall_share)
        said = [
            words("report.headache_fall", a=a, b=b, a_from=a_from, b_from=b_from, on=on, percent=percent, line=half)
        ]
        usual = share("half_fewer_in_practice")
        said.append(words("report.headache_natural", percent=words.percent(usual.value), cite=cite(usual.source)))
    else:
        said = [words("report.headache_rise", a=a, b=b, a_from=a_from, b_from=b_from, on=on, line=half)]
    told = (course.told_baseline_days, course.told_latest_days)
    for name, kept, days in zip(("before", "now"), (start, now), told, strict=True):
        if days is not None and count(days) != count(kept):
            said.append(words(f"report.headache_told.{name}", told=count(days)))
    if course.review_plan:
        said.append(words("report.review", visits=str(course.treatment_days)))
    return said


def fall_sentences(lines: Sequence[Trend], words: Wording) -> list[str]:
    """Lasting falls, worth a look."""
    return [
        words(
            "change.worth_a_look",
            name=words(f"movement_name.{line.movement}"),
            day=words.day(line.fall.since),
            change=words.angle(line.fall.level_deg - line.fall.now_deg, 0),
        )
        for line in lines
        if line.fall is not None
    ]


def treatment_detail(treatment: Treatment, words: Wording) -> str:
    """Level, side, repetitions and technique, as far as recorded."""
    side = "" if treatment.side is None else words(f"headache_side.{treatment.side}")
    times = "" if treatment.repetitions is None else f"{treatment.repetitions} ×"
    parts = [level_words(treatment.level, words), side, times, treatment.dose]
    if treatment.thrust is not None:
        parts.append(words("treatment_detail.thrust", direction=words(f"thrust.{treatment.thrust}")))
    if treatment.strap:
        parts.append(words("treatment_detail.strap"))
    if treatment.combined:
        kinds = ", ".join(words(f"treatment.{kind}") for kind in treatment.combined.split())
        parts.append(words("treatment_detail.combined", list=kinds))
    return ", ".join(part for part in parts if part)


def level_words(level: str, words: Wording) -> str:
    """A level from the list in words; a typed one unchanged."""
    key = f"treated_level.{level}"
    return words(key) if key in words else level


def doubt_sentences(occasions: Sequence[Occasion], words: Wording) -> list[str]:
    """What puts whole measurements in doubt; once where it is the same of both."""
    found = (told for occasion in occasions for told in occasion.result.notices if told.code in OF_THE_WHOLE)
    return list(dict.fromkeys(words.say(notice_message(told)) for told in found))
