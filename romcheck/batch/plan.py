"""The plan of a run: which videos already have an outcome, and which are to be measured."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from romcheck.batch.finished import Ended, ended
from romcheck.batch.identity import (
    DIGITS,
    Change,
    Program,
    changes,
    outcome_name,
    recorded,
    settings_of,
    this_program,
    way_key,
)
from romcheck.batch.outcome import Task, VideoOutcome
from romcheck.batch.places import local_path, size_of, version_of
from romcheck.batch.sharing import MOST_NAMED, Sharing, sharing_of
from romcheck.batch.store import Store
from romcheck.batch.videos import Video
from romcheck.batch.worker import ResourceLimits
from romcheck.exchange.origin import content_sha256
from romcheck.i18n.message import Message, message
from romcheck.names import folded, shown

READERS = 4
"""Files hashed in parallel: more exceed a disk, and one processor hashes faster than most disks read."""
GIVEN_AT_ONCE = 1000
"""Files given to the readers at once: those waiting take a kilobyte each."""


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement: a content with its settings, for every video of the study with the same.

    Attributes
    ----------
    task : what is to be done
    videos : the videos it belongs to
    kept : what is known of its outcome, where it exists already
    bytes : size of the file, where known
    version : version of a video at a URL, as stated by the server
    """

    task: Task
    videos: tuple[Video, ...]
    kept: Ended | None
    bytes: int | None
    version: str = ""


@dataclass(frozen=True)
class RunPlan:
    """All jobs of a run, and why earlier outcomes are no longer valid: ``redone``, for ``again`` videos.

    ``sharing``: recordings with several videos, as far as the contents are known before anything is measured.
    ``remarks``: what the user should check: labels that seem to be one written in two ways, videos that the tables had.
    """

    jobs: tuple[Job, ...]
    program: Program
    limits: ResourceLimits
    redone: tuple[Change, ...]
    again: int
    retried: int
    sharing: Sharing
    remarks: tuple[Message, ...] = ()

    @cached_property
    def videos(self) -> int:
        """Videos of the study."""
        return sum(len(job.videos) for job in self.jobs)

    @cached_property
    def kept(self) -> int:
        """Number of videos with an outcome."""
        return sum(len(job.videos) for job in self.jobs if job.kept)

    def statement(self) -> str:
        """What the run will do, as a sentence."""
        to_do = self.videos - self.kept
        said = f"{_videos(self.videos)}: {self.kept} done before and kept, {to_do} to measure."
        if self.redone:
            said += (
                f"\nOf these, {_videos(self.again)} had an outcome that does not count any more, because of a change "
                f"of {'; '.join(map(str, self.redone))}."
            )
        if self.retried:
            said += f"\n{_videos(self.retried)} that failed before will be tried again."
        return "\n".join((said, *map(str, (*self.remarks, *self.sharing.contradictions.values()))))


def plan_of(
    videos: Sequence[Video],
    store: Store,
    *,
    fov_deg: float | None = None,
    limits: ResourceLimits | None = None,
    retry: bool = False,
    hashed: Callable[[int, int], None] | None = None,
    connects: bool = True,
) -> RunPlan:
    """Plan a run, by the content of every video, its settings and the program.

    Parameters
    ----------
    videos : of the study
    store : outcomes of earlier runs
    fov_deg : field of view for videos without a calibrated lens
    limits : a failure at a lower limit than these is tried again
    retry : try all failures again
    hashed : called with the videos read and all
    connects : whether servers may be asked; without it the content at an address counts as unknown
    """
    limits, program = limits or ResourceLimits(), this_program()
    contents = _contents(videos, store, hashed, connects)
    groups: dict[str, list[int]] = {}
    for index, (video, (sha256, _)) in enumerate(zip(videos, contents, strict=True)):
        way = recorded(settings_of(video, fov_deg), program)
        # Unknown content is identified by its location.
        name = outcome_name(sha256, way) if sha256 else f"{video.location}\0{way_key(way)}"
        groups.setdefault(name, []).append(index)
    jobs: list[Job] = []
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = []
    ways: dict[str, dict[str, Any]] = {}  # each held once: many videos share few
    retried = 0
    for name, members in groups.items():
        first = videos[members[0]]
        sha256, version = contents[members[0]]
        settings = settings_of(first, fov_deg)
        kept = store.get(name) if sha256 else None
        if kept is not None and _stale(kept, limits, retry):
            kept, retried = None, retried + len(members)
        elif kept is None and sha256:
            now = recorded(settings, program)
            if before := _before(store, sha256, now, groups):
                pair = ways.setdefault(way_key(before), before), ways.setdefault(way_key(now), now)
                pairs += [pair] * len(members)
        task = Task(first.id, first.location, settings, program)
        known = ended(kept) if kept else None
        jobs.append(Job(task, tuple(videos[i] for i in members), known, size_of(first.location), version))
    sharing = sharing_of((sha256, video) for video, (sha256, _) in zip(videos, contents, strict=True))
    return RunPlan(
        tuple(jobs),
        program,
        limits,
        tuple(changes(pairs)),
        len(pairs),
        retried,
        sharing,
        _remarks(videos, store, (sha256 for sha256, _ in contents)),
    )


