"""The commands as somebody types them, a day of a clinic from the first visit to the deletion."""

from __future__ import annotations

import json
import os
import stat
import sys
import zipfile
from datetime import date

import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner

from romcheck.cli import app
from romcheck.exchange.files import write_measurement
from romcheck.processes import INTERRUPTED
from romcheck.records import terminal
from romcheck.records.store import Records
from romcheck.records.treatment_plan import GoalScore

RUN = CliRunner()


@pytest.fixture
def type_in(tmp_path, monkeypatch):
    monkeypatch.setenv("ROMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def run(line, status=0, answer=None):
        done = RUN.invoke(app, line.split(), input=answer)
        assert done.exit_code == status, done.output
        return done.output

    return run


def test_findings_as_they_are_typed(type_in):
    type_in("people add K-17")
    type_in("findings add K-17 --tender C1-2=left --tender C0-1=none --ccft 24 --true range-reduced --false provoked")
    (kept,) = json.loads(type_in("findings list K-17 --json"))
    assert (kept["tender_c1_2"], kept["tender_c0_1"], kept["stiff_c1_2"]) == ("left", "none", None)
    assert (kept["ccft_mmhg"], kept["range_reduced"], kept["provoked"], kept["block_abolished"]) == (
        24, True, False, None,
    )  # fmt: skip
    assert "such as C1-2=left" in " ".join(type_in("findings add K-17 --stiff C4-5=left", status=2).split())
    assert "20, 22, 24" in type_in("findings add K-17 --ccft 25", status=1)
    type_in("findings delete 1 --yes")
    assert json.loads(type_in("findings list K-17 --json")) == []


@pytest.mark.parametrize("typed", ["k-17", "K‑17", "K-017"])
def test_a_code_that_looks_like_anothers_is_not_another_person(type_in, typed):
    """Small letters, a hyphen that does not break, a zero in front: one patient's measurements would part."""
    type_in("people add K-17")
    assert "looks like K-17, which is taken" in " ".join(type_in(f"people add {typed}", status=1).split())
    assert f"code {typed}, but there is K-17" in " ".join(type_in(f"people show {typed}", status=1).split())
    type_in("people add K-18")
    assert "K-17 is taken" in " ".join(type_in("people edit K-18 --new-code K-17", status=1).split())
    assert "looks like K-17" in " ".join(type_in(f"people edit K-18 --new-code {typed}", status=1).split())
    type_in(f"people edit K-17 --new-code {typed}")
    type_in(f"people edit {typed} --name Åsa")


def test_a_diary_day_is_corrected_with_a_word_on_what_it_was(type_in):
    type_in("people add K-17")
    type_in("diary write K-17 --on 2025-03-04 --headache --intensity 5 --side left --exercise-times 1")
    assert "(intensity was 5)" in type_in("diary write K-17 --on 2025-03-04 --intensity 2")
    told = " ".join(type_in("diary write K-17 --on 2025-03-04 --no-headache").split())
    assert "(intensity was 2, side was left, headache was yes)" in told
    (day,) = json.loads(type_in("diary list K-17 --json"))
    assert (day["headache"], day["intensity"], day["side"], day["exercise_times"]) == (False, None, None, 1)
    assert "was" not in type_in("diary write K-17 --on 2025-03-04 --exercise-times 1")


def test_a_goal_in_other_capitals_is_the_same_goal(type_in):
    type_in("people add K-17")
    with Records() as records:
        scores = [GoalScore(1, date(2025, 3, n), words, 4 + n) for n, words in ((3, "Look back"), (4, " look  BACK "))]
        for score in scores:
            records.course.score_goals([score])
    assert "of 10 on" in (told := type_in("goals score K-17 look 4"))
    assert "a new goal" in told
    goals = json.loads(type_in("goals list K-17 --json"))
    assert sorted((g["activity"], g["score"]) for g in goals) == [("Look back", 7), ("Look back", 8), ("look", 4)]
    type_in("goals delete K-17 LOOK --yes")
    assert [g["activity"] for g in json.loads(type_in("goals list K-17 --json"))] == ["Look back"] * 2


def test_reminders_replace_no_other_file(type_in, tmp_path):
    type_in("people add K-17")
    type_in("diary reminders K-17 --at 20:00 --out mine.ics")
    type_in("diary reminders K-17 --at 21:00 --out mine.ics")
    (tmp_path / "theirs.ics").write_text("BEGIN:VCALENDAR\nPRODID:-//Somebody//EN\nEND:VCALENDAR\n", "utf-8")
    (tmp_path / "x.csv").write_text("keep", "utf-8")
    assert "not a calendar of romcheck" in " ".join(type_in("diary reminders K-17 --out theirs.ics", status=1).split())
    type_in("diary reminders K-17 --out x.csv", status=1)
    assert "Somebody" in (tmp_path / "theirs.ics").read_text("utf-8")
    assert (tmp_path / "x.csv").read_text("utf-8") == "keep"


def test_a_day_at_the_clinic(type_in, tmp_path, before, after):
    write_measurement(*before, tmp_path, "one")
    write_measurement(*after, tmp_path, "two", "parquet")

    type_in("people add K-17 --name Åsa --birth-year 1980")
    type_in("visits add K-17 --on 2025-03-03")
    type_in("import one.result.json --person K-17 --on 2025-03-03 --timing before --pain 4 --headache")
    type_in("treatments add K-17 snag --on 2025-03-03 --level C1-2 --side right")
    type_in("import two.result.json --person K-17 --on 2025-03-03 --timing after --minutes 5")
    type_in("outcomes add K-17 --on 2025-03-03 --headache-days 12")
    type_in("diary write K-17 --on 2025-03-04 --headache --intensity 4")
    type_in("diary write K-17 --on 2025-03-04 --exercise-times 2")

    shown = json.loads(type_in("people show K-17 --json"))
    assert [len(shown[kind]) for kind in ("visits", "range", "treatments", "outcomes", "diary", "follow_ups")] == [
        1, 4, 1, 1, 1, 6,
    ]  # fmt: skip
    assert (shown["diary"][0]["intensity"], shown["diary"][0]["exercise_times"]) == (4, 2)
    assert shown["treatments"][0]["visit_id"] == shown["visits"][0]["id"]
    assert "C1-2" in type_in("people show K-17")
    with Records() as records:
        assert all(records.frames(measurement.id) is not None for measurement in records.measurements(1))

    type_in("export K-17 --format csv --out t.csv")
    assert len((tmp_path / "t.csv").read_text("utf-8").splitlines()) == 1 + 12
    type_in("export --format parquet")
    assert pq.read_table(tmp_path / "everybody.trials.parquet").num_rows == 12
    type_in("export K-17 --format fhir")
    bundle = json.loads((tmp_path / "K-17.fhir.json").read_text("utf-8"))
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    # Two sides twice, outcomes of the visit, and a day of the diary.
    assert (kinds.count("Observation"), kinds.count("Procedure")) == (6, 1)
    type_in("export K-17 --out p.zip")
    type_in("backup b.zip")
    type_in("people delete K-17", status=1, answer="n\n")
    assert json.loads(type_in("people list --json"))[0]["last_visit"] == "2025-03-03"
    assert "b.zip" in type_in("people delete K-17", answer="y\n")
    assert json.loads(type_in("people list --json")) == []
    type_in("import p.zip")
    type_in("restore b.zip", status=1)
    type_in("restore b.zip --replace")
    assert [line["code"] for line in json.loads(type_in("people list --json"))] == ["K-17"]


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 200])
def test_a_list_cuts_nothing_short(type_in, monkeypatch, columns):
    monkeypatch.setattr(terminal, "out", Console(width=columns, highlight=False))
    type_in("people add K-17")
    type_in("visits add K-17 --on 2025-03-03")
    type_in("treatments add K-17 manipulation --on 2025-03-03 --level C1-2 --side right --repetitions 10 --by Somebody")
    type_in("treatments add K-17 exercise --on 2025-03-04 --dose thrice-daily")
    listed = type_in("treatments list K-17")
    assert all(word in listed for word in ("2025-03-04", "manipulation", "repetitions", "Somebody", "thrice-daily"))
    assert "…" not in listed
    assert max(map(len, listed.splitlines())) <= columns
    assert "strength" not in listed, "a column without an entry"


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("people show nobody", 1, "no person with the code"),
        ("people add A --birth-year 2999", 1, "future"),
        ("visits add nobody", 1, "no person with the code"),
        ("import missing.result.json", 2, "--person"),
        ("import missing.zip", 1, "cannot be read"),
        ("export nobody", 1, "no person with the code"),
        ("export --out missing/folder/x.csv --format csv", 1, "folder"),
        ("people plan nonsense", 2, "LABEL=DAYS"),
        ("restore missing.zip", 1, "missing.zip cannot be read (No such file"),
        ("outcomes delete 7 --yes", 1, "does not exist"),
    ],
)
def test_refusals_are_said_in_words(type_in, line, status, said):
    output = type_in(line, status)
    assert said in " ".join(output.replace("│", " ").split())
    assert "Traceback" not in output


