"""Tables as spreadsheet and statistics programs save them: read, or refused for what is truly wrong."""

from __future__ import annotations

import pandas as pd
import pytest
from made_up import trials
from typer.testing import CliRunner

from romcheck import agreement
from romcheck.agreement.files import TableError, raw_table
from romcheck.agreement.reading import read_table

HEAD = ["person", "visit", "angle"]
ROWS = [["001", "1", "70.5"], ["001", "2", "71"], ["002", "1", "64.2"], ["002", "2", "66"]]


def written(rows=ROWS, head=HEAD, separator=",", end="\n"):
    return end.join(separator.join(row) for row in [head, *rows]) + end


def with_values(*values):
    return pd.DataFrame([[f"{i // 2:03d}", i % 2 + 1, value] for i, value in enumerate(values)], columns=HEAD)


COMMA = [[*row[:2], row[2].replace(".", ",")] for row in ROWS]


@pytest.mark.parametrize(
    ("content", "first_line"),
    [
        ("\ufeffsep=;\r\n" + written(COMMA, separator=";", end="\r\n"), 3),
        ('"sep=\t"\n' + written(separator="\t"), 3),
        (written(COMMA, separator=";").encode("utf-16"), 2),
        (written(separator="\t", end="\r\n").encode("utf-16"), 2),
        (written([*COMMA[:2], ["", "", ""], *COMMA[2:]], separator=";"), 2),
        ("Neck study, spring 2026\n\n" + written(), 4),
        ("Study;of necks, clinic\n;;\n" + written(COMMA, separator=";"), 4),
        (written([[*row[:2], row[2] + " deg"] for row in ROWS]), 2),
        (written([[*row[:2], row[2] + "°"] for row in COMMA], separator=";"), 2),
        (written([[*row[:2], row[2] + " degrés"] for row in COMMA], separator=";").encode("cp1252"), 2),
        (written([[*row[:2], row[2] + " Grad"] for row in COMMA], separator=";"), 2),
        (written([[row[0] + "  ", *row[1:]] for row in ROWS]), 2),
        (written([[*row, "", ""] for row in ROWS]), 2),
        (written(end="\r"), 2),
        (written(head=["Person", "Visit", "Angle (°)"]), 2),
    ],
)
def test_the_same_table_from_any_program(tmp_path, content, first_line):
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    rows = read_table(path).rows
    assert rows["value"].tolist() == [70.5, 71, 64.2, 66]
    assert rows["person"].tolist() == ["001", "001", "002", "002"]
    assert rows["row"].iloc[0] == first_line


def test_a_line_is_that_of_the_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('sep=,\nperson,visit,angle,note\n001,1,70,"two\nlines"\n\n001,2,seventy,\n002,1,65,\n', "utf-8")
    table = read_table(path)
    assert table.rows["row"].tolist() == [3, 7]
    assert table.left_out[["row", "why"]].to_numpy().tolist() == [[6, "the value is not a number: seventy"]]


