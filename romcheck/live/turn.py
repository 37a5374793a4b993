"""One turn in progress: out, held at its end, and back."""

from __future__ import annotations

import math
from collections import deque
from typing import Literal

from romcheck.live.state import HOLD_FOR_S
from romcheck.live.stillness import speed_now
from romcheck.motion.rules import RULES

TurnStage = Literal["turn", "hold", "back"]

FURTHER_DEG = 3.0
"""Moving on from a hold by more than this begins a new one."""


class Turn:
    """Tracks one excursion frame by frame, by the rules of ``motion.movements`` for a whole recording.

    Parameters
    ----------
    sign : +1 or -1, the side

    Attributes
    ----------
    stage : how far it is
    top_deg, top_speed_deg_per_s : the largest so far
    held_s : how long the far end has been held; frames that were not seen do not count
    """

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.stage: TurnStage = "turn"
        self.top_deg = self.top_speed_deg_per_s = self.held_s = 0.0
        self._level_deg = self._slow_s = self._quick_s = 0.0
        self._times: deque[float] = deque(maxlen=20)
        self._angles: deque[float] = deque(maxlen=20)

    def take(self, time_s: float, angle_deg: float) -> None:
        """Process a frame in which the head was seen; the angle is + to this side."""
        step = time_s - self._times[-1] if self._times else 0.0
        step = step if step <= RULES.gap_s else 0.0
        self._times.append(time_s)
        self._angles.append(angle_deg)
        self.top_deg = max(self.top_deg, angle_deg)
        speed = abs(speed_now(self._times, self._angles))
        if math.isfinite(speed):
            self.top_speed_deg_per_s = max(self.top_speed_deg_per_s, speed)
        if self.stage == "turn":
            self._out(angle_deg, speed, step)
        elif self.stage == "hold":
            self._held(angle_deg, step)

    def _out(self, angle_deg: float, speed: float, step: float) -> None:
        slow = speed < max(RULES.hold_deg_per_s, RULES.hold_speed * self.top_speed_deg_per_s)
        slow = slow and angle_deg > RULES.hold_level * self.top_deg
        self._quick_s = 0.0 if slow else self._quick_s + step
        if slow:
            self._slow_s += step
        elif self._quick_s > RULES.hold_pause_s:
            self._slow_s = 0.0
        if self._slow_s >= RULES.hold_shortest_s:
            self.stage, self._level_deg, self.held_s = "hold", angle_deg, self._slow_s
        elif angle_deg < RULES.valley * self.top_deg:
            self.stage = "back"

    def _held(self, angle_deg: float, step: float) -> None:
        if angle_deg > self._level_deg + max(FURTHER_DEG, RULES.onset * self._level_deg):
            self.stage, self._slow_s, self.held_s = "turn", 0.0, 0.0
        elif angle_deg < RULES.hold_level * self._level_deg:
            self.stage = "back"
        else:
            self.held_s += step
            if self.held_s >= HOLD_FOR_S:
                self.stage = "back"