def _remarks(videos: Sequence[Video], store: Store, contents: Iterable[str | None]) -> tuple[Message, ...]:
    """What is to be checked before the tables are believed."""
    remarks = []
    for column in ("participant", "visit", "rater"):
        ways: dict[str, dict[str, None]] = {}
        for video in videos:
            label = getattr(video, column)
            ways.setdefault(folded(label), {})[label] = None
        if alike := [" / ".join(map(shown, one)) for one in ways.values() if len(one) > 1]:
            told = alike[:MOST_NAMED] + ["…"] * (len(alike) > MOST_NAMED)
            remarks.append(message("said.labels_alike", column=column, labels=told))
    ids = {video.id for video in videos}
    # A video that is only named otherwise has its content here.
    lost = store.contents() - {(sha256 or "")[:DIGITS] for sha256 in contents}
    gone = sum(video_id not in ids for video_id in store.measured_before()) if lost else 0
    if gone := min(gone, len(lost)):
        remarks.append(message("said.tables_narrower", count=gone, videos=len(ids)))
    return tuple(remarks)


def _contents(
    videos: Sequence[Video], store: Store, hashed: Callable[[int, int], None] | None, connects: bool
) -> list[tuple[str | None, str]]:
    """SHA-256 of every video, None where it is not known yet or cannot be read; and the version stated by a server."""

    def content(location: str) -> tuple[str | None, str]:
        path = local_path(location)
        if path is None and not connects:
            return None, ""
        if path is None:
            version = version_of(location)
            return store.served(location, version), version
        try:
            return (content_sha256(path) if path.is_file() else None), ""
        except OSError:  # reported when it is measured
            return None, ""

    places = list(dict.fromkeys(video.location for video in videos))
    known: dict[str, tuple[str | None, str]] = {}
    readers = ThreadPoolExecutor(READERS)
    try:
        for begin in range(0, len(places), GIVEN_AT_ONCE):
            some = places[begin : begin + GIVEN_AT_ONCE]
            for place, found in zip(some, readers.map(content, some), strict=True):
                known[place] = found
                if hashed:
                    hashed(len(known), len(places))
    finally:
        readers.shutdown(wait=False, cancel_futures=True)  # Ctrl-C must not wait until terabytes are hashed
    return [known[video.location] for video in videos]


def _stale(kept: VideoOutcome, limits: ResourceLimits, retry: bool) -> bool:
    """Whether an outcome is a failure that is worth another try."""
    if kept.failure is None:
        return False
    allowed = {"time_limit": limits.seconds, "memory_limit": limits.memory_mb}.get(kept.failure.code)
    return retry or (allowed is not None and allowed > (kept.failure.limit or 0))


def _before(store: Store, sha256: str, now: dict[str, Any], used: Collection[str]) -> dict[str, Any] | None:
    """How this content was measured before, if not so; of several ways the one most like it.

    An outcome that another video of the study still uses is not the former one of this video, which is simply new.
    """
    outcomes = (store.get(name) for name in store.of_content(sha256[:DIGITS]) if name not in used)
    ways = [outcome.way for outcome in outcomes if outcome]
    return min(ways, key=lambda way: sum(way.get(key) != now[key] for key in now), default=None)


def _videos(count: int) -> str:
    return f"{count} video{'' if count == 1 else 's'}"
