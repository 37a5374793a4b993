"""Tables and report from outcomes whose content is known."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import romcheck
from romcheck.batch.finished import Finished
from romcheck.batch.identity import MEASURING, Settings, changes, outcome_name, recorded, this_program
from romcheck.batch.outcome import FAILURES, Cost, Failure, VideoOutcome, outcome_json, read_outcome
from romcheck.batch.places import Folder
from romcheck.batch.plan import plan_of
from romcheck.batch.products import write_products
from romcheck.batch.store import Store
from romcheck.batch.tables import TABLES
from romcheck.batch.videos import Video
from romcheck.exchange.files import frames_parquet
from romcheck.geometry.intrinsics import Lens
from romcheck.i18n.message import message
from romcheck.results import Camera, Difference, Frames, Movement, Result, Software, Source, Summary

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "batch.md"
EVIL = '<script src="http://host/x.js"></script>&'

EMPTY = Failure("not_measured", message("error.file_empty", name="{video}"))


def result(angle: float) -> Result:
    """One good turn, one that was rejected, one that could not be measured."""
    good = Movement("rotation_left", 1, 1.0, 4.0, 2.0, 3.0, angle, 3.0, False, "good", ())
    bad = Movement("rotation_right", 1, 5.0, 8.0, 6.0, 7.0, 20.0, 16.0, True, "rejected", ("beyond_reach", "unsure"))
    none = Movement("rotation_right", 2, 9.0, 9.5, None, None, None, None, False, "usable", ("face_lost",))
    return Result(
        "rotation", True, Source("v.mp4", "0" * 64, 640, 480, 10.0, 100, 10.0),
        Software("0.1.0", "engine", "1", {}, {}),
        Camera(640, 480, 500.0, 500.0, 320.0, 240.0, (0.0,) * 5, "assumed"), (good, bad, none),
        (
            Summary("rotation_left", (1,), angle, None, angle, 3.0),
            Summary("rotation_right", (2,), None, None, None, None),
        ),
        (Difference("rotation", -1.5, 2.5),), (f"A warning {EVIL}.",),
    )  # fmt: skip


def frames() -> Frames:
    time_s = np.arange(100) / 10
    angle = 40 * np.sin(time_s)
    valid = ~((time_s > 6) & (time_s < 6.6))
    return Frames(time_s, valid, angle, angle, angle, np.full(100, np.nan), np.full(100, 0.5))


@pytest.fixture
def study(tmp_path):
    """Two participants, one of them with a malicious label; one file that is not a video."""
    folder = Folder(str(tmp_path / "study"))
    store, way = Store(folder), recorded(Settings(), this_program())
    videos, finished = [], []
    for n, participant in enumerate(["P1", EVIL, "P1"]):
        location = tmp_path / f"{n}.mp4"
        location.write_bytes(bytes([n]))
        video = Video(f"{n}-abc", f"{n}.mp4", str(location), participant, "1", "A")
        sha = str(n) * 64
        made = n < 2
        outcome = VideoOutcome(
            sha, way, result(40.0 + 10 * n) if made else None, frames_parquet(frames()) if made else None,
            None if made else EMPTY, Cost(2.0, 300.0, "host"),
        )  # fmt: skip
        store.put(outcome)
        videos.append(video)
        finished.append(Finished(video, outcome.name))
    write_products(folder, store, plan_of(videos, store), finished, "2026-01-01T00:00:00+00:00")
    return folder


def table(study: Folder, name: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(study.read(name)), keep_default_na=False, dtype={"visit": str})


def test_one_row_a_trial(study):
    movements = table(study, "movements.csv")
    assert list(movements.columns) == [column.name for column in TABLES["movements"]]
    assert len(movements) == 6
    first = movements.iloc[0]
    assert (first.video_id, first.participant, first.movement, first.angle_deg) == (
        "0-abc",
        "P1",
        "rotation_left",
        "40.0",
    )
    assert list(movements.at_least[:3]) == [False, True, False]
    assert movements.reasons[1] == "beyond_reach unsure"
    assert movements.angle_deg[2] == ""


def test_parquet_holds_the_same_with_types(study):
    for name in ("movements", "summary", "videos"):
        typed = pd.read_parquet(io.BytesIO(study.read(f"{name}.parquet")))
        written = table(study, f"{name}.csv")
        for column in TABLES[name]:
            if column.kind in ("number", "count"):
                numbers = pd.to_numeric(written[column.name], errors="coerce")
                np.testing.assert_array_equal(typed[column.name].astype(float), numbers.astype(float))
            elif column.kind == "text":
                assert list(typed[column.name].fillna("")) == list(written[column.name])
    assert pd.read_parquet(io.BytesIO(study.read("movements.parquet"))).trial.dtype == "int64"


def test_videos_and_summary(study):
    videos, summary = table(study, "videos.csv"), table(study, "summary.csv")
    assert list(videos.state) == ["measured", "measured", "failed"]
    assert list(videos.left_minus_right_deg[:2].astype(float)) == [-1.5, -1.5]
    assert list(videos.rejected[:2].astype(int)) == [1, 1]
    assert list(summary.trials_found[:2]) == [1, 2]
    assert list(summary.trials_used[:2]) == [1, 1]
    assert list(table(study, "failures.csv").reason) == [str(message("error.file_empty", name="2.mp4"))]


def test_frames_are_one_dataset(study):
    assert study.path is not None
    whole = pd.read_parquet(study.path / "frames")
    assert whole.groupby("video_id", observed=True).size().to_dict() == {"0-abc": 100, "1-abc": 100}


def test_folders_of_others_beside_the_frames_stay(study):
    """What is no longer part of the study goes, and nothing else."""
    study.write("frames/video_id=gone/frames.parquet", b"old")
    study.write("frames/pictures/a.png", b"mine")
    write_products(study, Store(study), plan_of([], Store(study)), [], "2026-01-01T00:00:00+00:00")
    assert list(study.folders("frames")) == ["pictures"]


class Page(HTMLParser):
    """Tags, what they refer to, and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.references: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.references += [value for name, value in attrs if name in ("src", "href", "xlink:href", "action")]

    def handle_data(self, data):
        self.text += data


