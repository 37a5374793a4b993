"""Content of the result page as sentences and rows; drawing is done elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from romcheck import __version__
from romcheck.clinical import Mode, Posture
from romcheck.i18n.texts import Texts
from romcheck.i18n.words import used
from romcheck.live.lenses import fov_deg_of
from romcheck.live.safety import RULE_NUMBERS
from romcheck.notices import notice_message
from romcheck.protocols import PROTOCOLS
from romcheck.published import Figure, figures_for, remarks, why_none, why_none_source
from romcheck.reports.position import error_rows, signed, trial_text
from romcheck.results import UNSURE_DEG, Examination, Movement, Notice, Performance, Result, Summary, Test


@dataclass(frozen=True)
class SideResult:
    """One movement: its name, the mean with its uncertainty, and the number of trials."""

    name: str
    mean: str
    trials: str


@dataclass(frozen=True)
class TrialLine:
    """One trial in the table; ``movement`` holds its number too."""

    movement: str
    angle: str
    remark: str


@dataclass(frozen=True)
class OtherTest:
    """Another test in the recording, and its trials."""

    heading: str
    rows: tuple[TrialLine, ...]


@dataclass(frozen=True)
class PublishedLine:
    """One published figure in words, its source, and where that can be read."""

    text: str
    source: str
    link: str


@dataclass(frozen=True)
class ResultView:
    """The result page from top to bottom; empty fields are not shown."""

    test: str
    how: str
    sides: tuple[SideResult, ...]
    meaning: str
    difference: tuple[str, ...]
    rows: tuple[TrialLine, ...]
    errors: tuple[tuple[str, ...], ...]
    made: tuple[tuple[str, ...], ...]
    others: tuple[OtherTest, ...]
    held: str
    curve_alt: str
    doubts: tuple[str, ...]
    figures: tuple[PublishedLine, ...]
    no_figures: str
    no_figures_source: PublishedLine | None
    circumstances: tuple[str, ...]
    advice: tuple[str, ...]
    measured_with: str


def result_view(
    result: Result,
    mode: Mode,
    posture: Posture,
    texts: Texts,
    pain_before: int | None = None,
    pain_after: int | None = None,
    headache_now: bool | None = None,
    alone: bool = True,
) -> ResultView:
    """Put a result into the words of a language; `alone` for someone who measured without a clinician."""
    figures = figures_for(result.test, mode, posture)
    held = [m.flexion_held_deg for m in result.movements if m.flexion_held_deg is not None]
    end_s = result.source.duration_s
    return ResultView(
        test=texts(f"test.{result.test}"),
        how=", ".join(
            (
                texts(f"result.how.{posture}"),
                texts(f"result.how.{mode}"),
                texts(f"result.lens.{result.camera.known}", fov=texts.short(fov_deg_of(result.camera))),
            )
        ),
        sides=_sides(result, texts),
        meaning=" ".join(map(texts, ("result.off_middle", "errors.poor")))
        if result.test == "joint-position"
        else texts("result.plus_minus"),
        difference=_difference(result, texts),
        rows=tuple(_row(m, texts) for m in result.movements),
        errors=tuple(map(tuple, error_rows(result.position_errors, texts))),
        made=tuple(_made(m, texts) for m in result.movements if m.performance is not None),
        others=tuple(_other(of, texts) for of in result.examinations[1:]),
        held=texts("result.held", angle=texts.degrees(held[0])) if held else "",
        curve_alt=texts("result.curve_alt", seconds=end_s, count=len(result.movements)),
        doubts=_doubts(result, texts),
        figures=tuple(_published(figure, texts) for figure in figures)
        + tuple(
            PublishedLine(one.text[texts.language].rstrip("."), one.source.cite, one.source.address)
            for one in remarks(result.test)
        ),
        no_figures=why_none(result.test, mode, posture, None, texts.language) or "",
        no_figures_source=_printed(result.test, mode, posture),
        circumstances=_circumstances(pain_before, pain_after, headache_now, texts),
        advice=tuple(
            texts(f"result.next.{name}", **RULE_NUMBERS)
            for name in (
                *(("show",) if alone else ()),
                # Of the sense of position no change is stated.
                *(("same", "noise") if result.test != "joint-position" else ()),
                "often" if alone else "often_other",
            )
        ),
        measured_with=texts("result.measured_with", version=__version__),
    )


def _sides(result: Result, texts: Texts) -> tuple[SideResult, ...]:
    found: dict[str, Summary] = {summary.movement: summary for summary in result.summary}
    errors = {of.side: of.absolute for of in result.position_errors}
    sides = []
    for movement in PROTOCOLS[result.test].movements:
        summary = found.get(movement)
        if summary is not None and summary.reason == "trials_differ":
            trials_used = used(summary, result.movements)
            angles = ", ".join(texts.degrees(m.angle_deg, m.uncertainty_deg, bare=True) for m in trials_used)
            mean, trials = texts("words.not_averaged"), texts("result.mean_differ", angles=angles)
        elif summary is None or summary.mean_deg is None:
            mean, trials = texts("words.not_measured"), texts("result.no_mean")
        else:
            error = errors.get("left" if movement.endswith("left") else "right")
            unsure = summary.reason == "unsure" or (error is not None and error.unsure)
            mean = texts("words.too_unsure") if unsure else texts.degrees(summary.mean_deg, summary.uncertainty_deg)
            count = len(summary.trials)
            trials = texts("result.trial_used") if count == 1 else texts("result.trials_used", count=count)
            if not unsure and error is not None and error.low_deg is not None and error.high_deg is not None:
                # An error without its sign is never below 0: its interval is not symmetric.
                mean = texts.degrees(error.value_deg)
                low, high = (texts.number(end, 1) for end in (error.low_deg, error.high_deg))
                trials = texts("result.error_interval", low=low, high=high, trials=trials)
        sides.append(SideResult(texts(f"movement.{movement}"), mean, trials))
    return tuple(sides)


def _difference(result: Result, texts: Texts) -> tuple[str, ...]:
    sentences = []
    for difference in result.differences:
        value, half = difference.left_minus_right_deg, difference.uncertainty_deg
        if half > UNSURE_DEG:
            sentences.append(texts("result.difference", angle=texts("words.too_unsure")))
            continue
        beyond = "beyond" if abs(value) > half else "within"
        angle = texts.degrees(value, half).replace("-", "−")
        sentences += [texts("result.difference", angle=angle), texts(f"result.difference.{beyond}")]
    return tuple(sentences)


def _row(movement: Movement, texts: Texts) -> TrialLine:
    reasons = ", ".join(texts(f"reason.{code}") for code in movement.reasons)
    remark = texts("result.remark.good") if movement.quality == "good" else texts(
        f"result.remark.{movement.quality}", reasons=reasons
    )  # fmt: skip
    return TrialLine(
        movement=f"{texts(f'movement.{movement.movement}')}\N{NO-BREAK SPACE}{movement.trial}",
        angle=trial_text(movement, texts),
        remark=remark,
    )


MADE = ("movement_time_s", "steadiness_deg", "smoothness", "axis_wander_deg")
"""What is told of how a movement was made, in the order of the columns."""


def _made(movement: Movement, texts: Texts) -> tuple[str, ...]:
    """How one movement was made; the reason where a value is missing."""
    made = movement.performance or Performance()
    told = [f"{texts(f'movement.{movement.movement}')}\N{NO-BREAK SPACE}{movement.trial}"]
    for name in MADE:
        value = getattr(made, name)
        unit = "\N{NO-BREAK SPACE}s" if name.endswith("_s") else "°" if name.endswith("_deg") else ""
        if value is None:
            told.append(texts(f"made.why.{made.left_out.get(name, 'gap')}"))
        else:
            told.append(f"{signed(value, texts, sign=False)}{unit}")
    return tuple(told)


def _other(of: Examination, texts: Texts) -> OtherTest:
    heading = texts("result.other_test", test=texts(f"test.{of.test}"))
    return OtherTest(heading, tuple(_row(m, texts) for m in of.movements))


def _doubts(result: Result, texts: Texts) -> tuple[str, ...]:
    """Doubts about the measurement as a whole, for a patient."""
    sentences = [notice_text(notice, texts) for notice in result.notices]
    if not result.notices:  # a result from before notices had codes
        sentences = list(result.warnings)
    if any(movement.quality != "good" for movement in result.movements):
        sentences.append(texts("result.trials_doubted"))
    return tuple(sentences)


def notice_text(notice: Notice, texts: Texts) -> str:
    """A notice in the words of a language."""
    return texts.say(notice_message(notice))


def _published(figure: Figure, texts: Texts) -> PublishedLine:
    numbers: dict[str, str] = {
        "value": texts.short(figure.value).replace("-", "−"),
        "who": figure.who[texts.language],
        "device": figure.device[texts.language],
    }
    if figure.kind == "range":
        spread = "" if figure.sd is None else " " + texts("result.figure_spread", sd=texts.number(figure.sd, 1))
        numbers["spread"] = spread
    text = texts(f"result.figure.{figure.kind}", **numbers)
    if figure.movement is not None and figure.kind == "range":
        text = texts("result.figure_side", side=texts(f"movement.{figure.movement}"), text=text)
    return PublishedLine(text, figure.source.cite, figure.source.address)


def _printed(test: Test, mode: Mode, posture: Posture) -> PublishedLine | None:
    """The source of the sentence shown in place of figures."""
    found = why_none_source(test, mode, posture, None)
    return None if found is None else PublishedLine("", found.cite, found.address)


def _circumstances(
    pain_before: int | None, pain_after: int | None, headache_now: bool | None, texts: Texts
) -> tuple[str, ...]:
    sentences = []
    if pain_after is not None:
        if pain_before is None:
            sentences.append(texts("result.pain_after", after=pain_after))
        else:
            sentences.append(texts("result.pain", before=pain_before, after=pain_after))
    if headache_now is not None:
        sentences.append(texts(f"result.headache.{'yes' if headache_now else 'no'}"))
    return tuple(sentences)
