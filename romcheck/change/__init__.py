"""What changed between measurements of one person, and whether it is more than the measurement's own noise."""

from romcheck.change.comparability import Comparability, Obstacle, comparability
from romcheck.change.difference import Comparison, SideChange, SideRange, compare, side_range
from romcheck.change.headaches import (
    DiaryDay,
    HeadacheCourse,
    HeadachePeriod,
    Outcome,
    fall_share,
    headache_course,
    headache_periods,
    responder_line,
    review_the_plan,
)
from romcheck.change.trend import Fall, Trend, TrendPoint, trend

__all__ = [
    "Comparability",
    "Comparison",
    "DiaryDay",
    "Fall",
    "HeadacheCourse",
    "HeadachePeriod",
    "Obstacle",
    "Outcome",
    "SideChange",
    "SideRange",
    "Trend",
    "TrendPoint",
    "comparability",
    "compare",
    "fall_share",
    "headache_course",
    "headache_periods",
    "responder_line",
    "review_the_plan",
    "side_range",
    "trend",
]