def test_a_recording_is_imported_once(type_in, tmp_path, before):
    """As when a command is typed again after one of its files was put right; another person may have it too."""
    write_measurement(*before, tmp_path, "one")
    type_in("people add A")
    type_in("people add B")
    told = type_in("import one.result.json --person A --on 2025-03-03 --timing before --pain 4 --pain-after 2")
    assert "pain just before it (4). Is that right?" in told
    for again in ("--on 2025-03-03 --timing after", "--on 2025-04-03"):
        assert "as number 1" in type_in(f"import one.result.json --person A {again}", status=1).replace("\n", " ")
    type_in("import one.result.json --person B --on 2025-03-03")
    with Records() as records:
        assert [len(records.measurements(person)) for person in (1, 2)] == [1, 1]


def test_one_bad_file_does_not_stop_the_others(type_in, tmp_path, before):
    write_measurement(*before, tmp_path, "good")
    write_measurement(*before, tmp_path, "short")
    frames = (tmp_path / "short.frames.csv").read_text().splitlines()
    (tmp_path / "short.frames.csv").write_text("\n".join(frames[:50]))
    (tmp_path / "bad.result.json").write_text("{}")
    type_in("people add A")
    output = type_in("import bad.result.json short.result.json good.result.json --person A", status=1)
    assert "not a result" in output
    assert "belong to another measurement" in output.replace("\n", " ")
    with Records() as records:
        assert [m.result.source.file for m in records.measurements(1)] == [before[0].source.file]


