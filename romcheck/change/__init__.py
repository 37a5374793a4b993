"""Change between measurements of one person, and whether it exceeds the noise of the measurement."""

from romcheck.change.comparability import Comparability, Obstacle, comparability
from romcheck.change.days import BetweenDays, own_between_days, published_between_days
from romcheck.change.difference import Comparison, SideChange, compare
from romcheck.change.headaches import (
    HeadacheCourse,
    HeadachePeriod,
    fall_share,
    headache_course,
    headache_periods,
    responder_line,
    review_the_plan,
)
from romcheck.change.medicines import MONTH_DAYS, MedicineDays, medicine_days
from romcheck.change.progress import SideProgress, Standing, side_progress
from romcheck.change.ranges import SideRange, counted, first_side, flexion_held, side_range
from romcheck.change.trend import Fall, Trend, TrendPoint, trend

__all__ = [
    "MONTH_DAYS",
    "BetweenDays",
    "Comparability",
    "Comparison",
    "Fall",
    "HeadacheCourse",
    "HeadachePeriod",
    "MedicineDays",
    "Obstacle",
    "SideChange",
    "SideProgress",
    "SideRange",
    "Standing",
    "Trend",
    "TrendPoint",
    "comparability",
    "compare",
    "counted",
    "fall_share",
    "first_side",
    "flexion_held",
    "headache_course",
    "headache_periods",
    "medicine_days",
    "own_between_days",
    "published_between_days",
    "responder_line",
    "review_the_plan",
    "side_progress",
    "side_range",
    "trend",
]
