"""Published figures, each with the people tested, the method, the device and the reference.

Only figures read in their source stand in ``figures.json``. A figure belongs to one way of testing: what was found by a
therapist's hands on a person lying down is never laid on a test the person does alone, seated.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from romcheck.clinical import Mode, Posture
from romcheck.i18n.languages import Language
from romcheck.results import MovementName, Test

FigureKind = Literal["range", "cut-off", "mdc", "change", "difference", "between", "target"]

OLDEST_YEARS, YOUNGEST_YEARS = 60, 18
"""Ages outside these have no figures: the range decreases with age (Schaefer 2020, doi 10.1177/1759720X20964139: age
explains 28 % of its variance), and those at hand come from adults around forty."""

BAND_SD = 1.96
"""A reference band is the mean ± 1.96 standard deviations of people without symptoms."""


@dataclass(frozen=True)
class Citation:
    """Where a figure was printed; at least one of DOI, PMID and address is given."""

    key: str
    cite: str
    doi: str | None
    pmid: str | None
    url: str | None

    @property
    def link(self) -> str:
        """DOI, else PMID, else address."""
        return f"doi:{self.doi}" if self.doi else f"PMID {self.pmid}" if self.pmid else self.url or ""

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return self.url or f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"


@dataclass(frozen=True)
class Figure:
    """One published figure, in degrees.

    Attributes
    ----------
    key : its name
    kind : ``range`` (a group's mean), ``cut-off``, ``target`` (radius of what is to be met), ``mdc`` (detectable
        change), ``change`` (a mean change), ``difference`` (between two states of the same people) or ``between`` (two
        groups of people)
    test, movement : what was measured; ``movement`` is None where it holds for each or for the smaller side
    mode, posture : how; None where the source does not state it
    value, sd, n : the figure, its standard deviation and the people behind it, None where not given
    age_years : mean age of these people, None where not given
    band : whether a reference band may be drawn from it
    who, device : by language, ``en`` and ``fr``
    source : where it was printed
    """

    key: str
    kind: FigureKind
    test: Test
    movement: MovementName | None
    mode: Mode | None
    posture: Posture | None
    value: float
    sd: float | None
    n: int | None
    age_years: float | None
    band: bool
    who: dict[str, str]
    device: dict[str, str]
    source: Citation


@dataclass(frozen=True)
class Accuracy:
    """How well the passive flexion-rotation test, lying on the back, told groups of people apart in one study.

    Attributes
    ----------
    limit_deg : below which range it counted, degrees; None where the therapist judged, as `rule` says by language
    sensitivity, specificity : shares, 0 to 1
    who : by language, the people compared
    source : where it was printed
    """

    limit_deg: float | None
    sensitivity: float
    specificity: float
    rule: dict[str, str]
    who: dict[str, str]
    source: Citation


@dataclass(frozen=True)
class PublishedRemark:
    """What was found about a test that is no figure in degrees.

    Attributes
    ----------
    test : the test
    text : by language
    source : where it was printed
    """

    test: Test
    text: dict[str, str]
    source: Citation


@dataclass(frozen=True)
class Share:
    """A published share, 0 to 1, and where it was printed."""

    value: float
    source: Citation


@dataclass(frozen=True)
class MonthlyDays:
    """Days a month, and where they were printed."""

    days: int
    source: Citation


@dataclass(frozen=True)
class Worthwhile:
    """How much an outcome had to fall in people with cervicogenic headache, on average, to be called better.

    Attributes
    ----------
    value : the fall, in points of its scale
    detectable : variation of answers after four weeks without a change
    source, detectable_source : where they were printed
    """

    value: float
    detectable: float
    source: Citation
    detectable_source: Citation


@dataclass(frozen=True)
class Band:
    """Where a published group without symptoms lies: mean ± 1.96 SD, degrees."""

    low_deg: float
    high_deg: float
    figure: Figure


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((files(__package__) / "figures.json").read_text("utf-8"))
    return content


@lru_cache(maxsize=1)
def all_figures() -> tuple[Figure, ...]:
    """Every published figure there is."""
    content = _content()
    sources = {key: Citation(key=key, **entry) for key, entry in content["sources"].items()}
    return tuple(
        Figure(
            key=entry["id"],
            source=sources[entry["source"]],
            **{name: value for name, value in entry.items() if name not in ("id", "source")},
        )
        for entry in content["figures"]
    )


def source(key: str) -> Citation:
    """Citation of this name; KeyError if there is none."""
    return Citation(key=key, **_content()["sources"][key])


def sources() -> tuple[Citation, ...]:
    """Every source there is."""
    return tuple(map(source, _content()["sources"]))


def share(key: str) -> Share:
    """Share of this name; KeyError if there is none."""
    entry = _content()["shares"][key]
    return Share(entry["value"], source(entry["source"]))


def monthly_days(key: Literal["simple", "fewer"]) -> MonthlyDays:
    """Days a month from which overuse of pain medicine is spoken of: of simple ones, or of those with fewer days."""
    entry = _content()["monthly_days"][key]
    return MonthlyDays(entry["value"], source(entry["source"]))


def worthwhile(outcome: str) -> Worthwhile | None:
    """Fall of an outcome that people with this headache called better; None where none was read."""
    entry = _content()["worthwhile"].get(outcome)
    if entry is None:
        return None
    sources = source(entry["source"]), source(entry["detectable_source"])
    return Worthwhile(entry["value"], entry["detectable"], *sources)


def remarks(test: Test) -> tuple[PublishedRemark, ...]:
    """What was found about a test besides figures in degrees, in the order to tell it; empty for most tests."""
    return tuple(
        PublishedRemark(test, entry["text"], source(entry["source"]))
        for entry in _content()["remarks"]
        if entry["test"] == test
    )


def rule(key: str) -> Citation:
    """Source of a rule of calculation; KeyError if there is none."""
    return source(_content()["rules"][key])


def accuracies() -> tuple[Accuracy, ...]:
    """Every study of accuracy there is."""
    return tuple(
        Accuracy(source=source(entry["source"]), **{name: value for name, value in entry.items() if name != "source"})
        for entry in _content()["accuracies"]
    )


def figure(key: str) -> Figure:
    """Figure of this name; KeyError if there is none."""
    return {f.key: f for f in all_figures()}[key]


def figures_for(
    test: Test, mode: Mode | None, posture: Posture | None, age_years: float | None = None
) -> tuple[Figure, ...]:
    """Figures of people tested in this very way.

    Parameters
    ----------
    test, mode, posture : how the measurement was taken; None where it was not noted
    age_years : of the person; without it, figures are given with the age of the people behind them

    Returns
    -------
    Empty where there are none; :func:`why_none` says why.
    """
    if _reason(test, mode, posture, age_years) is not None:
        return ()
    return tuple(f for f in all_figures() if (f.test, f.mode, f.posture) == (test, mode, posture))


def why_none(
    test: Test, mode: Mode | None, posture: Posture | None, age_years: float | None, language: Language
) -> str | None:
    """Sentence that says why there are no figures for this way of testing; None where there are some."""
    reason = _reason(test, mode, posture, age_years)
    return None if reason is None else str(_content()["sentences"][reason][language])


def why_none_source(test: Test, mode: Mode | None, posture: Posture | None, age_years: float | None) -> Citation | None:
    """Where what :func:`why_none` says was printed; None where it says nothing of a study."""
    reason = _reason(test, mode, posture, age_years)
    key = None if reason is None else _content()["sentences"][reason].get("source")
    return None if key is None else source(key)


def reference_band(
    test: Test, movement: MovementName, mode: Mode | None, posture: Posture | None, age_years: float | None = None
) -> Band | None:
    """Band in which 95 % of a published group without symptoms lie; None where none fits this way of testing."""
    for f in figures_for(test, mode, posture, age_years):
        if f.band and f.movement == movement and f.sd is not None:
            return Band(f.value - BAND_SD * f.sd, f.value + BAND_SD * f.sd, f)
    return None


def detectable_changes(test: Test) -> tuple[Figure, ...]:
    """Minimal detectable changes published for this test, whatever the way of testing, to stand beside one's own.

    A figure says in ``mode`` and ``posture`` how it was found.
    """
    return tuple(f for f in all_figures() if f.kind == "mdc" and f.test == test)


def _reason(test: Test, mode: Mode | None, posture: Posture | None, age_years: float | None) -> str | None:
    if mode is None or posture is None:
        # An active flexion-rotation test has none in any posture; for the rest it must be known.
        return "none_active_frt" if test == "flexion-rotation" and mode == "active" else "none_unknown"
    if not any((f.test, f.mode, f.posture) == (test, mode, posture) for f in all_figures()):
        if test == "flexion-rotation":
            return "none_active_frt" if mode == "active" else "none_passive_seated_frt"
        return "none_other_test"
    if age_years is not None and age_years > OLDEST_YEARS:
        return "none_over_60"
    if age_years is not None and age_years < YOUNGEST_YEARS:
        return "none_under_18"
    return None