def test_the_made_up_people_stay_among_themselves(type_in, monkeypatch):
    """Each is marked as invented; they do not mix with real people, nor are added twice."""
    from romcheck.records import demo

    monkeypatch.setattr(demo, "COURSES", demo.COURSES[-2:])
    type_in("people add real")
    assert "1 real people" in type_in("demo", status=1)
    type_in("demo --mix --language fr")
    assert "already" in type_in("demo --mix", status=1)
    with Records() as records:
        made = [line.person for line in records.people() if line.person.demo]
        assert [person.code for person in made] == ["Demo 01", "Demo 02"]
        for person in made:
            assert (person.name, person.notes) == (None, "")
            assert {visit.notes for visit in records.visits(person.id)} <= {"Visite inventée.", ""}
            assert all("nobody was measured" in m.result.warnings[0] for m in records.measurements(person.id))
            assert records.visits(person.id)[-1].on == date.today()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes among the files")
@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("backup FILE", "a.zip"),
        ("export A --out FILE", "a.zip"),
        ("export A --format csv --out FILE", "a.csv"),
        ("export A --format parquet --out FILE", "a.parquet"),
        ("export A --format entries --out FILE", "a.csv"),
        ("export A --format fhir --out FILE", "a.json"),
    ],
)
def test_no_pipe_is_replaced(type_in, tmp_path, line, name):
    type_in("people add A")
    os.mkfifo(tmp_path / name)
    assert "pipe or a device" in type_in(line.replace("FILE", name), status=1)
    assert stat.S_ISFIFO((tmp_path / name).stat().st_mode)


