"""The tables of a study: the meaning of every column, and the rows of one video."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from romcheck.batch.outcome import VideoOutcome
from romcheck.batch.videos import Video
from romcheck.exchange.spreadsheet import csv_begun
from romcheck.results import Examination, Movement, MovementName, Performance

if TYPE_CHECKING:
    import pyarrow as pa

ColumnKind = Literal["text", "number", "count", "yes_no"]
TableRow = tuple[Any, ...]

ROWS_AT_ONCE = 10_000
"""Rows held before they are written to Parquet as a group: some megabytes, and groups large enough to be read fast."""


@dataclass(frozen=True)
class Column:
    """One column; empty (null) where it does not apply."""

    name: str
    kind: ColumnKind
    meaning: str


LABELS = (
    Column(
        "video_id", "text", "short name of the video, the same in every run; also the name of its folder in `frames/`"
    ),
    Column("video", "text", "the video relative to the study's folder, or as in the manifest"),
    Column("participant", "text", "from the manifest"),
    Column("visit", "text", "from the manifest"),
    Column("rater", "text", "from the manifest"),
)

SAME_AS = Column(
    "same_as", "text", "the video whose recording this one repeats, by content: the first by name; empty for that one"
)
"""The last of every table: it came after the others."""

TEST = Column("test", "text", "the test that was done")
MOVEMENT = Column("movement", "text", "name of the movement, with the subject's side")
CAMERA = Column("camera", "text", "the camera file, as the manifest or `--camera` names it; empty without one")
MIRRORED = Column("mirrored", "yes_no", "whether the video was stated to be a mirror image, and its sides were swapped")
LENS = Column("lens", "text", "`calibrated`, `stated` or `assumed`")

MOVEMENTS = (
    *LABELS,
    TEST,
    Column("test_recognised", "yes_no", "whether it was recognised from the movement rather than named"),
    MOVEMENT,
    Column("trial", "count", "1, 2, … within its movement"),
    Column("start_s", "number", "beginning of the excursion, seconds from the first frame"),
    Column("end_s", "number", "its end"),
    Column("hold_start_s", "number", "beginning of the hold; empty without one"),
    Column("hold_end_s", "number", "its end"),
    Column("angle_deg", "number", "angle at the hold, positive; empty where nothing could be measured"),
    Column("uncertainty_deg", "number", "half-width of its 95 % interval"),
    Column("at_least", "yes_no", "whether the head turned further than the camera could see"),
    Column("quality", "text", "`good`, `usable` or `rejected`"),
    Column("reasons", "text", "codes of the doubts, most serious first, separated by spaces"),
    Column("flexion_held_deg", "number", "flexion–rotation: flexion of the starting position"),
    Column("flexion_lost_deg", "number", "flexion–rotation: how much of it was lost at the hold"),
    Column("lateral_flexion_deg", "number", "rotation tests: lateral flexion at the hold, + to the subject's right"),
    Column("trunk_rotation_deg", "number", "turn of the trunk at the hold, + to the subject's left"),
    LENS,
    Column("movement_time_s", "number", "seconds from 5 to 95 % of the angle; empty where it cannot be told"),
    Column("steadiness_deg", "number", "standard deviation of the angle in the hold, less the reading's noise"),
    Column("smoothness", "number", "spectral arc length of the speed on the way out; nearer to zero is smoother"),
    Column("axis_wander_deg", "number", "root mean square angle of the momentary axis from its mean on the way out"),
    Column("left_out", "text", "why any of these four is empty, as `name=reason`, separated by spaces"),
    Column("error_deg", "number", "joint position: error of the return, + past the starting position, - short of it"),
    Column("error_flexion_deg", "number", "joint position: chin lower than at the start"),
    CAMERA,
    MIRRORED,
    SAME_AS,
)

SUMMARY = (
    *LABELS,
    TEST,
    MOVEMENT,
    Column("trials_found", "count", "trials of this movement"),
    Column("trials_used", "count", "those not rejected"),
    Column("mean_deg", "number", "mean of the trials used"),
    Column("sd_deg", "number", "their standard deviation (n − 1); empty for one trial"),
    Column("max_deg", "number", "the largest of them"),
    Column("uncertainty_deg", "number", "half-width of the 95 % interval of the mean"),
    Column("reason", "text", "why there is no mean, or none to show: `trials_differ` or `unsure`; else empty"),
    *(
        Column(f"{name}_{end}_deg" if end else f"{name}_deg", "number", f"joint position: {meaning}{of}")
        for name, meaning in (
            ("constant", "mean of the errors, + past the starting position"),
            ("variable", "standard deviation of the errors"),
        )
        for end, of in (("", ""), ("low", ", lower end of its 95 % interval"), ("high", ", upper end"))
    ),
    *(
        Column(
            f"{name}_reason", "text", f"joint position: `unsure` where the {name} error is none to show, as with a mean"
        )
        for name in ("constant", "variable")
    ),
    SAME_AS,
)

VIDEOS = (
    *LABELS,
    Column("state", "text", "`measured` or `failed`; why it failed is in `failures.csv`"),
    Column("test", "text", "the main test"),
    Column("tests", "text", "every test found, the main one first, separated by spaces"),
    Column("duration_s", "number", "length"),
    Column("frames", "count", "frames decoded"),
    Column("width", "count", "of the upright picture, pixels"),
    Column("height", "count", "of the upright picture, pixels"),
    Column("nominal_fps", "number", "frame rate the file states"),
    LENS,
    Column("movements", "count", "trials found"),
    Column("rejected", "count", "those rejected"),
    Column("left_minus_right_deg", "number", "mean to the left minus mean to the right, where both were measured"),
    Column("left_minus_right_uncertainty_deg", "number", "half-width of its 95 % interval"),
    Column("warnings", "text", "sentences to read, separated by ` | `"),
    Column("sha256", "text", "SHA-256 of the file"),
    CAMERA,
    MIRRORED,
    SAME_AS,
)

FAILURES = (
    *LABELS,
    Column("code", "text", "the reason, as a stable code"),
    Column("reason", "text", "the reason and what to do, as a sentence"),
    SAME_AS,
)

TABLES = {"movements": MOVEMENTS, "summary": SUMMARY, "videos": VIDEOS, "failures": FAILURES}
"""Columns of each table, by its name."""


@dataclass(frozen=True)
class Rows:
    """Rows of one video, for each table."""

    movements: tuple[TableRow, ...]
    summary: tuple[TableRow, ...]
    videos: tuple[TableRow, ...]
    failures: tuple[TableRow, ...]


def rows_of(video: Video, outcome: VideoOutcome, reason: str, remark: str = "", same_as: str = "") -> Rows:
    """Table rows of a video's outcome; ``reason`` is the reason for a failure, with the video's own name.

    ``remark`` is what is wrong with the video among the others of the study, ``same_as`` the one that it repeats.
    """
    repeats, seen_as = same_as or None, (video.camera or None, video.mirrored)
    labels = (video.id, video.name, video.participant, video.visit, video.rater)
    result = outcome.result
    if result is None:
        code = outcome.failure.code if outcome.failure else ""
        empty = (None,) * (len(VIDEOS) - len(labels) - 7)
        row = (*labels, "failed", video.test, *empty, remark or None, outcome.sha256, *seen_as, repeats)
        return Rows((), (), (row,), ((*labels, code, reason, repeats),))
    source, lens = result.source, result.camera.known
    movements = tuple(
        (
            *labels, of.test, result.test_recognised, m.movement, m.trial, m.start_s, m.end_s, m.hold_start_s,
            m.hold_end_s, m.angle_deg, m.uncertainty_deg, m.at_least, m.quality, " ".join(m.reasons),
            m.flexion_held_deg, m.flexion_lost_deg, m.lateral_flexion_deg, m.trunk_rotation_deg, lens,
            *_performance(m), m.error_deg, m.error_flexion_deg, *seen_as, repeats,
        )
        for of in result.examinations
        for m in of.movements
    )  # fmt: skip
    summary = tuple(
        (
            *labels, of.test, s.movement, sum(m.movement == s.movement for m in of.movements), len(s.trials),
            s.mean_deg, s.sd_deg, s.max_deg, s.uncertainty_deg, s.reason, *_errors(of, s.movement), repeats,
        )
        for of in result.examinations
        for s in of.summary
    )  # fmt: skip
    found = [m for of in result.examinations for m in of.movements]
    rejected = sum(m.quality == "rejected" for m in found)
    difference = result.differences[0] if result.differences else None
    about = (
        *labels, "measured", result.test, " ".join(of.test for of in result.examinations),
        source.duration_s, source.frames, source.width, source.height,
        source.nominal_fps, lens, len(found), rejected,
        difference.left_minus_right_deg if difference else None, difference.uncertainty_deg if difference else None,
        " | ".join(filter(None, (*result.warnings, remark))), outcome.sha256, *seen_as, repeats,
    )  # fmt: skip
    return Rows(movements, summary, (about,), ())


def _performance(of: Movement) -> tuple[float | str | None, ...]:
    """How the movement was made, and why a part of that is missing."""
    made = of.performance or Performance()
    missing = " ".join(f"{name}={why}" for name, why in made.left_out.items())
    return made.movement_time_s, made.steadiness_deg, made.smoothness, made.axis_wander_deg, missing


def _errors(of: Examination, movement: MovementName) -> tuple[float | str | None, ...]:
    """Constant and variable error of the returns from one side, each with its interval, and why they are not shown."""
    found = next((e for e in of.position_errors if movement == f"return_from_{e.side}"), None)
    both = (None, None) if found is None else (found.constant, found.variable)
    values = [x for e in both for x in ((None, None, None) if e is None else (e.value_deg, e.low_deg, e.high_deg))]
    return (*values, *("unsure" if e is not None and e.unsure else None for e in both))


AddRows = Callable[[Iterable[TableRow]], None]


@contextmanager
def csv_table(file: io.RawIOBase, columns: Sequence[Column]) -> Iterator[AddRows]:
    """Write CSV in UTF-8 row by row, with a header; ``true`` and ``false``, empty where there is no value."""
    with io.TextIOWrapper(io.BufferedWriter(file), "utf-8", newline="") as text:
        add = csv_begun(text, (column.name for column in columns))

        def add_all(rows: Iterable[TableRow]) -> None:
            for row in rows:
                add(row)

        yield add_all


@contextmanager
def parquet_table(file: io.RawIOBase, columns: Sequence[Column]) -> Iterator[AddRows]:
    """Write Parquet with the same columns, typed, by groups of rows; the same rows give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema, waiting, groups = schema_of(columns), list[TableRow](), 0

    def write() -> None:
        nonlocal groups
        groups += 1
        by_column = [pa.array([row[i] for row in waiting], field.type) for i, field in enumerate(schema)]
        writer.write_table(pa.table(by_column, schema=schema))
        waiting.clear()

    def add_all(rows: Iterable[TableRow]) -> None:
        waiting.extend(rows)
        if len(waiting) >= ROWS_AT_ONCE:
            write()

    with pq.ParquetWriter(file, schema) as writer:
        yield add_all
        if waiting or not groups:  # pyarrow too writes an empty group for a table without rows
            write()


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Types of the columns in Parquet."""
    import pyarrow as pa

    types = {"text": pa.string(), "number": pa.float64(), "count": pa.int64(), "yes_no": pa.bool_()}
    return pa.schema([(column.name, types[column.kind]) for column in columns])
