"""Studies of any size: the products are those of all rows together, and memory does not grow with the videos."""

from __future__ import annotations

import hashlib
import io
import json
import queue
import random
import re
import time
import tracemalloc
from collections import Counter
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from study_size import outcome

from romcheck.batch import tables, tally
from romcheck.batch.crew import Begun, News, SeenFrames, VideoEnded, Waits, heard
from romcheck.batch.finished import Finished, reason_for
from romcheck.batch.identity import Settings, recorded, this_program
from romcheck.batch.outcome import Failure, Task, VideoOutcome
from romcheck.batch.places import Folder
from romcheck.batch.plan import RunPlan, plan_of
from romcheck.batch.products import write_products
from romcheck.batch.run import Run, prepare
from romcheck.batch.store import PROVENANCE, Store
from romcheck.batch.tables import TABLES, rows_of, schema_of
from romcheck.batch.videos import Video
from romcheck.errors import RomcheckError
from romcheck.exchange.spreadsheet import csv_text
from romcheck.i18n.message import message

BEGAN = "2026-01-01T00:00:00+00:00"
EMPTY = Failure("not_measured", message("error.file_empty", name="{video}"))


@pytest.fixture(params=["here", "memory"])
def folder(request, tmp_path):
    """A folder on this disk, and one on no disk at all."""
    if request.param == "memory":
        import fsspec

        yield Folder("memory://sized")
        fsspec.filesystem("memory").rm("/sized", recursive=True)
    else:
        yield Folder(str(tmp_path / "study"))


def made(folder: Folder, count: int, distinct: int | None = None) -> tuple[RunPlan, list[Finished]]:
    """A study of so many videos, by default each with an outcome of its own; one that could not be reached."""
    store, chance, finished = Store(folder), random.Random(count), []
    outcomes = [outcome(chance, f"{n:064x}"[::-1]) for n in range(distinct or count)]
    for each in outcomes:
        store.put(each)
    for n in range(count):
        who = f"P{n // 3}" if n % 5 else ""
        video = Video(f"v{n:05}", f"{n % 7}/=é\x85{n}.mp4", f"/gone/{n}.mp4", who, "@1", "\u2028")
        finished.append(Finished(video, outcomes[n % len(outcomes)].name))
    lost = Failure("not_reached", message("error.file_gone", path="a"))
    passing = VideoOutcome(None, recorded(Settings(), this_program()), None, None, lost)
    finished[0] = Finished(finished[0].video, None, passing)
    return plan_of([one.video for one in finished], store), finished


def in_order(folder: Folder, finished: list[Finished]) -> list[tuple[Finished, VideoOutcome]]:
    store = Store(folder)
    ordered = sorted(finished, key=lambda one: (one.video.name, one.video.id))
    return [(one, store.get(one.name) if one.name else one.passing) for one in ordered]


def test_tables_are_those_of_all_rows_together(folder, monkeypatch):
    """CSV to the byte, Parquet in rows, values and types, however many rows are written at once."""
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 7)
    plan, finished = made(folder, 60)
    write_products(folder, Store(folder), plan, finished, BEGAN)
    rows = [rows_of(one.video, o, str(reason_for(one.video, o) or "")) for one, o in in_order(folder, finished)]
    first = {}
    for name, columns in TABLES.items():
        whole = [row for of_video in rows for row in getattr(of_video, name)]
        assert whole
        assert folder.read(f"{name}.csv") == csv_text((column.name for column in columns), whole).encode()
        if name != "failures":
            first[name] = folder.read(f"{name}.parquet")
            file, schema = pq.ParquetFile(io.BytesIO(first[name])), schema_of(columns)
            assert file.num_row_groups > 1
            by_column = [pa.array([row[i] for row in whole], field.type) for i, field in enumerate(schema)]
            assert file.read().equals(pa.table(by_column, schema=schema))
    write_products(folder, Store(folder), plan, finished, BEGAN)
    assert {name: folder.read(f"{name}.parquet") for name in first} == first


def test_a_table_without_rows_has_its_columns(folder):
    write_products(folder, Store(folder), plan_of([], Store(folder)), [], BEGAN)
    assert pd.read_parquet(io.BytesIO(folder.read("movements.parquet"))).columns.tolist() == [
        column.name for column in TABLES["movements"]
    ]
    assert json.loads(folder.read(PROVENANCE))["inputs"] == []


