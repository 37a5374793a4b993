"""Provenance of a study: inputs, settings, program, machine."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from array import array
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib import metadata
from typing import IO, Any

import numpy as np

from romcheck.batch.finished import Finished
from romcheck.batch.identity import recorded, way_key
from romcheck.batch.outcome import VideoOutcome
from romcheck.batch.places import told
from romcheck.batch.plan import RunPlan

SCHEMA = "romcheck.provenance/1"

LIBRARIES = (
    "mediapipe", "numpy", "scipy", "av", "opencv-contrib-python-headless", "opencv-contrib-python", "pyarrow",
    "pydantic",
)  # fmt: skip


class Provenance:
    """Everything needed to do a study again, and what it took, written as JSON input by input.

    All but ``run`` is the same however often the run was interrupted.
    """

    def __init__(self, file: IO[str], plan: RunPlan) -> None:
        self._file, self._plan = file, plan
        self._spent = _Spent()
        self._inputs = 0
        software = {
            "romcheck": plan.program.romcheck,
            "code": plan.program.code,
            "engine": plan.program.engine,
            "engine_version": plan.program.engine_version,
            "models": plan.program.models,
            "libraries": {name: version for name in LIBRARIES if (version := _version(name))},
        }
        file.write(f'{{\n "schema": {_TEXT.encode(SCHEMA)}')
        self._write("software", software)
        self._write("settings", {way_key(way): way for way in _ways(plan)})
        file.write(',\n "inputs": [')

    def add(self, item: Finished, outcome: VideoOutcome) -> None:
        """Write an input, and count what it took."""
        video = item.video
        facts = {
            "video_id": video.id,
            "video": video.name,
            "location": told(video.location),
            "sha256": outcome.sha256,
            "participant": video.participant,
            "visit": video.visit,
            "rater": video.rater,
            "camera": video.camera,
            "settings": way_key(outcome.way),
            "outcome": item.name,
        }
        # As json.dumps would indent it, which builds a few functions for every call.
        lines = ",\n   ".join(f'"{key}": {_TEXT.encode(value)}' for key, value in facts.items())
        self._file.write(f"{',' if self._inputs else ''}\n  {{\n   {lines}\n  }}")
        self._inputs += 1
        self._spent.add(video.id, outcome)

    def end(self, products: dict[str, str], began_at: str) -> None:
        """Write the rest."""
        self._file.write("\n ]" if self._inputs else "]")
        self._write("products", products)
        machine = {
            "system": platform.platform(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        }
        self._write("machine", machine)
        self._write("run", _run(self._plan, self._spent, began_at))
        self._file.write("\n}\n")

    def _write(self, key: str, value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
        text = text.replace("\n", "\n ")  # within a text a line feed is escaped
        self._file.write(f',\n "{key}": {text}')


_TEXT = json.JSONEncoder(ensure_ascii=False)


def _ways(plan: RunPlan) -> Iterator[dict[str, Any]]:
    """How the videos are measured; not again where it is as for the video before."""
    before = None
    for job in plan.jobs:
        if job.task.settings != before:
            yield recorded(job.task.settings, job.task.program)
        before = job.task.settings


class _Spent:
    """What the outcomes took, in few bytes each. A content measured in two ways counts once, the last time."""

    def __init__(self) -> None:
        self._content = array("Q")
        self._video_s, self._seconds = array("d"), array("d")
        self._peaks: dict[float | None, int] = {}
        self._machines: dict[str, int] = {}
        self._peak, self._machine = array("q"), array("q")

    def add(self, video_id: str, outcome: VideoOutcome) -> None:
        """Count an outcome; without a content it counts by its video."""
        sha256, cost = outcome.sha256 or hashlib.sha256(video_id.encode()).hexdigest(), outcome.cost
        self._content.append(int(sha256[:16], 16))
        self._video_s.append(outcome.result.source.duration_s if outcome.result else 0.0)
        self._seconds.append(cost.seconds)
        self._peak.append(self._peaks.setdefault(cost.peak_mb, len(self._peaks)))
        self._machine.append(self._machines.setdefault(cost.machine, len(self._machines)))

    def counted(self) -> tuple[float, float, list[float], list[str]]:
        """Seconds of video and of measuring, and the peaks of memory and the machines that occur."""
        content = np.asarray(self._content)
        last = np.sort(len(content) - 1 - np.unique(content[::-1], return_index=True)[1])
        video_s, seconds = (float(np.asarray(part)[last].sum()) for part in (self._video_s, self._seconds))
        peaks, machines = (set(np.asarray(p)[last].tolist()) for p in (self._peak, self._machine))
        return (
            video_s,
            seconds,
            [peak for peak, number in self._peaks.items() if peak and number in peaks],
            [machine for machine, number in self._machines.items() if machine and number in machines],
        )


def _run(plan: RunPlan, spent: _Spent, began_at: str) -> dict[str, Any]:
    """Times and cost; the only part that differs between runs with the same outcome."""
    video_s, seconds, peaks, machines = spent.counted()
    return {
        "began": began_at,
        "ended": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "videos_kept_from_earlier_runs": plan.kept,
        "hours_of_video": round(video_s / 3600, 4),
        "hours_of_measuring_one_process": round(seconds / 3600, 4),
        "most_memory_mb": max(peaks, default=None),
        "measured_on": sorted(machines),
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
