"""Measuring one video: the task and its outcome."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from romcheck.batch.identity import Program, Settings, outcome_name, recorded, this_program
from romcheck.batch.places import PlaceError, at_hand, without_secrets
from romcheck.errors import CameraError, EngineError, RomcheckError, explain_import_error, system_says
from romcheck.exchange.origin import content_sha256
from romcheck.i18n.message import Message, message
from romcheck.names import shown
from romcheck.progress import Progress
from romcheck.results import Result

SCHEMA = "romcheck.outcome/1"

VIDEO = "{video}"
"""Placeholder for the video's name in a reason: the same content may have several names."""

FailureCode = Literal[
    "not_reached",
    "not_measured",
    "camera_unfit",
    "crashed",
    "time_limit",
    "memory_limit",
    "machine_unfit",
    "unexpected",
]

FAILURES: dict[FailureCode, str] = {
    "not_reached": "the file is missing, may not be read or could not be downloaded; retried in every run",
    "not_measured": "the file is not a video, is damaged, or shows nothing that can be measured",
    "camera_unfit": "the camera file does not fit this video",
    "crashed": "the process measuring it ended unexpectedly, twice",
    "time_limit": "measuring took longer than allowed; retried when more is allowed",
    "memory_limit": "measuring took more memory than allowed; retried when more is allowed",
    "machine_unfit": "the machine has a different version of romcheck, or cannot run it; retried in every run",
    "unexpected": "an error in the program",
}
"""Why a video has no result, by code."""

PASSING: tuple[FailureCode, ...] = ("not_reached", "machine_unfit")
"""Failures that are not due to the video: they are not stored as its outcome."""


@dataclass(frozen=True, slots=True)
class Task:
    """One video to be measured, complete in itself: it may be sent to another machine."""

    key: str
    location: str
    settings: Settings
    program: Program


@dataclass(frozen=True)
class Failure:
    """Why there is no result. ``limit`` is the one that was reached, in seconds or MB."""

    code: FailureCode
    message: Message
    limit: float | None = None


@dataclass(frozen=True)
class Cost:
    """Cost of measuring; not part of the result, because it differs from run to run."""

    seconds: float = 0.0
    peak_mb: float | None = None
    machine: str = ""


@dataclass(frozen=True)
class VideoOutcome:
    """Outcome of one video: a result with its frames (Parquet), or a failure.

    ``sha256`` is None where the file could not be read. ``way`` are its settings and program, from
    :func:`romcheck.batch.identity.recorded`.
    """

    sha256: str | None
    way: dict[str, Any]
    result: Result | None
    frames: bytes | None
    failure: Failure | None
    cost: Cost = Cost()

    @property
    def name(self) -> str | None:
        """Name under which it is stored; None for transient failures, which are retried."""
        if self.sha256 is None or (self.failure and self.failure.code in PASSING):
            return None
        return outcome_name(self.sha256, self.way)


def measure_one(task: Task, seen: Progress | None = None) -> VideoOutcome:
    """Measure one video; any error becomes a failure with its reason.

    Parameters
    ----------
    task : the video
    seen : called with the frames done and, if known, expected
    """
    began = time.monotonic()
    way = recorded(task.settings, task.program)
    sha256: str | None = None
    result, frames, failure = None, None, None
    try:
        if this_program() != task.program:
            raise _other(this_program(), task.program)
        with at_hand(task.location) as path:
            try:
                sha256 = _content(path)
                result, frames = _measured(path, task.settings, seen)
            except RomcheckError as error:
                failure = Failure(_code(error), error.message.with_words(partial(_unnamed, path=path)))
            except Exception as error:
                failure = _unexpected(error, task.location)
    except _OtherVersionError as error:
        failure = Failure("machine_unfit", error.message)
    except PlaceError as error:
        failure = Failure("not_reached", error.message.with_words(lambda word: without_secrets(word, task.location)))
    except Exception as error:
        failure = _unexpected(error, task.location)
    cost = Cost(round(time.monotonic() - began, 3), None, platform.node())
    return VideoOutcome(sha256, way, result, frames, failure, cost)


