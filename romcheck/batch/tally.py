"""What the report says of a study, counted video by video: of a trial no more is kept than its numbers."""

from __future__ import annotations

import statistics
from array import array
from collections import Counter
from typing import Final, get_args

import numpy as np

from romcheck.batch.drawing import BIN_DEG
from romcheck.batch.finished import Doubted, Missed, Trial
from romcheck.batch.identity import DIGITS, Program
from romcheck.batch.outcome import FailureCode
from romcheck.batch.sharing import Sharing
from romcheck.batch.videos import Video
from romcheck.results import LensKnowledge, Movement, MovementName, Quality, Result, Test

MOST_THUMBNAILS = 200
"""Most doubted trials in the report; all of them are in movements.csv."""
MOST_VISITS = 12
"""With more visits than these, as where each is a date, the report takes a movement's trials of all visits together."""
MOST_MISSED = 200
"""Most videos without a result held for the page; all of them are in the report and in failures.csv."""


class MovementTally:
    """The trials of one movement in one test.

    Attributes
    ----------
    recordings, trials : how many
    angles, widths : of the trials used: not rejected, and sure enough to be shown
    bins : trials of each quality by steps of the histogram
    top_deg : largest angle, 0 without any
    """

    def __init__(self) -> None:
        self.recordings = self.trials = 0
        self.angles, self.widths = array("d"), array("d")
        self._whose = array("q")
        self.bins: dict[Quality, Counter[int]] = {quality: Counter() for quality in get_args(Quality)}
        self.top_deg = 0.0

    def add(self, m: Movement, whose: int) -> None:
        """Count a trial; ``whose`` is the number of its participant or video."""
        self.trials += 1
        if m.angle_deg is None:
            return
        self.bins[m.quality][int(m.angle_deg // BIN_DEG)] += 1
        self.top_deg = max(self.top_deg, m.angle_deg)
        if m.quality == "rejected" or m.unsure:
            return
        self.angles.append(m.angle_deg)
        self._whose.append(whose)
        if m.uncertainty_deg is not None:
            self.widths.append(m.uncertainty_deg)

    def means(self) -> array[float]:
        """Mean angle of each participant, or of each video where no participant is named."""
        whose = np.asarray(self._whose)
        order = np.argsort(whose, kind="stable")
        parts = np.split(np.asarray(self.angles)[order], np.flatnonzero(np.diff(whose[order])) + 1)
        return array("d", (statistics.fmean(part.tolist()) for part in parts if part.size))


class StudyReport:
    """Content of the report.

    A recording counts once, however many videos share it: with the trials and warnings of the first of them, and of
    another only with those of a test the first does not have, as where two rows name two tests.

    Attributes
    ----------
    sharing : recordings with several videos
    measured, recordings : videos with a result, and how many contents they are
    sharers : how many of them share theirs
    missed, failures : the first videos without one, and how many there are by reason
    trials : by quality
    lenses : recordings by what is known of their lens
    movements : by test and movement
    by_visit : the same by visit too; empty with more than `MOST_VISITS` visits
    visits : labels of the visits of the videos that were measured, one more than `MOST_VISITS` at most
    reasons, reason_recordings : trials and recordings with each doubt
    doubted : the first doubted trials, rejected ones first, with their curves
    """

    def __init__(self, program: Program, sharing: Sharing) -> None:
        self.program: Final = program
        self.sharing: Final = sharing
        self.measured = self.recordings = self.sharers = 0
        self.missed: list[Missed] = []
        self.failures: Counter[FailureCode] = Counter()
        self.trials: Counter[Quality] = Counter()
        self.movements: dict[tuple[Test, MovementName], MovementTally] = {}
        self.by_visit: dict[tuple[Test, MovementName, str], MovementTally] = {}
        self.visits: dict[str, None] = {}
        self.lenses: Counter[LensKnowledge] = Counter()
        self.reasons: Counter[str] = Counter()
        self.reason_recordings: Counter[str] = Counter()
        self.warnings: Counter[str] = Counter()
        self.doubted: tuple[Doubted, ...] = ()
        self._people: dict[str, int] = {}
        self._counted: dict[str, set[str | tuple[Test, MovementName]]] = {}
        self._rejected: list[Trial] = []
        self._usable: list[Trial] = []

    @property
    def people(self) -> int:
        """Participants with a video that was measured."""
        return len(self._people)

    @property
    def missed_in_all(self) -> int:
        """Videos without a result."""
        return self.failures.total()

    @property
    def doubted_in_all(self) -> int:
        """Doubted trials."""
        return self.trials.total() - self.trials["good"]

    def add(self, video: Video, result: Result, name: str) -> None:
        """Count the result of a video; ``name`` is that of its outcome."""
        self.measured += 1
        who = video.participant
        whose = self._people.setdefault(who, len(self._people)) if who else -self.measured
        counted = self._counted_of(name[:DIGITS])
        found = [
            (of.test, m) for of in result.examinations for m in of.movements if (of.test, m.movement) not in counted
        ]
        if found:
            self.lenses[result.camera.known] += 1
        kinds, codes = {(test, m.movement) for test, m in found}, {code for _, m in found for code in m.reasons}
        if len(self.visits) <= MOST_VISITS:
            self.visits.setdefault(video.visit)
        for kind in kinds:
            for tally in self._tallies(*kind, video.visit):
                tally.recordings += 1
        self.reason_recordings.update(codes - counted)
        self.warnings.update(warning for warning in result.warnings if warning not in counted)
        counted.update(kinds, codes, result.warnings)
        for test, m in found:
            self.trials[m.quality] += 1
            self.reasons.update(m.reasons)
            for tally in self._tallies(test, m.movement, video.visit):
                tally.add(m, whose)
            some = self._rejected if m.quality == "rejected" else self._usable
            if m.quality != "good" and len(some) < MOST_THUMBNAILS:
                some.append(Trial(video, name, m))

    def _tallies(self, test: Test, movement: MovementName, visit: str) -> list[MovementTally]:
        """Where a movement is counted: over all visits and, while these are few, in its own."""
        tallies = [self.movements.setdefault((test, movement), MovementTally())]
        if len(self.visits) <= MOST_VISITS:
            tallies.append(self.by_visit.setdefault((test, movement, visit), MovementTally()))
        else:
            self.by_visit.clear()
        return tallies

    def _counted_of(self, content: str) -> set[str | tuple[Test, MovementName]]:
        """What has been counted of a recording: movements, doubts and warnings. Kept only where it can come again."""
        self.recordings += content not in self._counted
        if content not in self.sharing.alike:
            return set()
        self.sharers += 1
        return self._counted.setdefault(content, set())

    def miss(self, missed: Missed) -> None:
        """Count a video without a result."""
        self.failures[missed.failure.code] += 1
        if len(self.missed) < MOST_MISSED:
            self.missed.append(missed)

    def first_doubted(self) -> list[Trial]:
        """Doubted trials to be shown, the rejected ones first."""
        return [*self._rejected, *self._usable][:MOST_THUMBNAILS]
