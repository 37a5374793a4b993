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
"""Two ways of repeating a measurement, distinguished when both are present."""


BETWEEN = ("between raters at one visit", "between visits by one rater", "another rater at another visit")


@dataclass(frozen=True)
class Reliability:
    """Reliability of one measurement: persons by columns (visits, raters or methods), trials averaged.

    Attributes
    ----------
    persons : number of persons with values in at least two columns
    columns : names of the columns, in order
    complete : whether every person has a value in every column: then computed from mean squares, else by restricted
        maximum likelihood
    one_way, consistency, agreement : ICC(1), ICC(C,1), ICC(A,1)
    sem : standard error of measurement √MSE, and its interval
    sem_agreement : the same, including differences between columns
    trials : smallest and largest number of values per cell
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
    """The results for one movement of one test.

    Attributes
    ----------
    test, movement : names; None if the tables do not state them
    facet : of several parts of one movement, which: "at visit 2", or what differs between two measurements
    way : "one pair" per person, "together" (several pairs per person, taken together), "separate" trials, "several"
        columns, or "two facets"
    limits : bias and limits of agreement of A - B, or of the later visit minus the earlier; None for more than two
    trend : proportional bias and changing spread, from persons' means
    reliability : of persons' means; None for fewer than two persons
    rmse, mae : root mean square and mean absolute value of ``difference``
    person : (n,) person of each point in a plot
    mean, difference : (n,) means and differences of pairs, or of persons if trials are separate; for more than two
        columns, values minus the person's mean
    alike : "values" if all values are equal, "differences" if every person's difference is the same: the error cannot
        then be estimated, and limits, ICC and SEM are NaN; else empty
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
    a, b : names of the methods or visits compared; the difference is a - b. ``b`` is empty for more than two visits
    kind : "agreement" or "reliability"
    over : what is repeated: visit, rater or trial; "method" for agreement
    parts : one part for each movement of each test
    said : what was guessed and how rows were matched
    left_out : rows left out, with the reason
    intervals : how the intervals of the limits were computed if each person has one pair
    """

    kind: str
    a: str
    b: str
    over: str
    parts: tuple[Part, ...]
    said: tuple[str, ...]
    left_out: pd.DataFrame
    intervals: Intervals = "exact"