def test_skipped_lines_and_a_supposed_encoding_are_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(("Étude des cous\n" + written(COMMA, separator=";")).encode("cp1252"))
    said = " ".join(read_table(path).guessed)
    assert "skipped line 1 above the header in line 2" in said
    assert "Windows-1252" in said


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("t.xlsx", b"PK\x03\x04 and so on", "workbook.*Save the sheet as 'CSV UTF-8'"),
        ("t.csv", b"PK\x03\x04 and so on", "workbook"),
        ("t.ods", b"", "workbook"),
        ("t.csv", b"person,visit,angle\n\x00\x01\x02", "not text"),
        ("t.csv", b"person,visit,angle\n001,1,\x81\x8d", "not UTF-8 text"),
        ("t.csv", b"person,visit,angle,Angle\n001,1,70,71\n", "several columns called angle"),
        ("t.csv", b"person,visit,angle\n001,1,70,5\n", r"line 2: 4 cells where the header has 3.*decimal comma"),
        ("t.csv", b'person,visit,angle\n001,1,"70\n001,2,71\n', "quotation mark opened in line 2"),
        ("t.csv", b"person,visit,angle\n001,1,70\n,2,71\n002,1,60\n,2,61\n", "lines 3, 5: a value, but no person"),
        ("t.csv", b"person,visit,angle\nP1,1,70\nP1,2,71\np1,1,70\n", r"P1 \(t.csv, line 2\) and p1 \(t.csv, line 4\)"),
        (
            "t.csv",
            b"person,visit,angle\nP1,Pre,70\nP1,post,71\nP2,pre,70\n",
            "One visit or two.*Pre.*line 2.*pre.*line 4",
        ),
        ("t.csv", b"person,visit,angle\nP1,1,999\nP1,2,999\nP2,1,90\n", "nobody was measured twice"),
        ("t.csv", b"person,visit,angle\nP1,1,999\nP1,2,999\n", r"can be used \(looks like a code for missing"),
        ("t.csv", b"person|visit|angle\nP1|1|70\n", "single column.*separated by commas, semicolons or tabs"),
        ("t.csv", b"person,visit,angle (rad)\nP1,1,1.2\n", "not clear which column of "),
        ("t.csv", b"person,visit,angle\nP1,1,a\nP1,2,b\nP2,1,c\nP2,2,d\n", r"a number: c and 1 more\)"),
        ("t.csv", b"person,visit,angle\nP1,1,1.2 rad\nP1,2,1.3 rad\n", "not a number: 1.2 rad"),
        ("t.csv", b"person,visit,angle\nP1,1,494\nP1,2,395\nP2,1,90\n", "beyond ±180°.*--unit"),
    ],
)
def test_the_true_cause_is_named(tmp_path, name, content, cause):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError, match=cause):
        agreement.reliability(tmp_path / name)
    if "measured twice" not in cause:
        with pytest.raises(TableError, match=cause.replace("(t.csv,", "(A,")):
            agreement.agree(tmp_path / name, tmp_path / name)


def test_columns_that_are_not_used_may_share_a_name(tmp_path):
    (tmp_path / "t.csv").write_text("person,visit,angle,note,note\n001,1,70,a,b\n001,2,71,,\n", "utf-8")
    assert len(read_table(tmp_path / "t.csv").rows) == 2


def test_two_tables_that_write_a_person_in_two_ways():
    with pytest.raises(TableError, match=r"One person or two\? P01 \(A, line 2\) and p01 \(B, line 2\)"):
        agreement.agree(
            pd.DataFrame([["P01", 70], ["p02", 80]], columns=["person", "angle"]),
            pd.DataFrame([["p01", 70], ["p02", 80]], columns=["person", "angle"]),
        )


@pytest.mark.parametrize("code", [999, -999, 9999, 500, 150])
def test_a_number_for_missing_is_no_angle(code):
    table = read_table(with_values(70, 71, code, 64, 66, code, 80, 81))
    assert set(table.left_out["why"]) == {"looks like a code for missing: beyond ±120°"}
    assert table.left_out["row"].tolist() == [4, 7]
    assert f"{code} in lines 4, 7 (column angle) looks like a code for missing" in " ".join(table.guessed)


@pytest.mark.parametrize("code", [99, -9])
def test_what_may_be_a_code_or_an_angle_is_asked(code):
    table = read_table(with_values(70, 71, code, 64, 66, code, 80, 81))
    assert len(table.rows) == 8
    assert f"{code} in lines 4, 7 (column angle) was used as an angle" in " ".join(table.guessed)


def test_rows_without_a_person_among_others_are_left_out_and_no_merged_cells():
    table = with_values(70, 71, 72, 73, 74, 75)
    table.loc[[0, 1], "person"] = None
    assert read_table(table).left_out["why"].tolist() == ["no person"] * 2


def test_a_single_column_of_angles_keeps_its_heading(tmp_path):
    (tmp_path / "t.csv").write_text("rotation_deg\n1,5\n2,5\n", "utf-8")
    with pytest.raises(TableError, match=r"line 2: 2 cells where the header has 1\. A decimal comma"):
        raw_table(tmp_path / "t.csv", {"rotation_deg"})


