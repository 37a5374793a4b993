"""True times of frames, regardless of errors in the file."""

from __future__ import annotations

from romcheck.notices import notice
from romcheck.results import Notice

LONGEST_GAP_S = 60.0
"""A gap longer than this is a broken timestamp rather than a pause; it stays a gap, but of this length."""

SHORTEST_STEP_S = 1e-4
"""Timestamps nearer to each other than this are the same one: no camera takes ten thousand pictures a second."""


class PresentationTimes:
    """Converts the timestamps of successive frames to strictly increasing seconds since the first frame.

    Valid timestamps are unchanged except for the shift to zero. Where they do not increase:

    - a missing one is set one frame interval after the frame before;
    - a repeated one, or one that jumps back, is set half an interval after the frame before, so that the next
      valid timestamp is still later and is used unchanged;
    - after a jump back that lasts (two recordings joined), the steps between timestamps are kept.

    Parameters
    ----------
    interval_s : float
        Frame interval the file states, used until two valid timestamps have shown the true one.
    origin_s : float or None
        Timestamp of the first frame, where it is not the first that is given here.
    """

    def __init__(self, interval_s: float, origin_s: float | None = None) -> None:
        self.interval_s = interval_s
        self.missing = 0
        self.backward = 0
        self.gaps_cut = 0
        self._origin = origin_s
        self._stamp: float | None = None
        self._last: float | None = None

    def next(self, stamp_s: float | None) -> float:
        """Time of the next frame, given its timestamp in seconds (None where the file has none)."""
        previous, self._stamp = self._stamp, stamp_s if stamp_s is not None else self._stamp
        if stamp_s is None:
            self.missing += 1
            time = 0.0 if self._last is None else self._last + self.interval_s
        else:
            if self._origin is None:
                self._origin = stamp_s - (0.0 if self._last is None else self._last + self.interval_s)
            time = self._placed(stamp_s, previous)
        self._last = time
        return time

    def _placed(self, stamp: float, previous: float | None) -> float:
        assert self._origin is not None
        time = stamp - self._origin
        if self._last is None or previous is None:
            return time
        if stamp - previous < SHORTEST_STEP_S:
            self.backward += 1
            return self._last + self.interval_s / 2
        if time - self._last < SHORTEST_STEP_S:  # still behind, after a jump back that lasts
            return self._last + min(stamp - previous, LONGEST_GAP_S)
        step = time - self._last
        if step > LONGEST_GAP_S:
            self.gaps_cut += 1
            self._origin += step - LONGEST_GAP_S
            return self._last + LONGEST_GAP_S
        if step < 1:
            self.interval_s = step
        return time

    def notices(self) -> list[Notice]:
        """Notices on repaired timestamps."""
        found = []
        if self.missing:
            found.append(notice("frames_without_time", count=self.missing))
        if self.backward:
            found.append(notice("times_backward", count=self.backward))
        if self.gaps_cut:
            found.append(notice("time_gaps", count=self.gaps_cut, most_s=LONGEST_GAP_S))
        return found


REPAIRED = ("frames_without_time", "times_backward", "time_gaps")
"""Notices on timestamps that were repaired: the times of the frames depend on all frames before them."""
