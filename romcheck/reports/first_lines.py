"""The first lines of a report: the smaller side, first to latest, the change of the day, pain, and the screening."""

from __future__ import annotations

from dataclasses import replace

from romcheck.change import Comparison, SideChange, compare
from romcheck.clinical import Occasion
from romcheck.i18n.wording import Wording
from romcheck.reports.asked import ending_sentences
from romcheck.reports.data import ReportData
from romcheck.reports.position import interval_text
from romcheck.reports.sentences import comparability_sentences, days_between
from romcheck.results import UNSURE_DEG


def at_rest(data: ReportData) -> list[Occasion]:
    """Measurements of the test that were not taken right after a treatment, oldest first."""
    known = {id(o.result): o for o in (*data.series, data.before, *([data.after] if data.after else []))}
    return sorted((o for o in known.values() if not o.conditions.right_after), key=lambda o: o.on)


def first_lines(data: ReportData, words: Wording, *, places: bool = True) -> list[str]:
    """The lines in order; unknown items are stated or left out.

    Parameters
    ----------
    places : whether to include where a headache came on, which is free text
    """
    quiet = at_rest(data)
    now = quiet[-1] if quiet and quiet[-1].on >= data.latest.on else data.latest
    lines = [*_smaller_side(now, data, words)]
    if len(quiet) > 1 and quiet[0].on != quiet[-1].on:
        lines += changes(compare(quiet[0], quiet[-1], data.own_days), quiet[0], quiet[-1], words)
    if data.after is not None and days_between(data.before, data.after) == 0:
        lines += [
            words("first.today", list=words.listed(_sides(compare(data.before, data.after, data.own_days), words)))
        ]
    if felt := _felt(data.latest, words, places):
        lines.append(f"{_when(data.latest, data, words)}. {' '.join(felt)}")
    return [*lines, *data.asked]


def _when(one: Occasion, data: ReportData, words: Wording) -> str:
    """The day, and whether before or after the treatment of that day."""
    day, timing = words.short_day(one.on), one.conditions.timing
    if timing == "none" and data.after is not None and data.before.on == data.after.on == one.on:
        timing = "before" if one is data.before else "after" if one is data.after else timing
    return day if timing == "none" else words(f"first.{timing}", day=day)


def changes(comparison: Comparison, first: Occasion, latest: Occasion, words: Wording) -> list[str]:
    """Change from first to latest on both sides, or why there is none."""
    a, b = (words.short_day(o.on) for o in (first, latest))
    alike = comparison.comparability
    if not alike.comparable:
        return [words("first.not_comparable", a=a, b=b, why=comparability_sentences(alike, words)[0])]
    return [words("first.months", a=a, b=b, list=words.listed(_sides(comparison, words)))]


def _sides(comparison: Comparison, words: Wording) -> list[str]:
    return [_side(side, words) for side in comparison.sides]


def _side(side: SideChange, words: Wording) -> str:
    name = words(f"movement_name.{side.movement}")
    if side.change_deg is None or side.interval_deg is None or side.unsure:
        why = "unsure" if side.unsure else side.why_not
        if why == "one_trial":
            a, b = words.angle(side.before.mean_deg), words.angle(side.after.mean_deg)
            return words("first.side_one_trial", name=name, a=a, b=b)
        return words("first.side_unknown", name=name, verdict=words(f"change.verdict_{why}"))
    low, high = side.interval_deg
    return words(
        "first.side",
        name=name,
        a=words.angle(side.before.mean_deg),
        b=words.angle(side.after.mean_deg),
        change=words.signed(side.change_deg),
        low=words.signed(low),
        high=words.signed(high),
        verdict=words("change.verdict_larger" if side.larger_than_noise else "change.verdict_within"),
    )


def _smaller_side(now: Occasion, data: ReportData, words: Wording) -> list[str]:
    """Which side turns less and by how much, and whether the headache is on it; of returns how far off they were."""
    found = now.result.differences[:1]
    day = _when(now, data, words)
    if now.result.position_errors:
        size = interval_text(now.result.position_errors[-1].absolute, "deg", words)
        return [words("first.position", day=day, size=size), *_headache_side(None, data, words)]
    if not found or found[0].uncertainty_deg > UNSURE_DEG:
        return [words("first.no_difference_known", day=day), *_headache_side(None, data, words)]
    value, half = found[0].left_minus_right_deg, found[0].uncertainty_deg
    size = f"{words.angle(abs(value))} ± {words.angle(half)}"
    if abs(value) <= half:
        return [words("first.alike", day=day, size=size), *_headache_side(None, data, words)]
    side = "left" if value < 0 else "right"
    return [words(f"first.smaller_{side}", day=day, size=size), *_headache_side(side, data, words)]


def _headache_side(side: str | None, data: ReportData, words: Wording) -> list[str]:
    if data.headache_side in (None, "none"):
        return [words("first.headache_unknown" if data.headache_side is None else "first.headache_none")]
    if side is not None and data.headache_side in ("left", "right"):
        return [words("first.headache_same" if data.headache_side == side else "first.headache_other")]
    return [words("first.headache", side=words(f"headache_side.{data.headache_side}"))]


def _felt(latest: Occasion, words: Wording, places: bool) -> list[str]:
    how = latest.conditions
    if not places:
        how = replace(how, familiar_where_left=None, familiar_where_right=None)
    said = []
    if how.pain_after is not None:
        before = words("answer.unknown") if how.pain_now is None else words.short_number(how.pain_now)
        said.append(words("first.pain", before=before, during=words.short_number(how.pain_after)))
    return said + ending_sentences(how, words)
