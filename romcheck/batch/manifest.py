"""The manifest: a table with one row per video, checked completely before anything starts."""

from __future__ import annotations

import csv
import difflib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, TypeVar, get_args

from romcheck.batch.places import PlaceError, Reach, at_hand, is_url, local_path, told, without_secrets
from romcheck.batch.videos import SourcesError, Video, video_id
from romcheck.errors import RomcheckError, system_says
from romcheck.exchange.parquet import read_bounded
from romcheck.exchange.spreadsheet import stated_separator
from romcheck.geometry.camera_file import read_camera
from romcheck.geometry.intrinsics import Lens
from romcheck.i18n.message import Message, message
from romcheck.names import meant, shown
from romcheck.options import Upright
from romcheck.results import Test

if TYPE_CHECKING:
    from romcheck.reference.profile import Profile

COLUMNS = ("video", "participant", "visit", "rater", "test", "camera", "profile", "upright", "mirrored")
"""Columns that are used; only the first is required."""

YES_OR_NO = {
    **dict.fromkeys(("yes", "y", "true", "1", "oui", "vrai", "ja", "wahr", "sí", "si", "verdadero"), True),
    **dict.fromkeys(("no", "n", "false", "0", "non", "faux", "nein", "falsch", "falso"), False),
}
"""How people, and spreadsheets in their languages, write the mirrored column."""

MOST_NAMED = 50
"""Most wrong rows listed individually."""

ManifestRow = dict[str, str]
T = TypeVar("T")


def read_manifest(
    location: str,
    *,
    test: Test | None = None,
    camera: str | None = None,
    upright_deg: int | None = None,
    mirrored: bool = False,
    reach: Reach | None = None,
) -> tuple[Video, ...]:
    """Videos of a manifest, sorted by name and labels.

    Parameters
    ----------
    location : CSV (comma, semicolon or tab) or Parquet; paths in it are relative to its own folder
    test, camera, upright_deg, mirrored : for rows that name none
    reach : kinds of addresses that may be opened

    Raises
    ------
    SourcesError
        With every row that is wrong: its number as a spreadsheet counts (the heads are row 1) and what to do.
    """
    name = told(location)
    with at_hand(location) as path:
        parquet = path.name.lower().endswith(".parquet")
        if not os.path.exists(path):
            raise SourcesError("no_manifest", name=name)
        if path.is_dir() and not parquet:
            raise SourcesError("manifest_is_folder", name=name)
        rows = _parquet_rows(path, name) if parquet else _csv_rows(path, name)
    if not rows:
        raise SourcesError("manifest_no_rows", name=name)
    checked = _Checked(location, test, camera, upright_deg, mirrored, reach or Reach())
    videos = [checked.video(number, row) for number, row in rows]
    if checked.wrong:
        rows_wrong = [message("said.row", row=number, why=why) for number, why in checked.wrong[:MOST_NAMED]]
        more = len(checked.wrong) - MOST_NAMED
        if more > 0:
            rows_wrong.append(message("said.rows_more", count=more))
        raise SourcesError("manifest_rows", name=name, rows=rows_wrong)
    return tuple(
        sorted((video for video in videos if video), key=lambda v: (v.name, v.participant, v.visit, v.rater, v.id))
    )


