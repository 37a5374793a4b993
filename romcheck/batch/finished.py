"""A video with its outcome: quality, cost, and why there is no result."""

from __future__ import annotations

from dataclasses import dataclass

from romcheck.batch.outcome import VIDEO, VideoOutcome
from romcheck.batch.videos import Video
from romcheck.i18n.message import Message


@dataclass(frozen=True)
class Finished:
    """A finished video: its outcome is stored under ``name``, or transient (a file that could not be reached)."""

    video: Video
    name: str | None
    passing: VideoOutcome | None = None


@dataclass(frozen=True)
class Spent:
    """Cost of one outcome; ``video_s`` is 0 if there is no result."""

    sha256: str | None
    video_s: float
    seconds: float
    peak_mb: float | None
    machine: str


def reason_for(video: Video, outcome: VideoOutcome) -> Message | None:
    """Why this video failed, with its own name; None where it did not."""
    if outcome.failure is None:
        return None
    name = video.name.rsplit("/", 1)[-1]
    told = outcome.failure.message
    if not told.values:  # kept by an earlier version, as a sentence
        return Message(told.code.replace(VIDEO, name))
    return told.with_words(lambda word: word.replace(VIDEO, name))
