"""In which pictures the face's landmarks are looked for."""

from __future__ import annotations

import threading

from romcheck.person.settings import PERSON

ATTENTION = PERSON.attention


class Attention:
    """Looks at every picture as long as there is doubt, and a few times a second while the head is surely followed.

    What decides is how the head was followed a fixed number of pictures ago, however far the tracker has got since: a
    result must not depend on the speed of the machine. Landmarks and tracker may run in threads of their own.
    """

    def __init__(self) -> None:
        self._sure = bytearray()
        self._looked_s = -float("inf")
        self._followed = threading.Condition()

    def followed(self, surely: bool) -> None:
        """Take in how the next picture was followed."""
        with self._followed:
            self._sure.append(surely)
            self._followed.notify()

    def wanted(self, picture: int, time_s: float, stop: threading.Event | None = None) -> bool:
        """Whether the landmarks are wanted in a picture; waits until enough pictures before it were followed.

        Parameters
        ----------
        picture : its place among all that are followed, from 0
        time_s : its time
        stop : set when nothing will be followed any more; then they are not wanted
        """
        decisive = picture - ATTENTION.pictures_ago
        with self._followed:
            while len(self._sure) <= decisive:
                if stop is not None and stop.is_set():
                    return False
                self._followed.wait(0.1)
        sure = decisive >= 0 and bool(self._sure[decisive])
        if sure and time_s - self._looked_s < ATTENTION.look_every_s:
            return False
        self._looked_s = time_s
        return True