def test_the_provenance_is_one_json_file(folder):
    plan, finished = made(folder, 20)
    write_products(folder, Store(folder), plan, finished, BEGAN)
    text = folder.read(PROVENANCE).decode()
    facts = json.loads(text)
    assert text == json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
    assert list(facts) == ["schema", "software", "settings", "inputs", "products", "machine", "run"]
    both = in_order(folder, finished)
    assert [(i["video"], i["outcome"], i["sha256"]) for i in facts["inputs"]] == [
        (one.video.name, one.name, o.sha256) for one, o in both
    ]
    assert {i["settings"] for i in facts["inputs"]} == set(facts["settings"])
    assert facts["products"] == {name: hashlib.sha256(folder.read(name)).hexdigest() for name in facts["products"]}
    assert list(facts["products"]) == [
        "movements.csv", "movements.parquet", "summary.csv", "summary.parquet", "videos.csv", "videos.parquet",
        "failures.csv", "report.html",
    ]  # fmt: skip
    run = facts["run"]
    assert run["hours_of_measuring_one_process"] == round(sum(o.cost.seconds for _, o in both) / 3600, 4)
    assert run["most_memory_mb"] == max(o.cost.peak_mb or 0 for _, o in both)
    assert run["measured_on"] == sorted({o.cost.machine for _, o in both} - {""})


def test_a_content_counts_once_in_the_time_it_took(folder):
    """Twenty videos of four contents."""
    plan, finished = made(folder, 20, distinct=4)
    write_products(folder, Store(folder), plan, finished, BEGAN)
    once = {o.sha256: o.cost.seconds for _, o in in_order(folder, finished)}
    run = json.loads(folder.read(PROVENANCE))["run"]
    assert run["hours_of_measuring_one_process"] == round(sum(once.values()) / 3600, 4)


def test_the_report_counts_what_the_table_holds(folder, monkeypatch):
    """Its numbers are those of movements.csv, by participant, or by video where none is named."""
    monkeypatch.setattr(tally, "MOST_THUMBNAILS", 20)
    plan, finished = made(folder, 60)
    study = write_products(folder, Store(folder), plan, finished, BEGAN)
    page = folder.read("report.html").decode()
    trials = pd.read_csv(io.BytesIO(folder.read("movements.csv")), keep_default_na=False, lineterminator="\n")
    trials["whose"] = trials.participant.where(trials.participant != "", trials.video_id)
    trials["angle_deg"] = trials.angle_deg.astype(float)
    for side in ("left", "right"):
        of_side = trials[trials.movement == f"rotation_{side}"]
        used = of_side[of_side.quality != "rejected"]
        means = used.groupby("whose").angle_deg.mean()
        degrees = (means.mean(), means.std(), used.angle_deg.min(), used.angle_deg.max(), used.uncertainty_deg.median())
        cells = re.search(f"<td>rotation to the {side}</td>(.*?)</tr>", page)[1]
        assert re.findall(r"<td class=n>(.*?)</td>", cells) == [
            f"{of_side.video_id.nunique()}", f"{len(used)} of {len(of_side)}", f"{len(means)}",
            *(f"{value:.1f}°" for value in degrees),
        ]  # fmt: skip
    assert Counter(trials.quality) == study.trials
    unsure = trials[trials.reasons.str.contains("unsure")]
    assert (study.reasons["unsure"], study.reason_recordings["unsure"]) == (len(unsure), unsure.video_id.nunique())
    failures = pd.read_csv(io.BytesIO(folder.read("failures.csv")), lineterminator="\n")
    assert page.split("<h2>Not measured</h2>")[1].split("<h2>")[0].count("<tr><td") == len(failures)

    rejected, doubted = (trials.quality == "rejected").sum(), (trials.quality != "good").sum()
    assert rejected < 20 < doubted == study.doubted_in_all
    shown = [one.trial.movement.quality for one in study.doubted]
    assert shown == ["rejected"] * rejected + ["usable"] * (20 - rejected)
    assert [one.trial.video.id for one in study.doubted[:rejected]] == list(
        trials[trials.quality == "rejected"].video_id
    )


def test_what_ends_in_the_middle_leaves_the_files_before(folder):
    """An outcome is missing half way: the tables made before stay, with nothing unfinished and no provenance."""
    plan, finished = made(folder, 20)
    write_products(folder, Store(folder), plan, finished, BEGAN)
    before = {name: folder.read(name) for name in folder.names("") if name != PROVENANCE}
    folder.remove(f"outcomes/{in_order(folder, finished)[10][0].name}.json")
    with pytest.raises(RomcheckError):
        write_products(folder, Store(folder), plan, finished, BEGAN)
    assert {name: folder.read(name) for name in folder.names("")} == before


