"""Results of a study of agreement or reliability, by movement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from romcheck.arrays import Floats
from romcheck.statistics import Estimate
from romcheck.statistics.limits import Intervals, Limits, SizeTrend

TableSource: TypeAlias = "str | Path | pd.DataFrame"
FEW = 50
"""With fewer persons the exact 95 % interval of a limit of agreement is wider than one SD of the differences."""

FACETS = ("rater", "visit")
"""Two ways in which a measurement may be repeated that are distinguished when both are there."""


BETWEEN = ("between raters at one visit", "between visits by one rater", "another rater at another visit")


@dataclass(frozen=True)
class Reliability:
    """How one measurement repeats: every person in every column (visit, rater or method), trials averaged.

    Attributes
    ----------
    persons : number of persons with a value in two columns at least
    columns : names of the columns, in order
    complete : whether each of them has a value in every column: then from mean squares, else by restricted maximum
        likelihood
    one_way, consistency, agreement : ICC(1), ICC(C,1), ICC(A,1)
    sem : standard error of measurement √MSE, and its interval
    sem_agreement : the same with the differences between columns
    trials : fewest and most values that made a cell
    trial_sd : standard deviation of trials within a person and column; NaN where there was one trial each
    """

    persons: int
    columns: tuple[str, ...]
    one_way: Estimate
    consistency: Estimate
    agreement: Estimate
    sem: Estimate
    sem_agreement: float
    trials: tuple[int, int]
    trial_sd: float
    complete: bool = True


@dataclass(frozen=True)
class Part:
    """What was found for one movement of one test.

    Attributes
    ----------
    test, movement : which; None where the tables do not tell
    facet : of several parts of one movement, which: "at visit 2", or what differs between two measurements
    way : "one pair" a person, "together" (several pairs a person, taken together), "separate" trials, "several"
        columns, or "two facets"
    limits : bias and limits of agreement of A - B, or of the later visit minus the earlier; None for more than two
    trend : proportional bias and changing spread, from persons' means
    reliability : of persons' means; None for fewer than two persons
    rmse, mae : of the persons' differences
    person : (n,) whose point it is in a plot
    mean, difference : (n,) means and differences of pairs, of persons where trials are separate; for more than two
        columns values minus their person's mean
    alike : "values" where all are the same number, "differences" where every person's difference is the same: then
        nothing tells of an error, and limits, ICC and SEM are NaN; else empty
    """

    test: str | None
    movement: str | None
    way: str
    limits: Limits | None
    trend: SizeTrend
    reliability: Reliability | None
    rmse: float
    mae: float
    person: tuple[str, ...]
    mean: Floats
    difference: Floats
    facet: str = ""
    alike: str = ""

    @property
    def persons(self) -> int:
        """Number of persons."""
        return self.limits.persons if self.limits else self.reliability.persons if self.reliability else 0


@dataclass(frozen=True)
class Study:
    """All movements of a study.

    Attributes
    ----------
    a, b : names of the methods or visits compared: the difference is a - b; ``b`` is empty for more than two visits
    kind : "agreement" or "reliability"
    over : what reliability is over: visit, rater, trial; "method" for agreement
    parts : a part for each movement of each test
    said : what was guessed and how rows were brought together
    left_out : rows that took no part, with the reason
    intervals : how the intervals of the limits were found where each person has one pair
    """

    kind: str
    a: str
    b: str
    over: str
    parts: tuple[Part, ...]
    said: tuple[str, ...]
    left_out: pd.DataFrame
    intervals: Intervals = "exact"
