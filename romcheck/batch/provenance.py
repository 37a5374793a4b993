"""Provenance of a study: inputs, settings, program, machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from importlib import metadata
from typing import Any

from romcheck.batch.finished import Finished, Spent
from romcheck.batch.identity import recorded, way_key
from romcheck.batch.places import told
from romcheck.batch.plan import RunPlan

SCHEMA = "romcheck.provenance/1"

LIBRARIES = (
    "mediapipe", "numpy", "scipy", "av", "opencv-contrib-python-headless", "opencv-contrib-python", "pyarrow",
    "pydantic",
)  # fmt: skip


def provenance(
    plan: RunPlan, finished: Sequence[Finished], costs: Mapping[str, Spent], products: dict[str, str], began_at: str
) -> dict[str, Any]:
    """Everything needed to do a study again, and what it took.

    All but ``run`` is the same however often the run was interrupted.
    """
    tasks = {video.id: job.task for job in plan.jobs for video in job.videos}
    ways = {video_id: recorded(task.settings, task.program) for video_id, task in tasks.items()}
    return {
        "schema": SCHEMA,
        "software": {
            "romcheck": plan.program.romcheck,
            "code": plan.program.code,
            "engine": plan.program.engine,
            "engine_version": plan.program.engine_version,
            "models": plan.program.models,
            "libraries": {name: version for name in LIBRARIES if (version := _version(name))},
        },
        "settings": {way_key(way): way for way in ways.values()},
        "inputs": [
            {
                "video_id": item.video.id,
                "video": item.video.name,
                "location": told(item.video.location),
                "sha256": costs[item.video.id].sha256,
                "participant": item.video.participant,
                "visit": item.video.visit,
                "rater": item.video.rater,
                "camera": item.video.camera,
                "settings": way_key(ways[item.video.id]),
                "outcome": item.name,
            }
            for item in finished
        ],
        "products": products,
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "run": _run(plan, costs, began_at),
    }


def _run(plan: RunPlan, costs: Mapping[str, Spent], began_at: str) -> dict[str, Any]:
    """Times and cost; the only part that differs between runs with the same outcome."""
    spent = {cost.sha256 or key: cost for key, cost in costs.items()}.values()
    video_s, seconds = sum(cost.video_s for cost in spent), sum(cost.seconds for cost in spent)
    peaks = [cost.peak_mb for cost in spent if cost.peak_mb]
    return {
        "began": began_at,
        "ended": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "videos_kept_from_earlier_runs": plan.kept,
        "hours_of_video": round(video_s / 3600, 4),
        "hours_of_measuring_one_process": round(seconds / 3600, 4),
        "most_memory_mb": max(peaks, default=None),
        "measured_on": sorted({cost.machine for cost in spent if cost.machine}),
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
