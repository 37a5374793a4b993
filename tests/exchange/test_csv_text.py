"""No table that is written holds a cell a spreadsheet would execute, whoever writes it."""

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest

import romcheck
from romcheck.exchange.csv_text import csv_cell, frame_csv, write_csv

FORMULAS = (
    "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "=HYPERLINK(\"http://x\")",
)  # fmt: skip
PLAIN = ("P-1", "a=b", "Åsa", "", "-4.0", "+12", "-1e-3", ".5")
OWN = re.compile(r"csv\.writer|DictWriter|\.to_csv\(|\bcsv\.write_csv\(")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text):
    file = io.StringIO(newline="")
    write_csv(file, [text], [[text, 1]])
    for written in (file.getvalue(), frame_csv(pd.DataFrame({text: [text], "n": [1]}))):
        head, row = csv.reader(io.StringIO(written, newline=""))
        assert head[0] == row[0] == "'" + text.replace("\r", "\n")


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_stay(text):
    assert csv_cell(text) == text


def test_numbers_of_a_frame_stay_numbers():
    frame = pd.DataFrame({"deg": [-4.25, float("nan")], "who": ["=x", None], "n": [-1, 2]})
    frame["kind"] = pd.Categorical(["@a", "b"])
    assert frame_csv(frame, "%.1f") == "deg,who,n,kind\n-4.2,'=x,-1,'@a\n,,2,b\n"


def test_every_writer_of_a_table_goes_through_it():
    """Whoever writes CSV in another way has to show here that no text is in it."""
    numbers_alone = {"csv_text.py"}
    root = Path(romcheck.__file__).parent
    others = [path.name for path in root.rglob("*.py") if OWN.search(path.read_text("utf-8"))]
    assert set(others) <= numbers_alone
