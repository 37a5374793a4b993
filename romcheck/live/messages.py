"""The messages between the server and the measuring process of one check."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from romcheck.calibrate.scene import SceneCalibration
from romcheck.geometry.intrinsics import Lens
from romcheck.i18n.message import Message
from romcheck.live.recording import Shot
from romcheck.live.state import CheckPlan, CheckState, StopReason
from romcheck.measure import Measurement
from romcheck.person.head_map import HeadMap


@dataclass(frozen=True)
class StartCheck:
    """The first message.

    Attributes
    ----------
    plan : what is to be done
    lens : of the pictures that follow
    keep : where the video is kept; None keeps nothing
    head_map : of the head in an earlier check of the same visit
    """

    plan: CheckPlan
    lens: Lens
    keep: Path | None = None
    head_map: HeadMap | None = None


@dataclass(frozen=True)
class Begin:
    """The framing is over: the guided check begins."""


@dataclass(frozen=True)
class LookAround:
    """During the framing: the camera is about to be turned, to find its lens from the room.

    Attributes
    ----------
    wait_s, turn_s : when it begins, and for how long it lasts, in the camera's seconds
    """

    wait_s: float
    turn_s: float


@dataclass(frozen=True)
class StopCheck:
    """The check ends now; what was measured before stays."""

    reason: StopReason


@dataclass(frozen=True)
class UpTo:
    """All pictures up to this number are dealt with.

    Attributes
    ----------
    number : as in ``Shot``
    dropped : pictures that could not be used, in all
    state : what is to be shown now, ready for JSON; None where nothing new is known
    """

    number: int
    dropped: int = 0
    state: dict[str, Any] | None = None


@dataclass(frozen=True)
class CheckEnded:
    """The last message.

    Attributes
    ----------
    check : how the guided check ended
    measurement : what was measured; None where nothing could be
    error : why not; None where the check was stopped before anything counted
    """

    check: CheckState
    measurement: Measurement | None
    error: Message | None = None


@dataclass(frozen=True)
class LookedAround:
    """The turn of the camera is over.

    Attributes
    ----------
    found : the lens; None where the room did not show it
    error : why not
    """

    found: SceneCalibration | None
    error: Message | None = None


ToWorker = StartCheck | Shot | Begin | LookAround | StopCheck
FromWorker = UpTo | LookedAround | CheckEnded


def write(stream: BinaryIO, message: ToWorker | FromWorker) -> None:
    """Send one message."""
    pickle.dump(message, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def read(stream: BinaryIO) -> Iterator[Any]:
    """Messages until the other side is gone. Only for pipes between processes of ours: unpickling runs code."""
    while True:
        try:
            yield pickle.load(stream)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            return
