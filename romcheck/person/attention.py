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
        self._over = False
        self._followed = threading.Condition()

    def followed(self, surely: bool) -> None:
        """Take in how the next picture was followed."""
        with self._followed:
            self._sure.append(surely)
            self._followed.notify()

    def wanted(self, picture: int, time_s: float) -> bool:
        """Whether the landmarks are wanted in a picture; waits until enough pictures before it were followed.

        Parameters
        ----------
        picture : its place among all that are followed, from 0
        time_s : its time
        """
        decisive = picture - ATTENTION.pictures_ago
        with self._followed:
            self._followed.wait_for(lambda: self._over or len(self._sure) > decisive)
        if self._over:
            return False
        sure = decisive >= 0 and bool(self._sure[decisive])
        if sure and time_s - self._looked_s < ATTENTION.look_every_s:
            return False
        self._looked_s = time_s
        return True

    def end(self) -> None:
        """Wait for nothing any more: no picture will be followed."""
        with self._followed:
            self._over = True
            self._followed.notify()