def failed(
    task: Task, code: FailureCode, reason: Message, limit: float | None = None, seconds: float = 0.0
) -> VideoOutcome:
    """Outcome of a video whose process could not report one."""
    try:
        with at_hand(task.location) as path:
            sha256 = _content(path)
    except RomcheckError:
        sha256 = None
    cost = Cost(round(seconds, 3), None, platform.node())
    return VideoOutcome(sha256, recorded(task.settings, task.program), None, None, Failure(code, reason, limit), cost)


def outcome_json(outcome: VideoOutcome) -> bytes:
    """Outcome without its frames, as stored."""
    from romcheck.exchange.files import result_json

    content = {
        "schema": SCHEMA,
        "sha256": outcome.sha256,
        "way": outcome.way,
        "result": json.loads(result_json(outcome.result)) if outcome.result else None,
        "failure": _failure_data(outcome.failure) if outcome.failure else None,
        "cost": asdict(outcome.cost),
    }
    return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def read_outcome(content: bytes) -> VideoOutcome:
    """Outcome as `outcome_json` wrote it, frames left out.

    Raises
    ------
    ValueError
        When it is invalid, for instance of another schema.
    """
    kept = json.loads(content)
    if kept.get("schema") != SCHEMA:
        raise ValueError(f"not {SCHEMA}")
    result = _RESULT.validate_python(kept["result"]) if kept["result"] else None
    failure = _read_failure(kept["failure"]) if kept["failure"] else None
    return VideoOutcome(kept["sha256"], kept["way"], result, None, failure, Cost(**kept["cost"]))


_RESULT = TypeAdapter(Result)


def _failure_data(failure: Failure) -> dict[str, Any]:
    """With the reason as an English sentence too, for whoever reads the file."""
    reason = str(failure.message)
    return {"code": failure.code, "reason": reason, "limit": failure.limit, "message": failure.message.as_data()}


def _read_failure(kept: dict[str, Any]) -> Failure:
    said = kept.get("message")  # files of earlier versions contain only the sentence
    return Failure(kept["code"], Message.from_data(said) if said else Message(kept["reason"]), kept["limit"])


class _OtherVersionError(RomcheckError):
    """The measuring machine has a different version of romcheck from the one that runs the study."""


def _other(here: Program, wanted: Program) -> _OtherVersionError:
    has, runs = (f"{p.romcheck}, code {p.code[:8]}, {p.engine} {p.engine_version}" for p in (here, wanted))
    return _OtherVersionError("machine", machine=platform.node(), has=has, runs=runs)


def _measured(path: Path, settings: Settings, seen: Progress | None) -> tuple[Result, bytes]:
    from romcheck.exchange.files import frames_parquet
    from romcheck.measure import measure

    # One process has one core: a thread ahead would take that of another.
    measurement = measure(
        path,
        test=settings.test,
        camera=settings.lens,
        fov_deg=settings.fov_deg,
        upright_deg=settings.upright_deg,
        mirrored=settings.mirrored,
        profile=settings.profile,
        progress=seen,
        ahead=0,
    )
    return measurement.result, frames_parquet(measurement.frames)


def _content(path: Path) -> str:
    """Hash a file, whether it will turn out to be a video or not."""
    try:
        if not path.exists():
            raise PlaceError("file_gone", path=shown(path))
        if not path.is_file():
            raise PlaceError("not_a_file", path=shown(path))
        return content_sha256(path)
    except OSError as error:
        raise PlaceError("file_forbidden", path=shown(path), why=system_says(error)) from error


def _code(error: RomcheckError) -> FailureCode:
    if isinstance(error, PlaceError):
        return "not_reached"
    if isinstance(error, EngineError):
        return "machine_unfit"
    return "camera_unfit" if isinstance(error, CameraError) else "not_measured"


def _unnamed(said: str, path: Path) -> str:
    return said.replace(shown(path), VIDEO).replace(shown(path.name), VIDEO)


def _unexpected(error: Exception, location: str) -> Failure:
    if isinstance(error, MemoryError):
        return Failure("memory_limit", message("error.memory_workers"))
    if isinstance(error, ImportError):
        return Failure("unexpected", explain_import_error(error).message)
    told = shown(without_secrets(f"{type(error).__name__}: {error}", location))
    return Failure("unexpected", message("error.unexpected_video", error=told))


def with_peak(outcome: VideoOutcome, peak_mb: float) -> VideoOutcome:
    """The same, with the peak memory of its process."""
    return replace(outcome, cost=replace(outcome.cost, peak_mb=round(peak_mb)))
