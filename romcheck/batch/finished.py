"""A video with its outcome: quality, and why there is no result."""

from __future__ import annotations

from dataclasses import dataclass

from romcheck.batch.outcome import VIDEO, Failure, VideoOutcome
from romcheck.batch.videos import Video
from romcheck.i18n.message import Message
from romcheck.results import Movement


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run keeps in memory of an outcome; ``name`` is None where it is transient."""

    name: str | None
    failure: Failure | None
    movements: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished video: its outcome is stored under ``name``, or transient (a file that could not be reached)."""

    video: Video
    name: str | None
    passing: VideoOutcome | None = None


@dataclass(frozen=True)
class Missed:
    """A video without a result, and the reason with its own name."""

    video: Video
    failure: Failure
    reason: Message


@dataclass(frozen=True)
class Trial:
    """One trial, its video, and the name of that video's outcome."""

    video: Video
    name: str
    movement: Movement


@dataclass(frozen=True)
class Doubted:
    """A doubted trial with its angle over ``span_s``; None where a frame has none."""

    trial: Trial
    span_s: tuple[float, float]
    time_s: tuple[float, ...]
    angle_deg: tuple[float | None, ...]


def ended(outcome: VideoOutcome) -> Ended:
    """What a run keeps of it."""
    found = sum(len(of.movements) for of in outcome.result.examinations) if outcome.result else 0
    return Ended(outcome.name, outcome.failure, found, outcome.cost.seconds)


def reason_for(video: Video, outcome: VideoOutcome | Ended) -> Message | None:
    """Why this video failed, with its own name; None where it did not."""
    if outcome.failure is None:
        return None
    name = video.name.rsplit("/", 1)[-1]
    told = outcome.failure.message
    if not told.values:  # kept by an earlier version, as a sentence
        return Message(told.code.replace(VIDEO, name))
    return told.with_words(lambda word: word.replace(VIDEO, name))