def peak_bytes(folder: Folder, count: int) -> int:
    plan, finished = made(folder, count, distinct=10)
    store = Store(folder)
    tracemalloc.start()
    try:
        write_products(folder, store, plan, finished, BEGAN)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow("the products of thousands of videos, with every piece of memory traced")
def test_memory_does_not_grow_with_the_videos(tmp_path, monkeypatch):
    """Beyond a few numbers of each trial: the rows of a video take more than ten kilobytes."""
    peak_bytes(Folder(str(tmp_path / "first")), 10)  # what is loaded once is not counted
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 100)
    few, many = (peak_bytes(Folder(str(tmp_path / f"{count}")), count) for count in (250, 1250))
    assert (many - few) / 1000 < 1000, (few, many)


def test_the_plan_of_finished_videos_is_small(tmp_path):
    """What was measured stays on the disk."""
    folder, videos = Folder(str(tmp_path / "study")), []
    store, chance = Store(folder), random.Random(1)
    for n in range(100):
        path = tmp_path / f"{n}.mp4"
        path.write_bytes(bytes([n]))
        videos.append(Video(f"v{n}", path.name, str(path)))
        store.put(outcome(chance, hashlib.sha256(bytes([n])).hexdigest()))
    assert prepare(videos, folder).kept == 100  # what is loaded once is not counted
    tracemalloc.start()
    try:
        plan = prepare(videos, folder)
        assert tracemalloc.get_traced_memory()[0] / 100 < 1500
    finally:
        tracemalloc.stop()
    assert plan.kept == 100


class Told:
    """Workers that report what they are told to."""

    def __init__(self) -> None:
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self.done = self._returned = 0

    def room(self) -> int:
        return 3

    def give(self, task: Task) -> None:
        pass

    def hear(self, timeout_s: float) -> list[News]:
        self.done += self._returned
        news = heard(self.news, timeout_s)
        self._returned = len(news)
        return news

    def close(self) -> None:
        self.done += self._returned


def test_progress_counts_each_change(tmp_path):
    """After every event the counts are those of the list of videos, and the time left goes by bytes."""
    for name, size in (("a", 100), ("b", 300), ("c", 600)):
        (tmp_path / f"{name}.mp4").write_bytes(name.encode() * size)
    videos = [Video(name, f"{name}.mp4", str(tmp_path / f"{name}.mp4")) for name in "cba"]
    videos.append(replace(videos[0], id="c2", name="c2.mp4"))  # one content with two names
    folder, crew, chance, told = Folder(str(tmp_path / "study")), Told(), random.Random(3), 0
    run = Run(prepare(videos, folder), folder, crew)

    def after(*news: News) -> tuple[int, int, int, float | None]:
        nonlocal told
        told += len(news)
        for item in news:
            crew.news.put(item)
        while crew.done < told:
            time.sleep(0.01)
        progress, states = run.progress(), Counter(video.state for video in run.videos())
        counted = progress.measured, progress.failed, len(progress.measuring)
        assert counted == (states["measured"], states["failed"], states["measuring"])
        return *counted, progress.left_s and progress.left_s / progress.seconds

    def ended(key: str) -> VideoEnded:
        return VideoEnded(key, outcome(chance, hashlib.sha256((tmp_path / f"{key}.mp4").read_bytes()).hexdigest()))

    empty = replace(ended("b").outcome, result=None, frames=None, failure=EMPTY)
    run.start()
    assert after(Begun("c", "1")) == (0, 0, 2, None)
    assert after(SeenFrames("c", 30, 60), Begun("b", "2")) == (0, 0, 3, pytest.approx(700 / 300))
    assert after(Waits("nobody")) == (0, 0, 0, None)
    assert after(Waits(""), Begun("b", "2"), ended("c")) == (2, 0, 1, pytest.approx(400 / 600))
    assert after(VideoEnded("b", empty)) == (2, 1, 0, pytest.approx(100 / 900))
    assert after(ended("a")) == (3, 1, 0, 0.0)
    assert run.wait(60)
    assert run.progress().stage == "finished"
    assert [video.name for video in run.videos()] == ["a.mp4", "b.mp4", "c.mp4", "c2.mp4"]
