"""A study as a table for a paper and in sentences."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import pandas as pd

from romcheck.agreement.study import BETWEEN, FEW, Part, Study
from romcheck.exchange.spreadsheet import frame_csv
from romcheck.i18n.words import MOVEMENT_WORDS, TEST_TITLES
from romcheck.results import MovementName, Test
from romcheck.statistics import Estimate
from romcheck.statistics.limits import limits_of_agreement
from romcheck.statistics.reliability import mdc95


@dataclass(frozen=True)
class Style:
    """How figures are written: decimals of values in the unit of the data, and that unit."""

    digits: int = 1
    unit: str = "°"

    def number(self, value: float) -> str:
        """Value with its decimals and a true minus; a dash for NaN."""
        return _number(value, self.digits)

    def value(self, value: float) -> str:
        """Value with its unit."""
        if math.isnan(value):
            return "–"
        return f"{self.number(value)}{self.unit if self.unit == '°' else f' {self.unit}'.rstrip()}"

    def estimate(self, e: Estimate) -> str:
        """Value with its interval, for a table."""
        return _with_interval(e, self.digits)

    def between(self, e: Estimate) -> str:
        """Interval in words, empty where there is none."""
        return "" if math.isnan(e.low) else f" (95 % interval {self.value(e.low)} to {self.value(e.high)})"


PLAIN = Style()


def frame(study: Study) -> pd.DataFrame:
    """All figures of a study, unrounded, one row per movement; intervals as ``_low`` and ``_high``."""
    rows = []
    for part in study.parts:
        row: dict[str, object] = {"test": part.test, "movement": part.movement, "facet": part.facet, "way": part.way}
        row |= {"minuend": study.a, "subtrahend": study.b, "persons": part.persons}
        if part.limits:
            row |= {"pairs": part.limits.pairs, "sd": part.limits.sd}
            row |= _spread("bias", part.limits.bias)
            row |= _spread("lower_limit", part.limits.lower) | _spread("upper_limit", part.limits.upper)
        # Of values about a person's mean neither is an error between two measurements.
        row |= {"rmse": part.rmse if part.limits else math.nan, "mae": part.mae if part.limits else math.nan}
        if part.reliability:
            r = part.reliability
            row |= _spread("icc_a1", r.agreement) | _spread("icc_c1", r.consistency) | _spread("icc_1", r.one_way)
            row |= _spread("sem", r.sem) | {"sem_agreement": r.sem_agreement}
            if repeats(study):
                row |= _spread("mdc95", _times_mdc(r.sem)) | {"mdc95_agreement": mdc95(r.sem_agreement)}
            row |= {"trials_least": r.trials[0], "trials_most": r.trials[1], "trial_sd": r.trial_sd}
        row |= _spread("slope", part.trend.slope) | _spread("spread_slope", part.trend.spread_slope)
        rows.append(row)
    return pd.DataFrame(rows)


def table(study: Study, style: Style = PLAIN) -> pd.DataFrame:
    """The table for a paper: figures as text, one row per movement."""
    rows = []
    for part in study.parts:
        r, limits = part.reliability, part.limits
        row = {"Movement": name(part), "Persons": str(part.persons)}
        if limits:
            row |= {
                "Pairs": str(limits.pairs),
                "Bias (95 % CI)": style.estimate(limits.bias),
                "SD": style.number(limits.sd),
                "Lower limit (95 % CI)": style.estimate(limits.lower),
                "Upper limit (95 % CI)": style.estimate(limits.upper),
            }
        if r:
            row |= {
                "ICC(A,1) (95 % CI)": _with_interval(r.agreement, 2),
                "ICC(C,1) (95 % CI)": _with_interval(r.consistency, 2),
                "SEM": style.number(r.sem.value),
            }
            if repeats(study):
                row["MDC95"] = style.number(mdc95(r.sem.value))
        if limits:
            row["Slope (95 % CI)"] = _with_interval(part.trend.slope, 2)
        rows.append(row)
    return pd.DataFrame(rows).fillna("–")


def markdown(study: Study, style: Style = PLAIN) -> str:
    """The table in Markdown, with notes."""
    text = table(study, style)
    rows = [list(text.columns), ["---"] + ["---:"] * (len(text.columns) - 1), *text.to_numpy().tolist()]
    lines = [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join([*lines, "", *notes(study, style), ""])


def latex(study: Study, style: Style = PLAIN) -> str:
    """The table in LaTeX (package booktabs), with notes."""
    text = table(study, style)
    lines = [" & ".join(map(_tex, row)) + r" \\" for row in [list(text.columns), *text.to_numpy().tolist()]]
    head = ["% Needs \\usepackage{booktabs}", r"\begin{tabular}{l" + "r" * (len(text.columns) - 1) + "}", r"\toprule"]
    body = [lines[0], r"\midrule", *lines[1:], r"\bottomrule", r"\end{tabular}"]
    return "\n".join([*head, *body, "", *(_tex(note) + r"\par" for note in notes(study, style)), ""])


def notes(study: Study, style: Style = PLAIN) -> list[str]:
    """Notes on the figures and the sources of their formulae."""
    unit = f"Values in {'degrees' if style.unit == '°' else style.unit}. " if style.unit else ""
    ways = {part.way for part in study.parts}
    text = f"{unit}Difference: {study.a} minus {study.b}. " if study.b else unit
    if any(averaged(study, part) for part in study.parts):
        text += f"Several trials of one {study.over} were averaged: all figures are those of such means. "
    if any(part.limits for part in study.parts):
        sd = "2" if study.intervals == "1986" else "1.96"
        text += f"Limits: 95 % limits of agreement, bias ∓ {sd} SD. "
    if "one pair" in ways:
        text += {
            "exact": "Intervals of the limits: exact, each limit by itself (Carkeet 2015). ",
            "1999": "Intervals of the limits: approximate (Bland & Altman 1999). ",
            "1986": "Intervals of the limits: approximate (Bland & Altman 1986). ",
        }[study.intervals]
    if "together" in ways:
        text += "Several pairs per person: variances between and within persons (Bland & Altman 2007). "
    if "separate" in ways:
        text += "Several trials per person with each method: variance of persons' means, corrected for averaging "
        text += "(Bland & Altman 1999, section 5). "
    if ways & {"together", "separate"}:
        figures = "ICC, SEM, MDC95 and slope" if repeats(study) else "ICC, SEM and slope"
        text += f"Intervals of these limits: Zou 2013. {figures}: of persons' means. "
    if any(part.reliability and not part.reliability.complete for part in study.parts):
        text += "Values are missing: variance components by restricted maximum likelihood (Patterson & Thompson 1971), "
        text += "intervals of ICC from the profile likelihood. "
    if "two facets" in ways:
        text += "Raters and visits: seven variance components (Shavelson & Webb 1991; Eliasziw et al. 1994), "
        text += "generalised intervals (Weerahandi 1993). "
    text += (
        "ICC: McGraw & Wong 1996; (A,1) counts a systematic difference as error, (C,1) does not. SEM: √MSE (Weir 2005)"
    )
    text += "; MDC95: 1.96·√2·SEM. " if repeats(study) else ". "
    if study.b:
        text += "Slope: of the difference on the mean."
    return [text.strip()]


def repeats(study: Study) -> bool:
    """Whether one method was repeated: two methods say nothing about the change one of them can detect."""
    return study.kind == "reliability" and study.over != "method"


def averaged(study: Study, part: Part) -> bool:
    """Whether the values are means of several trials, so that no figure holds for a single one."""
    return study.kind == "reliability" and part.reliability is not None and part.reliability.trials[1] > 1


def name(part: Part) -> str:
    """Movement, and its test, to a reader."""
    movement = MOVEMENT_WORDS.get(cast(MovementName, part.movement), (part.movement or "all values").replace("_", " "))
    movement = movement[:1].upper() + movement[1:]
    title = TEST_TITLES.get(cast(Test, part.test), part.test or "")
    text = f"{movement} ({title[:1].lower()}{title[1:]})" if title else movement
    return f"{text}, {part.facet}" if part.facet else text


def sentence(study: Study, part: Part, style: Style = PLAIN) -> str:
    """The result for one movement as a sentence."""
    r, limits = part.reliability, part.limits
    who = f"{part.persons} person{'s' * (part.persons != 1)}"
    if limits and limits.pairs != limits.persons:
        who += f", {limits.pairs} pairs"
    text = f"{name(part)} ({who}): "
    if part.persons == 0:
        return f"{text}nobody has both values."
    if part.alike == "values":
        return (
            f"{text}every value is {style.value(float(part.mean[0]))}. Values vary neither between persons nor "
            "between measurements, so there are no limits of agreement, no ICC, no SEM and no MDC95. Check that "
            "the right column was read."
        )
    if limits:
        b = limits.bias
        equal = float(f"{b.value:.{style.digits}f}") == 0
        if equal:
            text += f"on average {study.a} and {study.b} were the same"
        else:
            side = "larger" if b.value > 0 else "smaller"
            text += f"{study.a} was on average {style.value(abs(b.value))} {side} than {study.b}"
        if not math.isnan(b.low):
            text += f" (95 % interval of the difference {style.value(b.low)} to {style.value(b.high)})"
            text += ", more than chance explains" if b.low > 0 or b.high < 0 else ", within what chance explains"
        if part.alike:
            return f"{text}, {'' if equal else 'by the same '}in every person. {_NO_ERROR}"
        if math.isnan(limits.sd):
            return text + ". One person says nothing about the variation."
        what = f"means of a {study.over}" if averaged(study, part) else "single measurements"
        text += (
            f". For 95 of 100 {what} the difference is expected between {style.value(limits.lower.value)} and "
            f"{style.value(limits.upper.value)}"
        )
        if not math.isnan(limits.lower.low):
            text += f"; these persons do not rule out limits as far out as {style.value(limits.lower.low)} and "
            text += style.value(limits.upper.high)
        text += f". {_trend(part)}"
    if part.alike:
        return text + _NO_ERROR
    if r:
        change = mdc95(r.sem.value)
        text += f" ICC(A,1) {_with_interval(r.agreement, 2)}, ICC(C,1) {_with_interval(r.consistency, 2)}."
        if repeats(study):
            text += (
                f" SEM {style.value(r.sem.value)}{style.between(r.sem)}: a change of one person counts as more than "
                f"measurement error from {style.value(change)} on (MDC95"
            )
            if study.over in ("rater", "rater and visit"):
                other = style.value(mdc95(r.sem_agreement))
                text += (
                    f", systematic differences left out; {other} with them"
                    if part.facet in BETWEEN
                    else f" with the same {study.over} both times; {other} if another one measures the second time"
                )
            text += ")."
        if r.trials[1] > 1 and not math.isnan(r.trial_sd):
            text += f" Between trials of one {study.over} the SD was {style.value(r.trial_sd)}."
    return " ".join(text.split())


_NO_ERROR = (
    "Real repeated measurements rarely agree so exactly; check whether values were copied. No error can be "
    "estimated, so there are no limits of agreement, no SEM and no MDC95."
)


def _trend(part: Part) -> str:
    slope, spread = part.trend.slope, part.trend.spread_slope
    if math.isnan(slope.value):
        return "Too few persons to tell whether the difference depends on the size."
    parts = []
    if slope.low > 0 or slope.high < 0:
        grows = "grows" if slope.value > 0 else "falls"
        parts.append(
            f"The difference {grows} with the size measured, by {_number(abs(slope.value), 2)} for each unit "
            f"(95 % interval of the slope {_number(slope.low, 2)} to {_number(slope.high, 2)}): the bias holds for the "
            "middle of the range only."
        )
    if spread.low > 0 or spread.high < 0:
        wider = "large" if spread.value > 0 else "small"
        parts.append(
            f"The differences vary more for {wider} values: the limits are too narrow there and too wide elsewhere."
        )
    return " ".join(parts) or "No sign that the difference or its spread depends on the size."


def warnings(study: Study) -> list[str]:
    """Warnings about small numbers of persons; one sentence for all movements concerned."""
    few = sorted({part.persons for part in study.parts if 1 < part.persons < FEW and not part.alike})
    if not few:
        return []
    unit = limits_of_agreement(0.0, 1.0, few[0]).upper
    count = str(few[0]) if few[0] == few[-1] else f"{few[0]} to {few[-1]}"
    text = (
        f"Few persons: {count}. With {few[0]}, a limit of agreement is known only to an interval as wide as "
        f"{unit.high - unit.low:.1f} SD of the differences (exact interval, Carkeet 2015); it takes {FEW} to bring "
        "this below one SD. The figures hold for these persons; treat them as preliminary, not as those of the method."
    )
    return [text]


def _times_mdc(sem: Estimate) -> Estimate:
    return Estimate(*(mdc95(v) for v in (sem.value, sem.low, sem.high)))


def _spread(key: str, e: Estimate) -> dict[str, float]:
    return {key: e.value, f"{key}_low": e.low, f"{key}_high": e.high}


def _with_interval(e: Estimate, digits: int) -> str:
    if math.isnan(e.low):
        return _number(e.value, digits)
    return f"{_number(e.value, digits)} ({_number(e.low, digits)} to {_number(e.high, digits)})"


def _number(value: float, digits: int) -> str:
    if math.isnan(value):
        return "–"
    text = f"{value:.{digits}f}"
    return (text.removeprefix("-") if float(text) == 0 else text).replace("-", "−")


_TEX: dict[str, str] = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
    "−": "$-$", "∓": r"$\mp$", "√": r"$\surd$", "·": r"$\cdot$", "°": r"$^\circ$", "–": "--", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}  # fmt: skip


def _tex(text: str) -> str:
    return "".join(_TEX.get(mark, mark) for mark in str(text))


Writer = Callable[[Study, Style], str]

WRITERS: dict[str, Writer] = {
    "csv": lambda study, _: frame_csv(frame(study)),
    "md": markdown,
    "tex": latex,
}
"""Text of the table by the ending of its file."""
