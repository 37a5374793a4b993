"""Whether the trials and frame-by-frame angles in a backup match the results they belong to."""

from __future__ import annotations

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.orm import Session

from romcheck.exchange.files import parquet_rows
from romcheck.records.files import FRAMES
from romcheck.records.models import MeasurementRow, TrialRow
from romcheck.records.problems import EntryError
from romcheck.records.results_text import result_of
from romcheck.records.rows import trial_values
from romcheck.results import ANGLE_DECIMALS


class Matching:
    """Compares the trials of a backup with its measurements and finds mismatches.

    Attributes
    ----------
    odd : numbers of measurements whose mismatch was corrected, with its description
    """

    def __init__(self) -> None:
        self.odd: list[tuple[int, EntryError]] = []
        self._trials: dict[int, int] = defaultdict(int)
        self._frames: list[tuple[int, str, int]] = []

    def take(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        """Process rows as they are inserted into the database."""
        for row in rows:
            if table == "measurement":
                result = json.loads(row["result"])
                for movement in result["movements"]:
                    self._trials[row["id"]] += _mark(movement | {"reasons": " ".join(movement["reasons"])})
                if row["frames_sha256"]:
                    self._frames.append((row["id"], row["frames_sha256"], result["source"]["frames"]))
            elif table == "trial":
                self._trials[row["measurement_id"]] -= _mark(row)

    def set_right(self, connection: Connection) -> None:
        """Recreate trials that do not match their result."""
        with Session(connection, join_transaction_mode="rollback_only") as session:
            for number in sorted(number for number, rest in self._trials.items() if rest):
                session.execute(delete(TrialRow).where(TrialRow.measurement_id == number))
                text = session.scalar(select(MeasurementRow.result).where(MeasurementRow.id == number))
                if text is not None and (trials := list(trial_values(number, result_of(text)))):
                    session.execute(insert(TrialRow), trials)
                self.odd.append((number, EntryError("trials", "trials_of_another")))
            session.commit()

    def look_into_frames(self, packed: zipfile.ZipFile) -> None:
        """Check that the angles frame by frame of every measurement can be read, and count them."""
        for number, sha256, frames in self._frames:
            there = parquet_rows(io.BytesIO(packed.read(f"files/{sha256}{FRAMES}")))
            if there is None:
                self.odd.append((number, EntryError("frames", "holds_no_frames")))
            elif there != frames:
                self.odd.append((number, EntryError("frames", "frames_of_another", there=there, frames=frames)))


_MARKED = ("movement", "trial", "quality", "reasons", "angle_deg", "uncertainty_deg", "flexion_held_deg")


def _mark(trial: dict[str, Any]) -> int:
    """A hash of a trial's values, to the decimals of a result."""
    values = (trial.get(name) for name in _MARKED)
    return hash(tuple(round(value, ANGLE_DECIMALS) if isinstance(value, float) else value for value in values))
