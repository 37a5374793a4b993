"""No table runs anything in a spreadsheet, and nothing is lost by it."""

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import romcheck
from romcheck.agreement.reading import read_table
from romcheck.exchange.spreadsheet import BEGINS_FORMULA, csv_text, frame_csv, inert, plain

PACKAGE = Path(romcheck.__file__).parent
HOSTILE = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    "\uff1d1",
    '=HYPERLINK("http://x")',
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_begins_a_formula(text):
    for written in (
        csv_text([text], [[text]]),
        frame_csv(pd.DataFrame({text: [text]})),
    ):
        for row in csv.reader(io.StringIO(written, newline="")):
            assert not row[0].lstrip(" ")[:1] or row[0].lstrip(" ")[0] not in BEGINS_FORMULA


@pytest.mark.parametrize("text", ["-5.3", "+7", "-2e-3", "P-01", "1-2", "", "'quoted'"])
def test_numbers_and_harmless_texts_stay(text):
    assert inert(text) == text


@given(st.text())
def test_what_was_meant_can_be_read_again(text):
    assert plain(inert(text)) == text
    assert inert(inert(text)) == inert(text)


def test_a_person_called_like_a_formula_is_the_same_person_in_the_table_read_again(tmp_path):
    rows = [(code, value) for code in ("@12", "=b") for value in (40.5, -3.25)]
    (tmp_path / "t.csv").write_text(csv_text(["person", "angle_deg"], rows), "utf-8")
    found = read_table(tmp_path / "t.csv").rows
    assert list(zip(found["person"], found["value"], strict=True)) == rows


def test_every_csv_file_is_written_by_the_one_function():
    """The frames of a measurement hold numbers only and are written as they are."""
    elsewhere = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\.to_csv\(|csv\.(Dict)?[wW]riter\(|write_csv\(", path.read_text("utf-8"))
    ]
    assert sorted(elsewhere) == ["exchange/spreadsheet.py", "records/entries_table.py", "records/table.py"]
