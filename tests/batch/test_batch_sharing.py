"""One recording in several rows: counted once, told where the rows cannot all be right, and no change of settings."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from study_size import outcome

from romcheck.batch.finished import Finished
from romcheck.batch.identity import recorded, settings_of, this_program
from romcheck.batch.outcome import VideoOutcome
from romcheck.batch.places import Folder
from romcheck.batch.plan import RunPlan, plan_of
from romcheck.batch.products import write_products
from romcheck.batch.sharing import sharing_of
from romcheck.batch.sources import videos_of
from romcheck.batch.store import Store
from romcheck.batch.videos import Video
from romcheck.exchange.origin import content_sha256
from romcheck.geometry.intrinsics import Lens

COPY = Video("d", "dupe copy.mp4", "dupe copy.mp4", "P02", "2", "A")
CLIP = Video("c", "sub/a/clip.mp4", "sub/a/clip.mp4", "P01", "1", "A")
SAID = "(dupe copy.mp4, sub/a/clip.mp4), with different statements: participant: P02, P01; visit: 2, 1."


@pytest.fixture
def folder(tmp_path):
    """A file beside its copy, one of its own, and two that are empty; a manifest with the copy for two raters."""
    files = {"dupe copy.mp4": b"one", "sub/a/clip.mp4": b"one", "other.mp4": b"two", "e1.mp4": b"", "e2.mp4": b""}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "m.csv").write_text(
        "video,participant,visit,rater,test\ndupe copy.mp4,P02,2,A,\ndupe copy.mp4,P02,2,B,\n"
        "sub/a/clip.mp4,P01,1,A,rotation\nother.mp4,P01,2,A,\n"
    )
    return tmp_path


def measured(video: Video, warnings: tuple[str, ...] = ()) -> VideoOutcome:
    """An outcome of six turns, the same for the same content."""
    sha256 = content_sha256(Path(video.location))
    made = next(o for seed in range(99) if (o := outcome(random.Random(sha256 + str(seed)), sha256)).result)
    return replace(
        made,
        way=recorded(settings_of(video, None), this_program()),
        result=replace(made.result, warnings=warnings, test_recognised=video.test is None),
    )


def planned(folder, done=lambda video: True) -> tuple[RunPlan, Store, list[Finished]]:
    """The plan after these videos of the manifest were measured."""
    videos = videos_of([str(folder / "m.csv")])
    store = Store(Folder(str(folder / "study")))
    outcomes = [(video, measured(video, ("Dark.",))) for video in videos if done(video)]
    for _, made in outcomes:
        store.put(made)
    store = Store(store.folder)  # as a run that is started again opens it
    return plan_of(videos, store), store, [Finished(video, made.name) for video, made in outcomes]


def test_a_recording_counts_once_in_the_report(folder):
    plan, store, finished = planned(folder)
    study = write_products(store.folder, store, plan, finished, "2026-01-01T00:00:00+00:00")
    page = store.folder.read("report.html").decode()
    trials = pd.read_csv(io.BytesIO(store.folder.read("movements.csv")))
    first = trials[trials.video_id.isin({one.video.id for one in finished if one.video.name == "other.mp4"})]
    copy = trials[(trials.video == "dupe copy.mp4") & (trials.rater == "A")]
    assert len(trials) == 24
    assert study.trials == Counter(first.quality) + Counter(copy.quality)
    assert study.warnings == {"Dark.": 2}
    assert {one.recordings for one in study.movements.values()} == {2}
    assert max(study.reason_recordings.values(), default=0) <= 2
    assert "were measured from 2 video recordings of 2 participants" in page
    assert "Of 12 trials, " in page
    assert "the 4 measured videos are 2 recordings: 3 videos, rows of the manifest or copies of a file, share" in page
    assert page.count(SAID) == 1
    assert "<p>dupe copy.mp4 × 2, sub/a/clip.mp4</p>" in page


def test_each_test_of_a_recording_counts(folder):
    """Two rows that name two tests of one recording add their trials; a third row with one of them does not."""
    videos = [
        replace(CLIP, id=f"{n}", name=f"{n}.mp4", location=str(folder / CLIP.name), test=test, rater=f"{n}")
        for n, test in enumerate(("rotation", "flexion-rotation", "rotation"))
    ]
    store, finished = Store(Folder(str(folder / "study"))), []
    for video in videos:
        made = measured(video)
        made = replace(made, result=replace(made.result, test=video.test))
        store.put(made)
        finished.append(Finished(video, made.name))
    study = write_products(store.folder, store, plan_of(videos, store), finished, "2026-01-01T00:00:00+00:00")
    assert study.trials.total() == 12
    assert {test for test, _ in study.movements} == {"rotation", "flexion-rotation"}
    assert (study.measured, study.recordings, study.sharers) == (3, 1, 3)


def test_the_table_of_videos_has_it_among_the_warnings(folder):
    plan, store, finished = planned(folder)
    write_products(store.folder, store, plan, finished, "2026-01-01T00:00:00+00:00")
    videos = pd.read_csv(io.BytesIO(store.folder.read("videos.csv")))
    told = videos.warnings.str.contains(SAID, regex=False)
    assert list(told) == [name != "other.mp4" for name in videos.video]
    assert videos.warnings.str.startswith("Dark.").all()


def test_the_tables_name_the_video_that_a_row_repeats(folder):
    """Left out where it is filled, each recording is there once."""
    plan, store, finished = planned(folder)
    write_products(store.folder, store, plan, finished, "2026-01-01T00:00:00+00:00")
    for table in ("movements", "summary", "videos"):
        rows = pd.read_csv(io.BytesIO(store.folder.read(f"{table}.csv")), keep_default_na=False)
        assert rows.columns[-1] == "same_as"
        filled = rows[rows.same_as != ""]
        assert set(zip(filled.video, filled.same_as, strict=True)) == {
            ("dupe copy.mp4", "dupe copy.mp4"), ("sub/a/clip.mp4", "dupe copy.mp4")
        }  # fmt: skip
        assert filled.video_id.nunique() == 2


@pytest.mark.parametrize("mode", ["", "--json-lines", "--quiet"])
def test_the_command_tells_it_before_and_after(folder, batch, mode):
    """Everything was measured before, so that no process is started."""
    planned(folder)
    done = batch.here("m.csv", "--out", "study", mode=mode)
    assert done.status == 0, done.errors
    assert done.printed.count(SAID) == (0 if mode == "--quiet" else 2)
    if mode == "--json-lines":
        told = {event["event"]: event["contradictions"] for event in map(json.loads, done.printed.splitlines())}
        assert [len(said) for said in told.values()] == [1, 1]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"participant": "P02"}, "participant: P01, P02."),
        ({"participant": ""}, "participant: P01, –."),
        ({"visit": "2"}, "visit: 1, 2."),
        ({"mirrored": True}, "mirrored: no, yes."),
        ({"lens": Lens.from_fov(640, 480, 70), "camera": "b.json"}, "camera: a.json, b.json."),
        ({"upright_deg": 90}, "upright: 0, 90."),
        ({"participant": "P\x1b[2J"}, r"participant: P01, P\x1b[2J."),
        ({"rater": "B"}, None),
        ({"test": "rotation"}, None),
        ({"test": None, "lens": None, "camera": "", "upright_deg": None}, None),
        ({"camera": "the same lens.json"}, None),
    ],
)
def test_what_cannot_be_true_of_one_recording(changed, said):
    stated = replace(CLIP, test="flexion-extension", lens=Lens.from_fov(640, 480, 60), camera="a.json", upright_deg=0)
    other = replace(stated, id="z", name="z.mp4", **changed)
    told = sharing_of([("a" * 64, other), ("a" * 64, stated), ("b" * 64, COPY), (None, COPY), (None, CLIP)])
    assert set(told.alike) == {"a" * 20}
    assert [str(one).split("statements: ")[1].split(" Check")[0] for one in told.contradictions.values()] == (
        [said] if said else []
    )


def test_many_are_not_all_named():
    """And what cannot be read, or is empty, is no recording."""
    many = [("a" * 64, replace(CLIP, id=f"{n}", name=f"{n}.mp4", participant=f"P{n}")) for n in range(9)]
    (said,) = sharing_of(many).contradictions.values()
    assert "(0.mp4, 1.mp4, 2.mp4, 3.mp4, 4.mp4, …)" in str(said)
    assert "participant: P0, P1, P2, P3, P4, …." in str(said)


def test_empty_files_are_no_recording(folder):
    videos = [Video(name, name, str(folder / name), participant=name) for name in ("e1.mp4", "e2.mp4")]
    assert plan_of(videos, Store(Folder(str(folder / "study")))).sharing == sharing_of([])


def test_a_run_that_goes_on_has_no_change_of_settings(folder):
    """The outcome of a row that recognises the test is not the former one of the row that names it."""
    plan, _, _ = planned(folder, done=lambda video: video.test is None)
    assert (plan.kept, plan.again, plan.redone) == (3, 0, ())


def test_a_test_that_was_changed_is_told_beside_one_that_was_not(folder):
    planned(folder)
    manifest = folder / "m.csv"
    manifest.write_text(manifest.read_text().replace(",rotation", ",flexion-extension"))
    plan = plan_of(videos_of([str(manifest)]), Store(Folder(str(folder / "study"))))
    assert (plan.kept, plan.again) == (3, 1)
    assert list(map(str, plan.redone)) == ["the test (was rotation, now flexion-extension; 1 video)"]


def test_with_another_program_each_row_is_compared_with_its_own(folder):
    """Both ways of one recording are out of date: neither row changed its test."""
    _, store, finished = planned(folder)
    outcomes = {one.name: store.get(one.name) for one in finished}
    store.folder.remove("outcomes")
    old = Store(store.folder)
    for made in outcomes.values():
        old.put(replace(made, way=made.way | {"code": "0" * 20}))
    plan = plan_of([one.video for one in finished], Store(store.folder))
    assert (plan.kept, plan.again) == (0, 4)
    assert [change.key for change in plan.redone] == ["code"]
