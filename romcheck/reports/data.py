"""The input of a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from romcheck.change import BetweenDays, HeadacheCourse, own_between_days
from romcheck.change.medicines import MedicineDays
from romcheck.clinical import HeadacheSide, Occasion, Outcome, Treatment, age_on
from romcheck.errors import OutputError
from romcheck.i18n.message import message


@dataclass(frozen=True)
class ReportData:
    """Everything one report may say of a person.

    Attributes
    ----------
    code : the person's code in the clinic or study
    made_on : date of the report; also used as the file's time, so that the same data give the same bytes
    before, after : the measurements compared; with `before` alone a single measurement is reported
    series : measurements over months, of the same test; it may hold `before` and `after`
    treatments, outcomes : as far as they are known, in any order
    headaches : headache days before treatment and now
    asked : sentences on the screening of the day and on reactions to treatments
    course : sentences on the plan of treatment and the person's goals
    medicine : days with pain medicine of the last month
    name, birth_year, headache_side, notes : None or empty where not given
    curves_lost : angles frame by frame were stored, but cannot be read

    Raises
    ------
    OutputError
        If the two measurements are of different tests.
    """

    code: str
    made_on: date
    before: Occasion
    after: Occasion | None = None
    series: tuple[Occasion, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    headaches: HeadacheCourse = field(default_factory=HeadacheCourse)
    name: str | None = None
    birth_year: int | None = None
    headache_side: HeadacheSide | None = None
    notes: str = ""
    asked: tuple[str, ...] = ()
    course: tuple[str, ...] = ()
    medicine: MedicineDays | None = None
    curves_lost: bool = False

    def __post_init__(self) -> None:
        if self.after is not None:
            refuse_two_tests(self.before, self.after)

    @property
    def age_years(self) -> float | None:
        """Age in the year of the latest measurement, to within a year."""
        return age_on(self.birth_year, self.latest.on)

    @property
    def own_days(self) -> BetweenDays | None:
        """Spread of this person's own days, where the series holds enough of them."""
        return own_between_days(self.series, [t.on for t in self.treatments])

    @property
    def compared(self) -> list[Occasion]:
        """The one measurement, or both."""
        return [self.before] if self.after is None else [self.before, self.after]

    @property
    def latest(self) -> Occasion:
        """The newer of the measurements compared."""
        return self.after or self.before


def refuse_two_tests(before: Occasion, after: Occasion) -> None:
    """Refuse to compare measurements of different tests: none of the movements of one is in the other."""
    tests = before.result.test, after.result.test
    if tests[0] != tests[1]:
        a, b = (message(f"title.{test}") for test in tests)
        raise OutputError("two_tests_compared", a=a, b=b)
