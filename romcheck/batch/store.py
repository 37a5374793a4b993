"""Outcomes stored in the study folder, and the lock against a second run in the same folder."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from typing import IO

from romcheck.batch.identity import DIGITS
from romcheck.batch.outcome import VideoOutcome, outcome_json, read_outcome
from romcheck.batch.places import Folder, told, without_user
from romcheck.errors import OutputError, RomcheckError, system_says
from romcheck.names import shown

OUTCOMES = "outcomes"
FRAMES = "frames"
FRAMES_OF = "video_id="
"""Prefix of the folders in ``frames/``, as in Parquet datasets."""
LOCK = "run.lock"
PROVENANCE = "provenance.json"
UNFINISHED = (
    "outcomes/.*", "served/.*", "frames/*/.frames.*", ".movements.*", ".summary.*", ".videos.*", ".failures.*",
    ".report.*", ".provenance.*",
)  # fmt: skip
"""Names of files that a killed run may leave unfinished."""
BEAT_S, DEAD_AFTER_S = 30.0, 150.0
"""A lock at a URL is renewed at this interval, and expires after this time without renewal."""


class Store:
    """Outcomes by the name :attr:`romcheck.batch.outcome.Outcome.name`; each is complete or missing."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        names = list(folder.names(OUTCOMES))
        self._names = {name.removesuffix(".json") for name in names if name.endswith(".json")}
        self._measured = {name.removesuffix(".parquet") for name in names if name.endswith(".parquet")}
        self._sorted = sorted(self._names)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def get(self, name: str) -> VideoOutcome | None:
        """Outcome of this name without its frames; None where there is none, or an unusable one."""
        content = self.folder.read(f"{OUTCOMES}/{name}.json") if name in self._names else None
        try:
            return None if content is None else read_outcome(content)
        except (ValueError, TypeError, KeyError):  # of another version, or damaged from outside: measured again
            return None

    def of_content(self, sha256_start: str) -> list[str]:
        """Names of the outcomes of a content, however measured, as of the opening of the store."""
        there = map(self._sorted.__getitem__, range(bisect_left(self._sorted, sha256_start), len(self._sorted)))
        return list(takewhile(lambda known: known.startswith(sha256_start), there))

    def contents(self) -> set[str]:
        """How the SHA-256 of every content begins that was measured, as of the opening of the store."""
        return {name[:DIGITS] for name in self._names & self._measured}

    def put(self, outcome: VideoOutcome) -> None:
        """Store an outcome unless it is transient; the frames first, so that the outcome is last."""
        if outcome.name is None:
            return
        if outcome.frames is not None:
            self.folder.write(frames_name(outcome.name), outcome.frames)
        self.folder.write(f"{OUTCOMES}/{outcome.name}.json", outcome_json(outcome))
        self._names.add(outcome.name)

    def measured_before(self) -> Iterator[str]:
        """Identities of the videos that the tables of the study have angles of."""
        return (part.removeprefix(FRAMES_OF) for part in self.folder.folders(FRAMES) if part.startswith(FRAMES_OF))

    def served(self, location: str, version: str) -> str | None:
        """SHA-256 of a video at a URL from an earlier download, if the server still has that version."""
        content = self.folder.read(_served_name(location)) if version else None
        known = json.loads(content) if content else {}
        return known.get("sha256") if known.get("version") == version else None

    def remember_served(self, location: str, version: str, sha256: str) -> None:
        """Store the hash of a video at a URL."""
        if version:
            known = {"location": told(location), "version": version, "sha256": sha256}
            self.folder.write(_served_name(location), json.dumps(known).encode())


def _served_name(location: str) -> str:
    return f"served/{hashlib.sha256(without_user(location).encode()).hexdigest()[:DIGITS]}.json"


def frames_name(name: str) -> str:
    """Path of the frames of the outcome with this name."""
    return f"{OUTCOMES}/{name}.parquet"


class InUseError(RomcheckError):
    """Another run writes to the same folder."""


@contextmanager
def alone_in(folder: Folder) -> Iterator[None]:
    """Keep other runs out of a folder until the block ends.

    On local disks the system holds the lock and releases it however the process ends. At a URL the lock is a file that
    is renewed; that of a killed run expires after some minutes.

    Raises
    ------
    InUseError
        When another run uses it; the message says which.
    """
    if folder.path is None:
        with _beating(folder):
            yield
        return
    path = folder.path / LOCK
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise OutputError("unwritten", path=shown(path), why=system_says(error)) from error
    with file:
        if not _locked(file):
            file.seek(0)
            raise _in_use(folder, file.read().strip())
        file.truncate(0)
        file.write(_me())
        file.flush()
        for left in (path for pattern in UNFINISHED for path in folder.path.glob(pattern)):
            left.unlink()
        try:
            yield
        finally:
            file.truncate(0)


def _locked(file: IO[str]) -> bool:
    """Try to acquire the lock without waiting."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 30)  # a byte that is never written, so that others can read who holds the lock
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _beating(folder: Folder) -> Iterator[None]:
    content = folder.read(LOCK)
    other = json.loads(content) if content else None
    if other and time.time() - other["time"] < DEAD_AFTER_S:
        raise _in_use(folder, other["who"])
    ended = threading.Event()

    def beat() -> None:
        folder.write(LOCK, json.dumps({"who": _me(), "time": time.time()}).encode())

    def keep_beating() -> None:
        while not ended.wait(BEAT_S):
            try:
                beat()
            except OutputError:  # the next renewal may succeed; otherwise writing results will fail
                continue

    beat()
    thread = threading.Thread(target=keep_beating, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        folder.remove(LOCK)


def _me() -> str:
    return f"process {os.getpid()} on {platform.node()}"


def _in_use(folder: Folder, who: str) -> InUseError:
    return InUseError("out_in_use", location=folder.location, who=who or "unknown")
