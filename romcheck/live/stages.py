"""The two stages of a live check, as shown on the screen."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any, Protocol

from romcheck.geometry.intrinsics import Lens
from romcheck.live.check import Check
from romcheck.live.framing import Framing
from romcheck.live.position_check import PositionCheck
from romcheck.live.state import CheckPlan
from romcheck.person.poses import CurrentPose


class Stage(Protocol):
    """Something that processes frames and returns what to show."""

    def take(self, now: CurrentPose) -> dict[str, Any]:
        """Process the newest frame; return what is to be shown, ready for JSON."""
        ...


class FramingStage:
    """The framing stage: whether a measurement would be good, until somebody begins."""

    def __init__(self, lens: Lens, plan: CheckPlan) -> None:
        self._framing = Framing(lens, plan.test, plan.posture)

    def take(self, now: CurrentPose) -> dict[str, Any]:
        """Process the newest frame."""
        state = self._framing.take(now)
        return {"stage": "framing", "ready": state.ready, "possible": state.possible, **plain(asdict(state))}


class CheckStage:
    """Guides the check."""

    def __init__(self, plan: CheckPlan) -> None:
        self.check: Check = PositionCheck(plan) if plan.test == "joint-position" else Check(plan)

    def take(self, now: CurrentPose) -> dict[str, Any]:
        """Process the newest frame."""
        return {"stage": "check", **plain(asdict(self.check.take(now)))}


def plain(value: Any) -> Any:
    """The same without NaN, which JSON lacks, and rounded to the decimals shown."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 2) if math.isfinite(value) else None
    return value