def test_the_report_stands_alone(study):
    """No script, no picture file, nothing fetched, whatever labels and file names hold; every doubted trial drawn."""
    text = study.read("report.html").decode()
    page = Page(text)
    assert page.references == []
    assert not {"script", "img", "link", "iframe", "object"} & set(page.tags)
    assert "url(" not in text
    assert "@import" not in text
    assert f"participant {EVIL}" in page.text
    assert len(re.findall(r'aria-label="Angle over time', text)) == 4
    assert "2 of 3 videos of 2 participants were measured" in page.text
    assert "20.0°" not in page.text, "less sure than 15° is no number to show"


def test_the_report_counts_by_participant(study):
    """Means 40 and 50: mean 45, standard deviation 7.07, by hand; the rejected side has none."""
    page = Page(study.read("report.html").decode())
    assert "rotation to the left22 of 2245.0°7.1°40.0°50.0°3.0°" in page.text
    assert "rotation to the right20 of 40––––" in page.text


def test_visits_are_not_averaged_in_the_report(tmp_path):
    """40° before and 50° and 60° after a treatment: no 45°."""
    folder = Folder(str(tmp_path / "study"))
    store, way = Store(folder), recorded(Settings(), this_program())
    videos, finished = [], []
    for n, (person, visit, angle) in enumerate((("P1", "post", 50.0), ("P1", "pre", 40.0), ("P2", "post", 60.0))):
        outcome = VideoOutcome(str(n) * 64, way, result(angle), frames_parquet(frames()), None)
        store.put(outcome)
        videos.append(Video(f"{n}", f"{n}.mp4", str(tmp_path / f"{n}.mp4"), person, visit))
        finished.append(Finished(videos[-1], outcome.name))
    write_products(folder, store, plan_of(videos, store), finished, "2026-01-01T00:00:00+00:00")
    text = Page(folder.read("report.html").decode()).text
    assert "rotation to the leftpre11 of 1140.0°–40.0°" in text
    assert "rotation to the leftpost22 of 2255.0°7.1°50.0°60.0°" in text
    assert text.index("leftpre") < text.index("leftpost")