@pytest.fixture
def zips_there(type_in, tmp_path):
    """Archives of A and B, backups of this installation and another, and zips of something else."""
    for line in ("people add A", "people add B", "backup here.zip", "export A --out a.zip", "export B --out b.zip"):
        type_in(line)
    type_in("people add A --data other")
    type_in("backup there.zip --data other")
    type_in("export A --out namesake.zip --data other")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as packed:
        packed.writestr("1.jpg", b"")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "here.zip").read_bytes()[:-30])


@pytest.mark.parametrize(
    ("line", "there", "said"),
    [
        ("backup FILE", "there.zip", "backup of another installation"),
        ("backup FILE", "a.zip", "archive of one person (A), not a backup"),
        ("backup FILE", "photos.zip", "not a backup or archive"),
        ("backup FILE", "cut.zip", "not a backup or archive"),
        ("export A --out FILE", "here.zip", "backup of all records"),
        ("export A --out FILE", "b.zip", "archive of another person (B)"),
        ("export A --out FILE", "namesake.zip", "archive of another person (A)"),
        ("export A --out FILE", "photos.zip", "not a backup or archive"),
    ],
)
@pytest.mark.usefixtures("zips_there")
def test_no_zip_of_others_is_replaced(type_in, tmp_path, line, there, said):
    before = (tmp_path / there).read_bytes()
    told = type_in(line.replace("FILE", there), status=1)
    assert said in told
    assert "give another name" in told
    assert (tmp_path / there).read_bytes() == before


@pytest.mark.usefixtures("zips_there")
def test_an_older_zip_of_the_same_is_replaced(type_in, tmp_path):
    (tmp_path / "empty.zip").touch()
    for line in ("backup here.zip", "export A --out a.zip", "backup empty.zip"):
        type_in(line)
    type_in("people edit A --new-code C")
    type_in("export C --out a.zip")
    with zipfile.ZipFile(tmp_path / "here.zip") as packed, zipfile.ZipFile(tmp_path / "old.zip", "w") as old:
        for name in packed.namelist():
            content = packed.read(name)
            if name == "backup.json":  # early versions gave no number
                content = json.dumps({k: v for k, v in json.loads(content).items() if k != "installation"})
            old.writestr(name, content)
    type_in("backup old.zip --data other", status=1)
    type_in("backup old.zip")


@pytest.mark.parametrize(
    ("kind", "name"), [("csv", "t.csv"), ("parquet", "t.parquet"), ("entries", "e.csv"), ("fhir", "f.json")]
)
def test_a_table_or_bundle_replaces_only_an_older_one_of_the_same(type_in, tmp_path, before, kind, name):
    write_measurement(*before, tmp_path, "one")
    for code in "AB":
        type_in(f"people add {code}")
        type_in(f"import one.result.json --person {code} --on 2025-03-03 --timing before")
        type_in(f"treatments add {code} snag --on 2025-03-03")
    file = tmp_path / name
    for line in (f"export A --format {kind} --out {name}",) * 2:
        type_in(line)
    mine = file.read_bytes()
    assert "another person (A)" in type_in(f"export B --format {kind} --out {name}", status=1)
    assert file.read_bytes() == mine
    if kind != "fhir":
        type_in(f"export --format {kind} --out {name}")
        assert "or of several" in type_in(f"export A --format {kind} --out {name}", status=1)
    file.write_text('{"entry": 1}\nof, something, else\n')
    assert "not an export of this kind" in type_in(f"export A --format {kind} --out {name}", status=1)
    assert "something" in file.read_text()


