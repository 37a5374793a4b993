"""The files in the study folder, made from the outcomes alone: an interrupted and resumed run gives the same files as
an uninterrupted one.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import IO, Any

import pyarrow.parquet as pq

from romcheck.batch.finished import Doubted, Finished, Missed, reason_for
from romcheck.batch.identity import DIGITS
from romcheck.batch.outcome import VideoOutcome
from romcheck.batch.places import Folder
from romcheck.batch.plan import RunPlan
from romcheck.batch.provenance import Provenance
from romcheck.batch.report import report_page
from romcheck.batch.sharing import sharing_of
from romcheck.batch.store import FRAMES, FRAMES_OF, PROVENANCE, Store, frames_name
from romcheck.batch.tables import TABLES, AddRows, csv_table, parquet_table, rows_of
from romcheck.batch.tally import StudyReport
from romcheck.errors import RomcheckError

OTHER_AXES = {"extension": "flexion_deg", "return_from": "rotation_deg"}
"""Columns of the frames that are not named as the movement is, its side left out."""
BESIDE_S = 1.0
"""Seconds shown before and after a doubted trial."""


def write_products(
    folder: Folder, store: Store, plan: RunPlan, finished: Sequence[Finished], began_at: str
) -> StudyReport:
    """Write tables, frames, report and, last, the provenance: if it exists, the rest is complete.

    The outcomes are read one by one, and what comes of each is written before the next: a study of any size takes
    little memory. Returns the content of the report.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    folder.remove(PROVENANCE)
    ordered = sorted(finished, key=lambda f: (f.video.name, f.video.id))
    # Before the outcomes are read: their names begin with the content, and the first row already needs the last.
    sharing = sharing_of((_content(item), item.video) for item in ordered)
    study, hashes, failed = StudyReport(plan.program, sharing), dict[str, str](), list[Finished]()
    with folder.writing(PROVENANCE) as path, path.open("w", encoding="utf-8", newline="") as file:
        provenance = Provenance(file, plan)
        # No product gets its name before all are complete.
        with ExitStack() as products:
            tables = {table: _opened(folder, table, hashes, products) for table in TABLES}
            for item in ordered:
                outcome = _outcome(store, item)
                provenance.add(item, outcome)
                reason = str(reason_for(item.video, outcome) or "")
                content = _content(item)
                wrong = sharing.contradictions.get((content or "")[:DIGITS])
                rows = rows_of(item.video, outcome, reason, str(wrong or ""), sharing.same_as(content, item.video))
                for table, writers in tables.items():
                    for add in writers:
                        add(getattr(rows, table))
                if outcome.failure is not None:
                    failed.append(item)
                    study.miss(_missed(item, outcome))
                if outcome.result is not None and item.name is not None:
                    study.add(item.video, outcome.result, item.name)
                    folder.copy(frames_name(item.name), f"{FRAMES}/{FRAMES_OF}{item.video.id}/frames.parquet")
            _remove_frames_of_others(folder, store, ordered, failed)
            study.doubted = tuple(_with_curves(folder, study))
            report = products.enter_context(_product(folder, "report.html", hashes))
            for part in report_page(study, (_missed(item, _outcome(store, item)) for item in failed)):
                report.write(part.encode())
        provenance.end(hashes, began_at)
    return study


class _Hashed(io.RawIOBase):
    """A file that is hashed while it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.sha256.update(content)
        return self._file.write(content)


@contextmanager
def _product(folder: Folder, name: str, hashes: dict[str, str]) -> Iterator[io.RawIOBase]:
    """A file of the study folder to write; its hash is entered, in the order in which the files are opened."""
    hashes[name] = ""
    with folder.writing(name) as path, path.open("wb") as file:
        hashed = _Hashed(file)
        yield hashed
        hashes[name] = hashed.sha256.hexdigest()


def _opened(folder: Folder, table: str, hashes: dict[str, str], products: ExitStack) -> list[AddRows]:
    """What adds rows to the files of a table."""
    writers = []
    for kind, write in (("csv", csv_table), ("parquet", parquet_table)):
        if (table, kind) != ("failures", "parquet"):  # for people to read
            file = products.enter_context(_product(folder, f"{table}.{kind}", hashes))
            writers.append(products.enter_context(write(file, TABLES[table])))
    return writers


def _outcome(store: Store, item: Finished) -> VideoOutcome:
    outcome = store.get(item.name) if item.name else item.passing
    if outcome is None:
        raise RomcheckError("outcome_removed", name=item.video.name)
    return outcome


def _content(item: Finished) -> str | None:
    """The SHA-256 of a video, or how it begins; None where it could not be read."""
    return item.name or (item.passing.sha256 if item.passing else None)


def _missed(item: Finished, outcome: VideoOutcome) -> Missed:
    reason = reason_for(item.video, outcome)
    assert outcome.failure is not None
    assert reason is not None
    return Missed(item.video, outcome.failure, reason)


def _remove_frames_of_others(
    folder: Folder, store: Store, ordered: Sequence[Finished], failed: Sequence[Finished]
) -> None:
    """Leave frames only of the videos of this study that were measured."""
    wanted = {item.video.id for item in ordered} - {item.video.id for item in failed}
    for extra in [one for one in store.measured_before() if one not in wanted]:
        folder.remove(f"{FRAMES}/{FRAMES_OF}{extra}")


def _with_curves(folder: Folder, study: StudyReport) -> Iterator[Doubted]:
    """Doubted trials with the angles around them, the rejected ones first."""
    for trial in study.first_doubted():
        kind = trial.movement.movement.removesuffix("_left").removesuffix("_right")
        axis = OTHER_AXES.get(kind, f"{kind}_deg")
        content = folder.read(frames_name(trial.name))
        if content is None:
            raise RomcheckError("frames_removed", name=trial.video.name)
        frames = pq.read_table(io.BytesIO(content), columns=["time_s", axis]).to_pydict()
        begin_s, end_s = trial.movement.start_s - BESIDE_S, trial.movement.end_s + BESIDE_S
        shown = [(t, a) for t, a in zip(frames["time_s"], frames[axis], strict=True) if begin_s <= t <= end_s]
        yield Doubted(trial, (begin_s, end_s), tuple(t for t, _ in shown), tuple(a for _, a in shown))
