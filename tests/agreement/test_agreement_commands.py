"""The commands, run as a user runs them: what is printed and written."""

from __future__ import annotations

import hashlib
import json
import re

import cv2
import numpy as np
import pandas as pd
import pytest
import typer
from made_up import trials
from published import PEFR, SYSTOLIC_FILE
from typer.testing import CliRunner

from romcheck import __version__, agreement
from romcheck.agreement.command import agree, reliability

WRITTEN = {"csv", "md", "tex", "svg", "png", "provenance.json"}


app = typer.Typer()
app.command()(agree)
app.command()(reliability)


def run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "200"})


@pytest.fixture
def pefr(tmp_path):
    path = tmp_path / "pefr.csv"
    pd.DataFrame(PEFR, columns=["wright", "mini"]).rename_axis("subject").reset_index().to_csv(path, index=False)
    return path


def test_the_example_of_1986_from_file_to_paper(pefr, tmp_path):
    got = run(
        "agree", pefr, pefr, "--value", "wright=mini", "--unit", "l/min", "--intervals", "1986", "--out", tmp_path / "o"
    )
    assert got.exit_code == 0, got.output
    told = " ".join(got.output.split())
    assert (
        "wright was on average 2.1 l/min smaller than mini (95 % interval of the difference −22.0 l/min to 17.8" in told
    )
    assert "within what chance explains" in told
    assert "Few persons: 17." in told
    assert "guessed person = subject" in told
    assert {p.name for p in (tmp_path / "o").iterdir()} == {f"agreement.{kind}" for kind in WRITTEN}
    paper = (tmp_path / "o" / "agreement.md").read_text("utf-8")
    assert "| −2.1 (−22.0 to 17.8) | 38.8 |" in paper
    assert "Bland & Altman 1986" in paper
    came_from = json.loads((tmp_path / "o" / "agreement.provenance.json").read_text("utf-8"))
    read = {"name": "pefr.csv", "sha256": hashlib.sha256(pefr.read_bytes()).hexdigest()}
    assert came_from["romcheck"] == __version__
    assert came_from["inputs"] == [read, read]
    assert came_from["settings"] == {"columns": {"value": "wright=mini"}, "intervals": "1986", "unit": "l/min"}
    figures = pd.read_csv(tmp_path / "o" / "agreement.csv").iloc[0]
    assert figures["sd"] == pytest.approx(38.7651, abs=1e-4)
    assert r"$-$2.1 ($-$22.0 to 17.8)" in (tmp_path / "o" / "agreement.tex").read_text("utf-8")
    assert cv2.imread(str(tmp_path / "o" / "agreement.png")).std() > 5


def test_the_example_of_1999_from_one_table(tmp_path):
    got = run("agree", SYSTOLIC_FILE, "--repeats", "separate", "--digits", "2", "--unit", "mmHg", "--out", tmp_path)
    assert got.exit_code == 0, got.output
    row = (tmp_path / "agreement.md").read_text("utf-8").split("\n")[2]
    # Printed: bias -15.62, SD 20.95, limits -56.68 and 25.44, computed from these rounded figures.
    assert "| 85 | 255 | −15.62" in row
    assert "| 20.95 |" in row
    assert re.search(r"\| −56\.6\d ", row)
    assert re.search(r"\| 25\.4\d ", row)


def test_the_same_study_gives_the_same_bytes(pefr, tmp_path):
    for name in ("a", "b"):
        got = run("agree", pefr, pefr, "--value", "wright=mini", "--unit", "l/min", "--out", tmp_path / name)
        assert got.exit_code == 0, got.output
    for kind in WRITTEN:
        assert len({(tmp_path / n / f"agreement.{kind}").read_bytes() for n in "ab"}) == 1


def test_reliability_of_a_batch(tmp_path):
    data = trials(persons=9)
    data.loc[0, ["quality", "reasons"]] = ["rejected", "no_hold"]
    data.to_parquet(tmp_path / "movements.parquet")
    got = run("reliability", tmp_path / "movements.parquet", "--out", tmp_path / "out")
    assert got.exit_code == 0, got.output
    told = " ".join(got.output.split())
    assert "Reliability over the visit: 1, 2, ordered by number." in told
    assert "Rows left out: 1 rejected." in told
    assert "Rotation to the left (rotation) (9 persons): visit 2 was on average" in told
    assert re.search(r"a change of one person counts as more than measurement error from \d+\.\d° on \(MDC95\)", told)
    left_out = pd.read_csv(tmp_path / "out" / "reliability.left_out.csv")
    assert left_out["why"].tolist() == ["rejected: no_hold"]
    assert left_out["row"].tolist() == [2]


def test_three_visits_are_drawn_too(tmp_path):
    trials(visits=(1, 2, 3)).to_csv(tmp_path / "movements.csv", index=False)
    got = run("reliability", tmp_path / "movements.csv", "--out", tmp_path)
    assert got.exit_code == 0, got.output
    drawing = (tmp_path / "reliability.svg").read_text("utf-8")
    assert "1.96 SEM" in drawing
    assert np.ptp(cv2.imread(str(tmp_path / "reliability.png"))) > 200


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["agree", "missing.csv", "missing.csv"], 1, "There is no file"),
        (["agree", "PEFR"], 1, "not clear which column of pefr.csv is the value"),
        (["agree", "PEFR", "PEFR", "--value", "wright=max", "--unit", "l/min"], 1, "no column max"),
        (["agree", "PEFR", "PEFR", "--match", "shoe"], 2, "none of person"),
        (["agree", "PEFR", "PEFR", "--methods", "a"], 2, "two methods"),
        (["agree", "PEFR", "PEFR", "--intervals", "1983"], 2, "1983"),
        (["reliability", "PEFR", "--value", "mini", "--unit", "l/min"], 1, "nobody was measured twice"),
    ],
)
def test_what_is_wrong_is_said(pefr, tmp_path, arguments, status, told):
    got = run(*[pefr if a == "PEFR" else a for a in arguments], "--out", tmp_path)
    assert got.exit_code == status
    assert told in " ".join(re.sub(r"[│╭╮╰╯─]", " ", got.output).split())
    assert "Traceback" not in got.output


def test_a_file_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no more")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "picture.csv").write_bytes(bytes(range(256)))
    for name in ("broken.parquet", "empty.csv", "picture.csv"):
        got = run("reliability", tmp_path / name, "--out", tmp_path)
        assert got.exit_code == 1, name
        assert got.exception is None or isinstance(got.exception, SystemExit), name


def test_two_instruments_give_no_detectable_change():
    """It would be quoted as one instrument's own; its SEM holds both."""
    data = trials()
    noise = np.random.default_rng(1).normal(0, 1, len(data))
    study = agreement.agree(data, data.assign(angle_deg=data["angle_deg"] + noise))

    assert "SEM" in agreement.markdown(study)
    assert "MDC" not in agreement.markdown(study) + agreement.sentence(study, study.parts[0])
    assert [column for column in agreement.frame(study).columns if "mdc" in column] == []
    assert "MDC95" in agreement.markdown(agreement.reliability(data))
    both = pd.concat([data.assign(method="a"), data.assign(method="b", angle_deg=data["angle_deg"] + noise)])
    over = agreement.reliability(both[both["visit"] == both["visit"].iloc[0]], over="method")
    assert "MDC" not in agreement.markdown(over) + agreement.sentence(over, over.parts[0])
    assert "SEM" in agreement.markdown(over)
    assert [column for column in agreement.frame(over).columns if "mdc" in column] == []
