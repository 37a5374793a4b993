"""Listing the contents of a folder or manifest before anything is measured."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av

from romcheck.batch.places import LOCAL, local_path, size_of
from romcheck.batch.sources import MANIFEST_ENDINGS, VIDEO_ENDINGS, files_in, videos_of
from romcheck.errors import RomcheckError
from romcheck.names import meant
from romcheck.sources.opening import open_container

LOOKS_S = 2.0
"""Most seconds for listing a folder, and again for the lengths of its videos."""

LONGEST_S = 7 * 24 * 3600.0
"""A longer stated length is a damaged file's."""


@dataclass(frozen=True)
class Found:
    """Content of a folder or manifest.

    Attributes
    ----------
    locations : of the videos, sorted
    complete : whether everything was searched
    bytes : of those videos
    seconds : their total length; None where that takes too long to find out, or none states it
    unreadable : number of videos that do not state their length
    """

    locations: tuple[str, ...]
    complete: bool
    bytes: int
    seconds: float | None
    unreadable: int


def look(source: str) -> Found:
    """Look into a folder, a manifest (checked whole), or at a video of this computer.

    Raises
    ------
    RomcheckError
        As :func:`romcheck.batch.sources.videos_of`.
    """
    path, end = Path(source), time.monotonic() + LOOKS_S
    complete = True
    if path.is_dir() and not source.lower().endswith(MANIFEST_ENDINGS):
        found = []
        for file in files_in(path):
            if time.monotonic() > end:
                complete = False
                break
            if file.name.lower().endswith(VIDEO_ENDINGS):
                found.append(str(file))
    else:
        found = []
    if complete and not found:
        found = [video.location for video in videos_of([source], reach=LOCAL)]
    locations = tuple(sorted(dict.fromkeys(found)))
    seconds, unreadable = _playing(locations)
    return Found(locations, complete, sum(size_of(location) or 0 for location in locations), seconds, unreadable)


def folders_in(folder: Path) -> tuple[str, ...]:
    """Names of the folders directly in a folder, sorted; without hidden and unreadable ones."""
    with suppress(OSError), os.scandir(folder) as entries:
        return tuple(sorted(e.name for e in entries if not e.name.startswith(".") and e.is_dir()))
    return ()


def _playing(locations: tuple[str, ...]) -> tuple[float | None, int]:
    """Total length stated by the video files, and the number that state none; None if that takes too long."""
    end, whole, unreadable = time.monotonic() + LOOKS_S, 0.0, 0
    for location in locations:
        path = local_path(location)
        if path is None or time.monotonic() > end:
            return None, 0
        try:
            with open_container(path) as container:
                stated = container.duration
        except (RomcheckError, av.FFmpegError):
            stated = None
        if stated is not None and not 0 <= stated <= LONGEST_S * av.time_base:
            stated = None
        whole += (stated or 0) / av.time_base
        unreadable += stated is None
    return (whole if unreadable < len(locations) else None), unreadable


def as_path(typed: str) -> str:
    """The input as an absolute path; network addresses unchanged."""
    text = typed.strip().strip("\"'")
    path = local_path(text) if text else None
    if path is None:
        return text
    whole = str(path.expanduser().absolute())
    # A field contains text; names that are not valid text are shown with escapes.
    return meant(whole) if not os.path.exists(whole) and os.path.exists(meant(whole)) else whole


def folder_beside(source: str) -> str:
    """A folder beside the videos for the results, ``NAME-study``; empty without a name."""
    path = Path(source)
    return str(path.with_name(f"{path.stem}-study")) if path.name else ""
