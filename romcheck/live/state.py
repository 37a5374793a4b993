"""The state of the guided check, as plain values for display."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from romcheck.clinical import Mode, Posture
from romcheck.protocols import PROTOCOLS
from romcheck.results import MovementName, Quality, Test

Phase = Literal["settle", "flex", "turn", "hold", "back", "up", "look", "done", "stopped"]
"""``settle``: sit tall and look ahead, until the head is still. ``flex``: chin to chest (flexion-rotation only).
``turn``: the movement asked for. ``hold``: at its end range. ``back``: to the starting position. ``up``: out of
flexion. ``look``: eyes open again, ahead (joint position only)."""

ENDS: tuple[Phase, ...] = ("done", "stopped")
"""Phases in which the check is over."""

StopReason = Literal["pressed", "symptoms", "left", "face_gone", "camera_gone", "hidden"]
"""``left``: the person left the picture from the middle; ``face_gone``: the face was lost in a turn or in flexion and
did not come back; the others are set by the caller."""

Tone = Literal["", "reached", "held", "again", "finished", "stopped"]

HOLD_FOR_S = 1.5
"""How long a hold is asked for: the protocols' one to two seconds."""


@dataclass(frozen=True)
class CheckPlan:
    """What is to be done.

    Attributes
    ----------
    test, mode, posture : what is measured and how; in the passive mode the texts address the person who moves the head
    trials : accepted trials wanted for each movement
    practice : whether each movement is tried once before, not counted
    first : the movement asked for first; None for the usual one
    rest : whether the neck comes out of flexion after each pair of turns (flexion-rotation only)
    """

    test: Test
    mode: Mode = "active"
    posture: Posture = "seated"
    trials: int = 3
    practice: bool = True
    first: MovementName | None = None
    rest: bool = True

    @property
    def order(self) -> tuple[MovementName, MovementName]:
        """Both movements, the one asked for first ahead."""
        a, b = PROTOCOLS[self.test].movements
        return (b, a) if self.first == b else (a, b)


@dataclass(frozen=True)
class Line:
    """A sentence: its key in the catalogue, and its numbers (degrees, seconds, counts)."""

    key: str
    numbers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Cue:
    """Something to be spoken once: when its number is larger than the last one."""

    id: int = 0
    tone: Tone = ""
    say: tuple[Line, ...] = ()


@dataclass(frozen=True)
class LiveTrial:
    """One trial as judged live; the final measurement evaluates it again.

    Attributes
    ----------
    movement : what was done, which need not be what was asked for
    angle_deg : positive; NaN where the end range was not seen at all
    verdict, reasons : by ``motion.gates``, most serious first
    practice : True where it does not count
    counted : True where it is one of the trials wanted; may become False when upright has to be taken again
    """

    movement: MovementName
    angle_deg: float
    verdict: Quality
    reasons: tuple[str, ...]
    practice: bool
    counted: bool


@dataclass(frozen=True)
class CheckState:
    """The check at one moment. Angles in degrees, NaN where not known.

    Attributes
    ----------
    time_s : of the newest frame
    phase : see ``Phase``
    asked : the movement asked for; None before the first and after the last
    trial, trials : which trial of how many, for the movement asked for
    practice : True while trying out
    held_s : seconds the end range has been held so far, at most ``HOLD_FOR_S``
    angle_deg : from the starting position along the test's axis, + towards ``Protocol.positive``
    flexion_deg : flexion from upright, + chin down
    made : all trials so far, in time order
    coaching : the advice shown now; None for nothing
    cue : the newest thing to be spoken
    measured_from_s : where the part begins that counts; None while practising
    stopped : why it ended early; None otherwise
    """

    time_s: float
    phase: Phase
    asked: MovementName | None
    trial: int
    trials: int
    practice: bool
    held_s: float
    angle_deg: float
    flexion_deg: float
    made: tuple[LiveTrial, ...]
    coaching: Line | None
    cue: Cue
    measured_from_s: float | None
    stopped: StopReason | None

    @property
    def over(self) -> bool:
        """Whether the check is over."""
        return self.phase in ENDS