class _Checked:
    """Rows turned into videos; what is wrong is gathered instead of stopping at the first."""

    def __init__(
        self,
        location: str,
        test: Test | None,
        camera: str | None,
        upright_deg: int | None,
        mirrored: bool,
        reach: Reach,
    ) -> None:
        self.location = location
        self.reach = reach
        self.test = test
        self.camera = camera
        self.upright_deg = upright_deg
        self.mirrored = mirrored
        self.wrong: list[tuple[int, Message]] = []
        self._lenses: dict[str, Lens | Message] = {}
        self._profiles: dict[str, Profile | Message] = {}
        self._first: dict[str, int] = {}

    def video(self, number: int, row: ManifestRow) -> Video | None:
        """The video of a row; None, and what is wrong written down, where the row cannot be used."""
        before = len(self.wrong)
        location = self._beside(row["video"])
        name = row["video"]
        if location.endswith(meant(name)) and meant(name) != name:  # escapes, and no folders of Windows
            name = meant(name)
        elif not is_url(name):
            name = name.replace("\\", "/")
        if not name:
            self.wrong.append((number, message("said.row_empty")))
        elif not self._allowed(number, location):
            pass
        elif (path := local_path(location)) is not None and not os.path.isfile(path):
            drive = bool(PureWindowsPath(name).drive) and os.name != "nt"
            missing = message("said.row_windows" if drive else "said.row_no_file", path=told(location))
            self.wrong.append((number, missing))
        test = row["test"].lower().replace("_", "-").replace(" ", "-") or self.test
        if test is not None and test not in get_args(Test):
            near = difflib.get_close_matches(test, get_args(Test), 1)
            named = {"test": row["test"], "tests": list(get_args(Test))}
            wrong = message("said.row_test_near", near=near[0], **named) if near else message("said.row_test", **named)
            self.wrong.append((number, wrong))
        camera = self._beside(row["camera"]) if row["camera"] else self.camera or ""
        lens = self._read(number, camera, self._lenses, read_camera) if camera else None
        profile = None
        if row["profile"]:
            from romcheck.reference.profile import read_profile

            profile = self._read(number, self._beside(row["profile"]), self._profiles, read_profile)
        upright = row["upright"].removesuffix("°")
        if upright and upright not in get_args(Upright):
            self.wrong.append((number, message("said.row_upright", upright=row["upright"])))
        mirrored = YES_OR_NO.get(row["mirrored"].lower())
        if mirrored is None and row["mirrored"]:
            self.wrong.append((number, message("said.row_mirrored", mirrored=row["mirrored"])))
        labels = row["participant"], row["visit"], row["rater"], row["test"], row["camera"], row["profile"]
        unique = video_id(name, *labels, *(row[column] for column in ("upright", "mirrored") if row[column]))
        if name and self._first.setdefault(unique, number) != number:
            self.wrong.append((number, message("said.row_twice", row=self._first[unique])))
        if len(self.wrong) > before:
            return None
        return Video(
            id=unique,
            name=told(name),
            location=location,
            participant=row["participant"],
            visit=row["visit"],
            rater=row["rater"],
            test=test,  # type: ignore[arg-type]
            lens=lens,
            camera=told(row["camera"] or self.camera or ""),
            profile=profile,
            upright_deg=int(upright) if upright else self.upright_deg,
            mirrored=self.mirrored if mirrored is None else mirrored,
        )

    def _beside(self, name: str) -> str:
        """Location of a file a row names: relative to the manifest's folder.

        A name that `shown` wrote finds its file again, unless there is one that is called so letter by letter.
        """
        if not name or is_url(name):
            return name
        folder = local_path(self.location)
        if folder and not os.path.exists(folder.parent / name) and os.path.exists(folder.parent / meant(name)):
            return str(folder.parent / meant(name))
        if Path(name).is_absolute():
            return name
        if folder and not PureWindowsPath(name).drive and not os.path.exists(folder.parent / name):
            name = name.replace("\\", "/")  # written on Windows, used here
        if folder is None:
            # What signs the manifest's address does not sign its neighbours'.
            return f"{self.location.split('?', 1)[0].rsplit('/', 1)[0]}/{name}"
        return str(folder.parent / name)

    def _allowed(self, number: int, location: str, opens: bool = False) -> bool:
        """Whether the address may be opened; what is wrong with it is written down."""
        try:
            (self.reach.connect if opens else self.reach.check)(location)
        except PlaceError as error:
            self.wrong.append((number, error.message))
            return False
        return True

    def _read(self, number: int, location: str, known: dict[str, T | Message], read: Callable[[Path], T]) -> T | None:
        """Content of a camera file or profile, read once however many rows name it."""
        if not self._allowed(number, location, opens=True):
            return None
        if location not in known:
            try:
                with at_hand(location) as path:
                    known[location] = read(path)
            except RomcheckError as error:
                known[location] = error.message.with_words(lambda word: without_secrets(word, location))
        content = known[location]
        if isinstance(content, Message):
            self.wrong.append((number, content))
            return None
        return content


def _csv_rows(path: Path, location: str) -> list[tuple[int, ManifestRow]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourcesError("manifest_not_utf8", location=location) from error
    except OSError as error:
        raise SourcesError("manifest_unreadable", location=location, why=system_says(error)) from error
    stated, text = stated_separator(text)
    heads = text.split("\n", 1)[0]
    mark = stated or max(",;\t", key=heads.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        columns = _columns(next(lines, []), location)
        return _rows(columns, lines, location, 3 if stated else 2)
    except csv.Error as error:
        raise SourcesError("manifest_unreadable", location=location, why=error) from error


def _parquet_rows(path: Path, location: str) -> list[tuple[int, ManifestRow]]:
    import pyarrow as pa

    try:
        table = read_bounded(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise SourcesError("manifest_not_parquet", location=location, error=error) from error
    columns = _columns(table.column_names, location)
    cells = ([_text(value) for value in row] for row in zip(*(c.to_pylist() for c in table.columns), strict=True))
    return _rows(columns, cells, location)


def _text(value: object) -> str:
    """A label as a person writes it: a visit stored as 2.0 because one is missing is visit 2."""
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _columns(heads: list[str], location: str) -> list[str]:
    """Names of the columns as this part knows them; columns it does not know keep theirs and are left alone."""
    columns = [head.strip().lower() for head in heads]
    if "video" not in columns:
        raise SourcesError(
            "manifest_no_video",
            location=location,
            columns=", ".join(COLUMNS[1:]),
            heads=shown(", ".join(heads)) or "nothing",
        )
    for name in columns:
        near = difflib.get_close_matches(name, COLUMNS, 1, cutoff=0.8) or [
            known
            for known in COLUMNS
            if sorted(known) == sorted(name)  # letters swapped
        ]
        if name not in COLUMNS and near and near[0] not in columns:
            raise SourcesError("manifest_column_near", location=location, name=shown(name), near=near[0])
        if name in COLUMNS and columns.count(name) > 1:
            raise SourcesError("manifest_column_twice", location=location, name=name)
    return columns


def _rows(
    columns: list[str], lines: Iterator[list[str]], location: str, first: int = 2
) -> list[tuple[int, ManifestRow]]:
    rows, long = [], []
    for number, cells in enumerate(lines, first):
        values = [cell.strip() for cell in cells]
        if any(values[len(columns) :]):  # every label after a comma that has no quotation marks would be another's
            long.append(str(number))
        elif any(values):
            row = dict.fromkeys(COLUMNS, "")
            row.update((name, value) for name, value in zip(columns, values, strict=False) if name in row)
            rows.append((number, row))
    if long:
        shown_rows = ", ".join(long[:MOST_NAMED]) + (", …" if len(long) > MOST_NAMED else "")
        raise SourcesError("manifest_too_many_cells", location=location, rows=shown_rows)
    return rows
