"""``romcheck report`` makes the page from result files alone."""

import io
import shutil
from dataclasses import replace
from datetime import date, timedelta

import pypdf
import pytest
from people import before_after
from typer.testing import CliRunner

from romcheck.cli import app
from romcheck.clinical import Conditions, DiaryDay, Treatment
from romcheck.exchange.files import write_measurement
from romcheck.records.entries import Person, Visit
from romcheck.records.store import Records


@pytest.fixture
def files(tmp_path):
    """Result files of two measurements, with their frames beside them."""
    for name, o in zip(("first", "second"), before_after(), strict=True):
        result = replace(o.result, source=replace(o.result.source, sha256=name.encode().hex().rjust(64, "0")))
        write_measurement(result, o.frames, tmp_path, name, "csv" if name == "first" else "parquet")
    return tmp_path / "first.result.json", tmp_path / "second.result.json"


ON = ["--on", "2026-03-02"]


def run(*arguments):
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def text_of(path):
    (page,) = pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages
    return page.extract_text()


def test_two_measurements(files, tmp_path):
    out = tmp_path / "r.pdf"
    done = run(*files, "--out", out, "--for", "referrer", "--mode", "active", "--posture", "seated", "--camera", "desk",
               "--on", "2026-03-02", "--on", "2026-03-02", "--pain", "2", "--pain", "1", "--headache", "no",
               "--minutes", "10", "--person", "P-9", "--language", "fr", "--paper", "letter")  # fmt: skip

    assert done.exit_code == 0, done.output
    said = text_of(out)
    assert "+10,0°" in said
    assert "P-9" in said
    assert "2 mars 2026" in said
    assert "étaient les mêmes" in said


def test_one_measurement(files, tmp_path):
    out = tmp_path / "r.pdf"

    assert run(files[0], "--on", "2026-03-02", "--out", out).exit_code == 0
    assert "about 31° ±" in text_of(out)


def test_no_other_kind_of_file_is_replaced(files, tmp_path):
    """A result given as --out too was a PDF afterwards, and the measurement lost."""
    before = files[0].read_bytes()
    done = run(files[0], *ON, "--out", files[0])
    assert done.exit_code == 1
    assert "no .pdf file" in done.output
    assert files[0].read_bytes() == before
    out = tmp_path / "r.pdf"
    out.write_text("a letter", "utf-8")
    done = run(files[0], *ON, "--out", out)
    assert done.exit_code == 1
    assert "not a report of romcheck" in " ".join(done.output.split())
    assert out.read_text("utf-8") == "a letter"


def test_a_report_replaces_only_one_of_the_same_person(files, tmp_path):
    out = tmp_path / "r.pdf"
    assert run(files[0], *ON, "--person", "P-1", "--out", out).exit_code == 0
    assert run(*files, *ON, *ON, "--person", "P-1", "--out", out).exit_code == 0
    both = out.read_bytes()
    done = run(files[0], *ON, "--person", "P-2", "--out", out)
    assert done.exit_code == 1
    assert "the report of another person (P-1)" in " ".join(done.output.split())
    assert out.read_bytes() == both


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["missing.result.json"], 1, "cannot be read"),
        (["FIRST", *ON, "--pain", "12"], 1, "0 to 10"),
        (["FIRST", *ON, "--mode", "active", "--moved-by", "therapist"], 1, "passive"),
        (["FIRST", "--pain", "1", "--pain", "2"], 2, "2 times"),
        (["FIRST", *ON, "--out", "nowhere/r.pdf"], 1, "folder"),
        (["FIRST", "--on", "yesterday"], 2, "yesterday"),
        (["FIRST"], 2, "the date of each measurement"),
        (["FIRST", "SECOND", *ON], 2, "the date of each measurement"),
        (["FIRST", "SECOND", *ON, "--on", "2026-03-01"], 2, "the earlier measurement comes first"),
        (["FIRST", "FIRST", *ON, *ON], 2, "the same recording"),
        (["FIRST", "--on", "2099-05-01"], 2, "in the future"),
        (["FIRST", *ON, "--born", "2040"], 2, "after the measurement"),
        (["FIRST", *ON, "--minutes", "5"], 2, "needs two measurements"),
        (["FIRST", "SECOND", *ON, "--on", "2026-05-02", "--minutes", "10"], 2, "61 days apart"),
    ],
)
def test_what_cannot_be(files, tmp_path, monkeypatch, arguments, status, said):
    """In words, and without leaving a file behind."""
    monkeypatch.chdir(tmp_path)
    done = run(*({"FIRST": str(files[0]), "SECOND": str(files[1])}.get(a, a) for a in arguments))

    assert done.exit_code == status, done.output
    assert said in " ".join(done.output.split())
    assert list(tmp_path.glob("**/*.pdf")) == []


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "time_s,valid\nx,y\n"])
def test_frames_that_are_none(files, tmp_path, content):
    (tmp_path / "first.frames.csv").write_text(content)
    done = run(files[0], *ON, "--out", tmp_path / "r.pdf")

    assert done.exit_code == 1
    assert "angles frame by frame" in " ".join(done.output.split())


