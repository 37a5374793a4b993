"""The turn of the camera during the framing, from which its lens is found."""

from __future__ import annotations

import threading
from collections.abc import Callable

import cv2
import numpy as np

from romcheck.calibrate.scene import calibrated_scene
from romcheck.calibrate.scene_views import SceneWatch
from romcheck.errors import RomcheckError, explain_unexpected
from romcheck.live.messages import LookAround, LookedAround
from romcheck.live.recording import PictureDecoder, Shot

WAIT_S = 5.0
"""From the button to the turn: time to take the camera in hand and to step out of the picture."""
TURN_S = 12.0


class CameraTurn:
    """Watches one turn.

    Parameters
    ----------
    wish : when it begins and how long it lasts
    done : called once, from a thread of its own, with what was found
    """

    def __init__(self, wish: LookAround, done: Callable[[LookedAround], None]) -> None:
        self._wish, self._done = wish, done
        self._decoder, self._watch = PictureDecoder(), SceneWatch()
        self._start_ms: int | None = None
        self.over = False

    def take(self, shot: Shot) -> None:
        """Take the next picture."""
        if self.over:
            return
        if self._start_ms is None:
            self._start_ms = shot.time_ms
        time_s = (shot.time_ms - self._start_ms) / 1000 - self._wish.wait_s
        if time_s >= 0 and (rgb := self._decoder.rgb(shot.jpeg)) is not None:
            self._watch.see(time_s, np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8))
        if time_s >= self._wish.turn_s:
            self.over = True
            threading.Thread(target=self._find, name="lens", daemon=True).start()

    def _find(self) -> None:
        try:
            found = LookedAround(calibrated_scene(self._watch))
        except RomcheckError as error:
            found = LookedAround(None, error.message)
        except Exception as error:  # the check goes on without it
            found = LookedAround(None, explain_unexpected(error, debug=False).message)
        self._done(found)