@pytest.mark.usefixtures("zips_there")
def test_a_backup_and_an_archive_are_taken_for_each_other(type_in):
    assert "romcheck restore" in type_in("import here.zip", status=1)
    assert "romcheck import" in type_in("restore a.zip --data new", status=1)
    assert "There is already 1 person in other." in type_in("restore here.zip --data other", status=1)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("romcheck.records.backup.checked_head", "nothing was replaced"),
        ("romcheck.records.backup._pack", "nothing was replaced"),
        ("romcheck.records.backup.mine_of", "nothing was replaced, saved"),
        ("romcheck.records.backup.Filling.fill", "nothing was replaced, saved"),
        ("romcheck.records.backup._take_apart", "nothing was replaced, saved"),
        ("romcheck.records.backup.Records.note", "had already been restored, saved"),
    ],
)
def test_a_restore_that_is_stopped_says_where_things_are(type_in, tmp_path, monkeypatch, where, said):
    def stop(*_, **__):
        raise KeyboardInterrupt

    for line in ("people add A", "backup b.zip", "people add B"):
        type_in(line)
    with monkeypatch.context() as stopping:
        stopping.setattr(where, stop)
        told = type_in("restore b.zip --replace", status=INTERRUPTED)
    done, *saved = said.split(", ")
    assert done in told.replace("\n", " ")
    backups = list((tmp_path / "data" / "backups").iterdir())
    assert len(backups) == len(saved)
    assert all(str(path) in told for path in backups)
    people = [line["code"] for line in json.loads(type_in("people list --json"))]
    assert people == (["A"] if done == "had already been restored" else ["A", "B"])


def test_a_stop_while_the_database_closes_prints_no_traceback(type_in, monkeypatch, caplog):
    def stop(*_):
        raise KeyboardInterrupt

    for line in ("people add A", "backup b.zip"):
        type_in(line)
    with monkeypatch.context() as stopping:
        stopping.setattr("sqlalchemy.engine.default.DefaultDialect.do_close", stop)
        told = type_in("restore b.zip --replace", status=INTERRUPTED)
    assert "Stopped; nothing was replaced." in told
    assert not caplog.records


def test_a_folder_where_a_file_is_wanted(type_in, tmp_path):
    type_in("people add A")
    (tmp_path / "out").mkdir()
    for line in ("backup out", "export A --out out/"):
        assert "Add a file name" in type_in(line, status=1)


def test_everybody_goes_into_a_folder(type_in, tmp_path, before):
    """A file a person, also where two codes give one name; another romcheck takes them in."""
    write_measurement(*before, tmp_path, "one")
    for code in ("A/1", "A:1", "B"):
        type_in(f"people add {code}")
    type_in("import one.result.json --person A:1")
    assert "3 files" in type_in("export --out all")
    assert "3 files" in type_in("export --format fhir --out all")
    assert len({path.name for path in (tmp_path / "all").iterdir()}) == 6
    archives = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "all").glob("*.zip"))
    type_in(f"import {' '.join(archives)} --data elsewhere")
    assert [line["code"] for line in json.loads(type_in("people list --json --data elsewhere"))] == ["A/1", "A:1", "B"]


def test_a_treatment_against_the_screening_is_told(type_in):
    type_in("people add K-20")
    type_in("visits add K-20")
    type_in("screenings add K-20 --red-flags finding --decision refer --no-consent")
    told = type_in("treatments add K-20 manipulation")
    assert "refer for medical care first" in told
    assert "(test only): manipulation" in told
    assert "refer" not in type_in("treatments add K-20 manipulation --elsewhere")