@pytest.fixture(scope="module")
def kept_once(tmp_path_factory, stores_begun_at_once):
    """A person with a visit before and after a treatment, and an earlier visit with one measurement."""
    folder = tmp_path_factory.mktemp("kept") / "data"
    with Records(folder, url="") as records:
        person = records.add_person(Person("K-17", name="Åsa", birth_year=1980, notes="plays the zither"))
        early = records.add_visit(Visit(person.id, date(2026, 2, 2)))
        visit = records.add_visit(Visit(person.id, date(2026, 3, 2)))
        for timing, o in zip(("before", "after"), before_after(), strict=True):
            how = Conditions(timing=timing, camera="desk", pain_now=2)
            records.add_measurement(visit.id, o.result, o.frames, how)
        records.add_measurement(early.id, before_after()[0].result)
        records.add_person(Person("new"))
    return folder


@pytest.fixture
def kept(kept_once, tmp_path):
    """Records of the test's own that hold them."""
    return shutil.copytree(kept_once, tmp_path / "data")


def test_of_a_person_of_the_records(kept, tmp_path):
    """By the code alone: the newest before and after; name and notes only if asked for. It is in the audit trail."""
    out = tmp_path / "r.pdf"
    done = run("--person", "K-17", "--data", kept, "--out", out, "--for", "referrer", "--language", "fr")
    assert done.exit_code == 0, done.output
    said = text_of(out)
    assert "+10,0°" in said
    assert "2 mars 2026" in said
    assert "K-17" in said
    assert "Åsa" not in said
    assert "zither" not in said
    with Records(kept, url="") as records:
        assert (records.audit()[0].action, records.audit()[0].detail) == ("exported", "report")

    run("--person", "K-17", "--data", kept, "--out", out, "--visit", "1", "--with-name", "--with-notes")
    said = text_of(out)
    assert "about 31° ±" in said
    assert "Åsa" in said
    assert "zither" in said
    run("--person", "K-17", "--data", kept, "--out", out, "--measurement", "2", "--measurement", "1",
        "--for", "referrer")  # fmt: skip
    assert "−10.0°" in text_of(out)


@pytest.mark.parametrize("reader", ["patient", "referrer"])
def test_the_report_names_no_effect_of_days_before_the_treatment(kept, tmp_path, reader):
    """The diary fell from 14 to 5 before the first treatment, and again nothing is known since."""
    with Records(kept, url="") as records:
        number = records.person_by_code("K-17").id
        begins = date(2026, 3, 2)
        records.course.add_treatment(Treatment(number, begins, "snag", 2))
        had = {day: day % 2 == 0 if day > 28 else day <= 5 for day in range(1, 57)}
        records.course.write_diary_days([DiaryDay(number, begins - timedelta(day), it) for day, it in had.items()])
    out = tmp_path / "r.pdf"

    assert run("--person", "K-17", "--data", kept, "--out", out, "--for", reader).exit_code == 0
    said = " ".join(text_of(out).split())
    assert "fewer" not in said
    assert "before treatment (" not in said


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "--person"),
        (["--person", "nobody"], 1, "no person with the code"),
        (["--person", "new"], 1, "Nothing has been measured"),
        (["--person", "K-17", "--visit", "9"], 1, "no visit 9"),
        (["--person", "new", "--measurement", "1"], 1, "no measurement 1"),
        (["--person", "K-17", "--pain", "3"], 2, "change it there"),
        (["x.result.json", "--visit", "1"], 2, "with result files"),
    ],
)
def test_what_the_records_cannot_give(kept, tmp_path, arguments, status, said):
    done = run(*arguments, "--out", tmp_path / "no.pdf", *([] if not arguments else ["--data", kept]))
    assert done.exit_code == status, done.output
    assert said in " ".join(done.output.replace("│", " ").split())
    assert not (tmp_path / "no.pdf").exists()
