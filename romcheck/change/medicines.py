"""Days with pain medicine in a month of the diary, with the limit of medication overuse."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from romcheck.clinical import DiaryDay, MedicineClass
from romcheck.published import monthly_days

MONTH_DAYS = 30

FEWER_DAYS: tuple[MedicineClass, ...] = ("triptan", "ergot", "opioid", "combination")
"""Classes with the lower limit; if one of them was taken, it applies to all medicine of the month."""


@dataclass(frozen=True)
class MedicineDays:
    """Medicine over the last month of a diary.

    Attributes
    ----------
    last : last day with an answer
    kept : days of the month with an answer
    days : those with pain medicine
    by_class : days with each class noted, the most first
    limit : days per month from which it is called overuse
    """

    last: datetime.date
    kept: int
    days: int
    by_class: tuple[tuple[MedicineClass, int], ...]
    limit: int

    @property
    def many(self) -> bool:
        """Whether it was taken on at least as many days as the limit."""
        return self.days >= self.limit


def medicine_days(diary: Sequence[DiaryDay], day: datetime.date | None = None) -> MedicineDays | None:
    """Count the 30 days up to a day, or up to the last with an answer; None without any answer in them."""
    told = {line.on: line for line in diary if line.medication is not None and (day is None or line.on <= day)}
    last = max(told, default=None)
    if last is None or (day is not None and (day - last).days >= MONTH_DAYS):
        return None
    end = last if day is None else day
    month = [line for on, line in told.items() if on > end - datetime.timedelta(MONTH_DAYS)]
    taken = [line for line in month if line.medication]
    classes = [set(line.medicine_classes.split()) for line in taken]
    counts = [(name, sum(name in of for of in classes)) for name in get_args(MedicineClass)]
    by_class = tuple(sorted(((name, count) for name, count in counts if count), key=lambda one: -one[1]))
    fewer = any(name in FEWER_DAYS for name, _ in by_class)
    limit = monthly_days("fewer" if fewer else "simple")
    return MedicineDays(last, len(month), len(taken), by_class, limit.days)