def test_a_gap_interrupts_the_curve(study):
    """The rejected turn has 0.5 s without an angle in it: two lines."""
    text = study.read("report.html").decode()
    figures = re.findall(r"<figure><svg[^>]*Angle over time, rotation to the right, trial 1.*?</svg>", text)
    assert [figure.count("<polyline") for figure in figures] == [2, 2]


def test_a_doubted_return_is_drawn(tmp_path):
    """Of the joint position test, whose movements have no column of their own in the frames."""
    folder = Folder(str(tmp_path / "study"))
    store, way, turned = Store(folder), recorded(Settings(), this_program()), result(40.0)
    back = replace(turned.movements[1], movement="return_from_right")
    returned = replace(turned, test="joint-position", movements=(back,), summary=(), differences=())
    outcome = VideoOutcome("a" * 64, way, returned, frames_parquet(frames()), None)
    store.put(outcome)
    video = Video("a", "a.mp4", str(tmp_path / "a.mp4"))
    write_products(folder, store, plan_of([video], store), [Finished(video, outcome.name)], "2026-01-01T00:00:00+00:00")
    figure = re.search(r"<figure><svg[^>]*Angle over time, .*?</svg>", folder.read("report.html").decode())
    assert figure[0].count("<polyline") == 2


@pytest.mark.parametrize("name", list(TABLES))
def test_every_column_is_explained(name):
    """In docs/batch.md, with the words the program has for it."""
    text = DOCUMENT.read_text("utf-8")
    section = text.split(f"## {name}")[1].split("\n## ")[0]
    for column in TABLES[name]:
        assert f"| `{column.name}` | {column.meaning} |" in section


def test_every_failure_is_explained():
    text = DOCUMENT.read_text("utf-8")
    assert [code for code, meaning in FAILURES.items() if f"| `{code}` | {meaning} |" not in text] == []


def test_an_outcome_is_read_as_it_was_written():
    kept = VideoOutcome(
        "a" * 64, recorded(Settings("rotation"), this_program()), result(40.0), None, None, Cost(1.5, 200.0, "h")
    )
    assert read_outcome(outcome_json(kept)) == kept


LENS = Lens.from_fov(640, 480, 60, "calibrated")


@pytest.mark.parametrize(
    "other",
    [
        Settings(test="rotation"),
        Settings(fov_deg=60.0),
        Settings(lens=LENS),
        Settings(lens=Lens.from_fov(640, 480, 60.001, "calibrated")),
    ],
)
def test_what_makes_another_outcome(other):
    """Each setting counts; the same settings give the same name in every process."""
    program = this_program()
    plain = recorded(Settings(), program)
    assert outcome_name("a" * 64, recorded(other, program)) != outcome_name("a" * 64, plain)
    assert outcome_name("b" * 64, plain) != outcome_name("a" * 64, plain)
    assert outcome_name("a" * 64, recorded(Settings(), program)) == outcome_name("a" * 64, plain)


def test_all_code_that_measures_counts():
    """Whatever `measure` loads of romcheck identifies an outcome, but files, names, errors, words, progress."""
    script = "import sys, romcheck.measure; print(*(m for m in sys.modules if m.startswith('romcheck.')))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    package = Path(romcheck.__file__).parent
    assert [part for part in MEASURING if not (package / part).exists()] == []
    parts = {part.split("/")[0].removesuffix(".py") for part in MEASURING}
    rest = {name.split(".")[1] for name in loaded} - parts
    assert rest <= {"errors", "exchange", "i18n", "names", "progress"}


def test_other_code_gives_another_outcome():
    way = recorded(Settings(), this_program())
    other = recorded(Settings(), replace(this_program(), code="0" * 20))
    assert outcome_name("a" * 64, way) != outcome_name("a" * 64, other)


def test_changes_are_told_in_words():
    program = this_program()
    before, now = recorded(Settings(), program), recorded(Settings("rotation", LENS), program)
    told = [str(change) for change in changes([(before, now), (before, before | {"romcheck": "9.9", "code": "0"})])]
    assert "the test (was recognised, now rotation; 1 video)" in told
    assert "the camera lens (was not given, now given; 1 video)" in told
    assert "the measuring code (1 video)" in told
    assert any("version of romcheck" in said and "9.9" in said for said in told)
