"""The files in the study folder, made from the outcomes alone: an interrupted and resumed run gives the same files as
an uninterrupted one.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow.parquet as pq

from romcheck.batch.finished import Finished, Spent, reason_for
from romcheck.batch.places import Folder
from romcheck.batch.plan import RunPlan
from romcheck.batch.provenance import provenance
from romcheck.batch.report import Doubted, Missed, StudyReport, Trial, report_page
from romcheck.batch.store import PROVENANCE, Store, frames_name
from romcheck.batch.tables import TABLES, TableRow, as_csv, as_parquet, rows_of
from romcheck.batch.videos import Video
from romcheck.errors import RomcheckError

FRAMES_OF = "video_id="
"""Prefix of the folders in ``frames/``, as in Parquet datasets."""
BESIDE_S = 1.0
"""Seconds shown before and after a doubted trial."""
MOST_THUMBNAILS = 200
"""Most doubted trials in the report; all of them are in movements.csv."""


def write_products(
    folder: Folder, store: Store, plan: RunPlan, finished: Sequence[Finished], began_at: str
) -> StudyReport:
    """Write tables, frames, report and, last, the provenance: if it exists, the rest is complete.

    Returns the content of the report.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    folder.remove(PROVENANCE)
    ordered = sorted(finished, key=lambda f: (f.video.name, f.video.id))
    gathered = _gather(store, ordered)
    _write_frames(folder, gathered.names)
    files = {}
    for table, columns in TABLES.items():
        rows = gathered.rows[table]
        files[f"{table}.csv"] = as_csv(columns, rows)
        if table != "failures":  # for people to read
            files[f"{table}.parquet"] = as_parquet(columns, rows)
    study = StudyReport(
        program=plan.program,
        measured=tuple(gathered.measured),
        trials=tuple(gathered.trials),
        doubted=tuple(_with_curves(folder, gathered)),
        doubted_in_all=sum(trial.movement.quality != "good" for trial in gathered.trials),
        missed=tuple(gathered.missed),
        warnings=tuple(gathered.warnings),
    )
    files["report.html"] = report_page(study).encode()
    for name, content in files.items():
        folder.write(name, content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    facts = provenance(plan, ordered, gathered.costs, hashes, began_at)
    folder.write(PROVENANCE, (json.dumps(facts, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode())
    return study


@dataclass(frozen=True)
class _Gathered:
    """The outcomes in the order of the videos; ``names`` are those of their frames."""

    rows: dict[str, list[TableRow]] = field(default_factory=lambda: {table: [] for table in TABLES})
    names: dict[str, str] = field(default_factory=dict)
    measured: list[Video] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    costs: dict[str, Spent] = field(default_factory=dict)


def _gather(store: Store, ordered: Sequence[Finished]) -> _Gathered:
    """Read the outcomes one by one."""
    found = _Gathered()
    for item in ordered:
        video, outcome = item.video, store.get(item.name) if item.name else item.passing
        if outcome is None:
            raise RomcheckError("outcome_removed", name=video.name)
        result, cost, reason = outcome.result, outcome.cost, reason_for(video, outcome)
        rows = rows_of(video, outcome, str(reason or ""))
        for table, gathered in found.rows.items():
            gathered.extend(getattr(rows, table))
        video_s = result.source.duration_s if result else 0.0
        found.costs[video.id] = Spent(outcome.sha256, video_s, cost.seconds, cost.peak_mb, cost.machine)
        if outcome.failure is not None and reason is not None:
            found.missed.append(Missed(video, outcome.failure, reason))
        if result is not None and item.name is not None:
            found.names[video.id] = item.name
            found.measured.append(video)
            found.warnings.extend(result.warnings)
            found.trials.extend(
                Trial(video, of.test, result.camera.known, m) for of in result.examinations for m in of.movements
            )
    return found


def _write_frames(folder: Folder, names: dict[str, str]) -> None:
    """Frames of the videos of this study, and of no others, as a dataset in folders by video."""
    wanted = {f"{FRAMES_OF}{video_id}": name for video_id, name in names.items()}
    for extra in sorted(set(folder.folders("frames")) - set(wanted)):
        if extra.startswith(FRAMES_OF):
            folder.remove(f"frames/{extra}")
    for part, name in wanted.items():
        folder.copy(frames_name(name), f"frames/{part}/frames.parquet")


def _with_curves(folder: Folder, gathered: _Gathered) -> Iterator[Doubted]:
    """Doubted trials with the angles around them, the rejected ones first."""
    doubted = [trial for trial in gathered.trials if trial.movement.quality != "good"]
    doubted.sort(key=lambda trial: trial.movement.quality != "rejected")
    for trial in doubted[:MOST_THUMBNAILS]:
        kind = trial.movement.movement.removesuffix("_left").removesuffix("_right")
        axis = "flexion_deg" if kind == "extension" else f"{kind}_deg"
        content = folder.read(frames_name(gathered.names[trial.video.id]))
        if content is None:
            raise RomcheckError("frames_removed", name=trial.video.name)
        frames = pq.read_table(io.BytesIO(content), columns=["time_s", axis]).to_pydict()
        begin_s, end_s = trial.movement.start_s - BESIDE_S, trial.movement.end_s + BESIDE_S
        shown = [(t, a) for t, a in zip(frames["time_s"], frames[axis], strict=True) if begin_s <= t <= end_s]
        yield Doubted(trial, (begin_s, end_s), tuple(t for t, _ in shown), tuple(a for _, a in shown))
