"""The trials made in a guided check, which of them count, and which movement is next."""

from __future__ import annotations

from dataclasses import replace

from romcheck.live.state import CheckPlan, LiveTrial
from romcheck.live.trial import Judged
from romcheck.results import MovementName, Quality

REPEATS = 2
"""How often a movement is repeated because a trial was rejected; more would strain a painful neck."""


class Judge:
    """Keeps count of the trials of one check.

    Parameters
    ----------
    plan : what is to be done

    Attributes
    ----------
    made : all trials so far, in time order
    practice : True while trying out
    """

    def __init__(self, plan: CheckPlan) -> None:
        self._plan = plan
        self._repeats = dict.fromkeys(plan.order, 0)
        self.made: list[LiveTrial] = []
        self.practice = plan.practice

    @property
    def wanted(self) -> int:
        """Trials wanted of each movement."""
        return 1 if self.practice else self._plan.trials

    def next(self) -> MovementName | None:
        """The movement with fewer trials, the first one where they are equal; None when all is done."""
        open_ = [m for m in self._plan.order if self.counted(m) < self.wanted and self._repeats[m] <= REPEATS]
        return min(open_, key=self.counted) if open_ else None

    def counted(self, movement: MovementName | None) -> int:
        """Number of trials of a movement that count so far."""
        return sum(t.movement == movement and t.practice == self.practice and t.counted for t in self.made)

    def tried(self, movement: MovementName | None = None) -> bool:
        """Whether there has been a trial of a movement, or of any, since the practice or the check proper began."""
        return any(movement in (None, t.movement) and t.practice == self.practice for t in self.made)

    @property
    def in_earnest(self) -> bool:
        """Whether there has been a trial other than practice."""
        return any(not t.practice for t in self.made)

    @property
    def counts(self) -> bool:
        """Whether there is a trial that counts, other than practice."""
        return any(t.counted and not t.practice for t in self.made)

    def void(self) -> None:
        """The upright posture was wrong: discard all trials so far, except practice."""
        self.made = [t if t.practice else replace(t, counted=False) for t in self.made]

    def enter(self, judged: Judged) -> None:
        """Enter a trial; a rejected one will be requested again."""
        self.enter_as(judged.movement, judged.angle_deg, judged.verdict, judged.reasons)

    def enter_as(self, movement: MovementName, angle_deg: float, verdict: Quality, reasons: tuple[str, ...]) -> None:
        """Enter a trial by what it was; a rejected one will be requested again."""
        full = self.counted(movement) >= self.wanted
        rejected = verdict == "rejected" and not self.practice
        counted = not rejected and not full
        self.made.append(LiveTrial(movement, angle_deg, verdict, reasons, self.practice, counted))
        if rejected and not full:
            self._repeats[movement] += 1

    def enter_none(self, movement: MovementName, top_deg: float) -> None:
        """Enter a turn in which no trial was found; in practice it counts nevertheless."""
        self.made.append(LiveTrial(movement, top_deg, "rejected", ("no_hold",), self.practice, self.practice))
        self._repeats[movement] += not self.practice
