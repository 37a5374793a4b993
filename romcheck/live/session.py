"""Live checks between page and camera: the page plans one and gets a token, which the camera connection presents.

The pages run again with every click; what they and the connection share is kept here.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from weakref import WeakValueDictionary

from romcheck.geometry.intrinsics import Lens
from romcheck.live.camera_turn import TURN_S, WAIT_S
from romcheck.live.engine import Engines
from romcheck.live.messages import CheckEnded, LookAround, LookedAround
from romcheck.live.state import CheckPlan
from romcheck.person.head_map import HeadMap

SessionState = Literal["waiting", "framing", "check", "ended", "interrupted"]
"""``ended`` with an outcome, ``interrupted`` without one: a lost connection, a page reloaded, a fault."""


@dataclass(eq=False)
class LiveCheck:
    """One check, from its plan to its outcome.

    Attributes
    ----------
    plan : what is to be done
    keep : where the video is saved; None saves nothing
    head_map : of the head in an earlier check of the same visit
    token : for one connection, valid once
    standing : its status
    outcome : the last message of the measuring process
    dropped : pictures that could not be used
    camera : the camera's name, as given by the browser; empty before one is connected
    lens : of its pictures; None before one is connected
    looked : what the last turn of the camera showed of its lens; None before one is over
    look_around_at_s : when it was asked for, on this computer's clock; None before that
    ask : passes on a wish to the measuring process; None before one is connected
    """

    plan: CheckPlan
    keep: Path | None = None
    head_map: HeadMap | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    standing: SessionState = "waiting"
    outcome: CheckEnded | None = None
    dropped: int = 0
    camera: str = ""
    lens: Lens | None = None
    looked: LookedAround | None = None
    look_around_at_s: float | None = None
    ask: Callable[[LookAround], None] | None = None

    def look_around(self) -> None:
        """Ask for a turn of the camera."""
        if self.ask is not None:
            self.looked, self.look_around_at_s = None, time.monotonic()
            self.ask(LookAround(WAIT_S, TURN_S))


class LiveChecks:
    """Checks waiting for their camera. One that no page refers to any more is discarded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: WeakValueDictionary[str, LiveCheck] = WeakValueDictionary()
        self._planned: WeakValueDictionary[str, LiveCheck] = WeakValueDictionary()

    def plan(self, plan: CheckPlan, keep: Path | None = None, head_map: HeadMap | None = None) -> LiveCheck:
        """Plan a check."""
        check = LiveCheck(plan, keep, head_map)
        with self._lock:
            self._waiting[check.token] = self._planned[check.token] = check
        return check

    def ended(self, token: str) -> LiveCheck | None:
        """The check of a token once it has ended, as long as a page refers to it."""
        with self._lock:
            check = self._planned.get(token)
        return check if check is not None and check.standing == "ended" else None

    def take(self, token: str) -> LiveCheck | None:
        """The check of a token on its first use; None after that, or for an unknown token."""
        with self._lock:
            return self._waiting.pop(token, None)


checks = LiveChecks()
engines = Engines()