def test_whole_arcs_that_occur_twice_are_no_codes():
    """Left and right together may pass 120°, and whole degrees recur."""
    table = read_table(with_values(138, 140, 140, 131, 124, 124, 110, 112))
    assert len(table.rows) == 8
    assert "lines 2, 3, 4, 5, 6 and 1 more (column angle): beyond ±120°" in " ".join(table.guessed)


def test_beyond_half_a_turn_is_no_angle_of_a_neck():
    table = read_table(with_values(70, 71, 190, 64, -200, 66))
    assert set(table.left_out["why"]) == {"beyond ±180°: not a neck angle"}
    assert len(table.rows) == 4
    assert len(read_table(with_values(70, 71, 190, 64, -200, 66), unit="mmHg").rows) == 6
    cells = with_values("170 mmHg", "171mmHg", "190", "70°", "999", "999")
    assert read_table(cells, unit="mmHg").rows["value"].tolist() == [170, 171, 190, 999, 999]


@pytest.mark.parametrize(("first", "second"), [(70.0, 70.0), (70.1, 70.1)])
def test_values_that_are_all_equal_have_no_spread(tmp_path, first, second):
    data = trials().assign(angle_deg=first)
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    data.to_csv(a, index=False)
    data.assign(angle_deg=second).to_csv(b, index=False)
    raters = tmp_path / "raters.csv"
    pd.concat([data.assign(rater=rater) for rater in "xy"]).to_csv(raters, index=False)
    studies = [agreement.agree(a, b), agreement.reliability(a), agreement.reliability(raters)]
    studies.append(agreement.agree(a, b, together=False))
    studies.append(agreement.reliability(data.query("visit == 1").assign(rater=data["trial"]), over="rater"))
    for study in studies:
        told = agreement.sentence(study, study.parts[0])
        assert f"every value is {first}°. Values vary neither" in told
        assert "no ICC, no SEM and no MDC95" in told
        paper = agreement.table(study).iloc[0]
        assert {paper[c] for c in paper.index if c.startswith(("ICC", "SEM", "MDC", "Lower", "Upper"))} == {"–"}
        figures = agreement.frame(study)
        spread = figures.filter(regex="^(sem|mdc95|icc_a1|sem_agreement)$")
        assert spread.isna().all(axis=None)
        assert ("mdc95" in spread) == (study.kind == "reliability")


def test_no_spread_is_drawn_and_printed(tmp_path):
    from test_agreement_commands import app

    trials().assign(angle_deg=70).to_csv(tmp_path / "t.csv", index=False)
    got = CliRunner().invoke(app, ["reliability", str(tmp_path / "t.csv"), "--out", str(tmp_path)])
    assert got.exit_code == 0, got.output
    assert "SEM 0" not in got.output
    assert "Few persons" not in got.output


def test_copied_values_tell_of_no_error():
    data = trials()
    study = agreement.agree(data, data.assign(angle_deg=data["angle_deg"] + 2))
    told = agreement.sentence(study, study.parts[0])
    assert "2.0° smaller than B, by the same in every person" in told
    assert "no SEM and no MDC95" in told


def test_one_method_alone_cannot_be_compared():
    data = trials().assign(method="A")
    with pytest.raises(TableError, match=r"only one method \(A\)"):
        agreement.agree(data)


def test_the_same_table_twice_is_said_and_no_perfect_agreement():
    """Trials of each separately, as in a table with visits and raters but no trial number."""
    data = trials()
    study = agreement.agree(data, data, together=False)
    assert "values were copied" in agreement.sentence(study, study.parts[0])
    assert agreement.table(study).iloc[0]["ICC(A,1) (95 % CI)"] == "–"


def test_a_method_that_gives_one_value_for_everybody_is_said():
    study = agreement.agree(trials(), trials().assign(angle_deg=70.0))
    assert "B: every value is 70." in " ".join(study.said)
