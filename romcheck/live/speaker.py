"""Instructions during a guided check: the words spoken, and the current piece of advice."""

from __future__ import annotations

from romcheck.live.state import Cue, Line, Tone
from romcheck.live.trial import Judged, advice_for


class Speaker:
    """Queues instructions and remembers which were given.

    Attributes
    ----------
    cue : the newest thing to be heard
    coaching : the last advice, shown until replaced; None for nothing
    asked_s : when something was last spoken; None before the first words
    asks : how often the same instruction was repeated
    """

    def __init__(self) -> None:
        self.cue = Cue()
        self.coaching: Line | None = None
        self.asked_s: float | None = None
        self.asks = 0
        self._told: set[str] = set()

    def say(self, time_s: float, *lines: Line, tone: Tone = "") -> None:
        """Speak now."""
        self.cue = Cue(self.cue.id + 1, tone, lines)
        self.asked_s = time_s

    def warn_of_flexion(self, time_s: float, lost_deg: float) -> None:
        """Warn that flexion is being lost, once per turn."""
        if "keep_flexed" not in self._told:
            self._told.add("keep_flexed")
            self.coaching = Line("flexion_lost", (("degrees", lost_deg),))
            self.say(time_s, Line("keep_flexed"))

    def new_turn(self) -> None:
        """Start a new turn: warnings given once per turn may be given again."""
        self._told.discard("keep_flexed")

    def remark(self, reason: str | None, *, cost: bool) -> tuple[Line, ...]:
        """Advice on a doubt alone, as :meth:`comment` gives it; `cost` says whether it cost the trial."""
        self.coaching = None if reason is None else Line(reason)
        if reason is None or self.coaching is None:
            return ()
        told = not cost and reason in self._told
        self._told.add(reason)
        return () if told else (self.coaching,)

    def comment(self, judged: Judged | None, *, other_asked: bool) -> tuple[Line, ...]:
        """Advice on a finished trial: shown from now on, and returned if it is also to be spoken.

        Parameters
        ----------
        judged : what the trial was; None where none was found
        other_asked : whether another movement had been asked for
        """
        self.coaching = None
        if judged is None:
            self.coaching = Line("no_hold")
        elif judged.reasons:
            self.coaching = advice_for(judged)
            # A doubt that did not cost the trial is always shown but spoken once: the person may be unable to help it.
            told = judged.verdict == "usable" and self.coaching.key in self._told
            self._told.add(self.coaching.key)
            return () if told else (self.coaching,)
        elif other_asked:
            self.coaching = Line(f"was.{judged.movement}")
        return () if self.coaching is None else (self.coaching,)
