"""Whole runs of the real command over real videos."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sys

import pandas as pd
import pytest
from batch_faults import content
from study_videos import BROKEN, endless, good, make_study

pytestmark = [
    pytest.mark.slow("whole studies by the real command, each with a process that measures, some killed and run again"),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows kills and interrupts otherwise"),
]

MEASURABLE = 3
FILES = MEASURABLE + len(BROKEN) - 1
PRODUCTS = {
    "movements.csv", "movements.parquet", "summary.csv", "summary.parquet", "videos.csv", "videos.parquet",
    "failures.csv", "frames", "outcomes", "provenance.json", "report.html", "run.lock",
}  # fmt: skip


@pytest.fixture(scope="module")
def eleven_ways(tmp_path_factory):
    """Some videos that can be measured and one for each way to be broken but the endless one.

    A limit that ends it soon would end the others too where a machine is busy; the worker's tests have it.
    """
    folder = tmp_path_factory.mktemp("eleven")
    return folder, make_study(folder / "videos", measurable=MEASURABLE, broken_each=1, without=("endless",))


ARGUMENTS = ("videos", "--memory-limit", "900", "--workers", "2")


@pytest.fixture(scope="module")
def uninterrupted(eleven_ways, batch_in):
    """A run from beginning to end."""
    folder, _ = eleven_ways
    return batch_in(folder).run(*ARGUMENTS, "--out", "whole")


def test_broken_videos_are_named_and_stop_nothing(eleven_ways, uninterrupted):
    folder, made = eleven_ways
    assert uninterrupted.status == 1, uninterrupted.errors
    assert {path.name for path in (folder / "whole").iterdir()} == PRODUCTS
    assert sorted(uninterrupted.named("measured")) == [name for name, way in sorted(made.items()) if not way]

    failures = pd.read_csv(folder / "whole" / "failures.csv").set_index("video")
    assert sorted(failures.index) == [name for name, way in sorted(made.items()) if way]
    for name, way in made.items():
        if way:
            _, code, words = BROKEN[way]
            assert failures.code[name] == code, failures.reason[name]
            assert words in failures.reason[name]
            assert code != "not_measured" or name in failures.reason[name] or way == "nobody_moves"

    movements = pd.read_parquet(folder / "whole" / "movements.parquet")
    assert movements.video.nunique() == MEASURABLE
    assert set(movements.movement) == {"rotation_left"}
    frames = pd.read_parquet(folder / "whole" / "frames")
    assert frames.video_id.nunique() == MEASURABLE
    assert len(frames) == MEASURABLE * 75


def test_killed_at_random_it_ends_the_same(eleven_ways, uninterrupted, batch_in):
    """Killed without warning and started again, time after time: every file is the same, to the byte."""
    folder, _ = eleven_ways
    batch, chance = batch_in(folder), random.Random(6)
    ends = []
    for _ in range(2):
        running = batch.start(*ARGUMENTS, "--out", "killed")
        wanted = chance.randint(3, 6)  # so that something is done each time
        for line in running.stdout:
            event = json.loads(line)["event"]
            ends += [line] if event in ("measured", "failed") else []
            wanted -= event in ("began", "measured", "failed")
            if wanted < 0:
                break
        running.kill()
        ends += [line for line in running.stdout if '"measured"' in line or '"failed"' in line]
        running.wait()
        assert not (folder / "killed" / "provenance.json").exists()
    last = batch.run(*ARGUMENTS, "--out", "killed")
    assert last.status == 1
    assert last.events[0]["kept"] >= 2, "what was done before must not be done again"
    done = [json.loads(line)["name"] for line in ends] + last.named("measured") + last.named("failed")
    assert len(set(done)) == FILES
    assert content(folder / "killed") == content(folder / "whole")


def test_started_again_it_does_nothing(eleven_ways, uninterrupted, batch_in):
    """Not even what failed, until it is asked to; more memory helps none of these, as none failed for want of it."""
    folder, _ = eleven_ways
    batch = batch_in(folder)
    before = content(folder / "whole")
    again = batch.run(*ARGUMENTS, "--out", "whole")
    assert (again.events[0]["kept"], again.status) == (FILES, 1)
    assert [event["event"] for event in again.events] == ["plan", "end"]
    assert content(folder / "whole") == before
    more = batch.here("videos", "--memory-limit", "1000", "--workers", "2", "--out", "whole", "--dry-run")
    assert (more.events[0]["kept"], more.events[0]["retried"]) == (FILES, 0)
    retry = batch.here(*ARGUMENTS, "--out", "whole", "--dry-run", "--retry")
    assert (retry.events[0]["kept"], retry.events[0]["retried"]) == (MEASURABLE, FILES - MEASURABLE)


def test_what_failed_for_want_of_memory_is_tried_again_when_there_is_more(batch, make_good):
    make_good("videos/a.mp4", 1)
    first = batch.here("videos", "--memory-limit", "256", "--out", "study")
    assert first.named("failed") == ["a.mp4"], first.errors
    same = batch.here("videos", "--memory-limit", "256", "--out", "study", "--dry-run")
    assert (same.events[0]["kept"], same.events[0]["retried"]) == (1, 0)
    more = batch.here("videos", "--memory-limit", "4000", "--out", "study", "--dry-run")
    assert (more.events[0]["kept"], more.events[0]["retried"]) == (0, 1)


@pytest.fixture(scope="module")
def small_study(tmp_path_factory, pictures, batch_in):
    """Folder of a study of two contents, one of them under two names, and an empty file; and its run."""
    folder = tmp_path_factory.mktemp("small")
    for number, day in enumerate(("monday", "tuesday"), 1):
        (folder / "videos" / day).mkdir(parents=True)
        good(folder / "videos" / day / "clip.mp4", pictures, number)
    shutil.copy(folder / "videos/monday/clip.mp4", folder / "videos/[copy].mp4")
    (folder / "videos/empty.mp4").touch()
    return folder, batch_in(folder).run("videos", "--out", "study", mode="")


@pytest.fixture
def studied(small_study, tmp_path, batch):
    """A copy of that folder to go on in."""
    folder, run = small_study
    assert run.status == 1, run.errors
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return batch


def test_lines_say_each(small_study, studied):
    _, first = small_study
    lines = first.printed.splitlines()
    for name in ("[copy]", "monday/clip", "tuesday/clip"):
        assert f"measured  {name}.mp4  1 movement" in "".join(lines)
    assert any("failed    empty.mp4  empty.mp4 is empty" in line for line in lines)
    assert "3 of 4 videos measured, 1 not: see failures.csv. It took" in lines[-1]
    again = studied.here("videos", "--out", "study", mode="").printed
    assert "4 were done before and kept; the rest took" in again


def test_contents_count_not_names_or_labels(studied, make_good, tmp_path):
    """After renaming, copying and relabelling nothing is measured again; other content under the old name is."""
    assert len(list((tmp_path / "study/outcomes").glob("*.json"))) == 3, "one content is measured once"

    (tmp_path / "videos/[copy].mp4").rename(tmp_path / "videos/renamed.mp4")
    (tmp_path / "m.csv").write_text(
        "video,participant\nvideos/renamed.mp4,P1\nvideos/monday/clip.mp4,P2\nvideos/tuesday/clip.mp4,P3\n"
    )
    second = studied.here("m.csv", "--out", "study")
    assert (second.events[0]["kept"], second.status) == (3, 0)
    movements = pd.read_csv(tmp_path / "study/movements.csv")
    assert sorted(movements.participant) == ["P1", "P2", "P3"]
    assert len(list((tmp_path / "study/frames").iterdir())) == 3

    assert second.events[0]["remarks"] == []

    shutil.copy(make_good("other.mp4", 3), tmp_path / "videos/tuesday/clip.mp4")
    third = studied.here("m.csv", "--out", "study")
    assert third.named("measured") == ["videos/tuesday/clip.mp4"]


def test_what_the_tables_will_lack_is_said_before(studied, tmp_path):
    (tmp_path / "m.csv").write_text("video,participant\nvideos/monday/clip.mp4,P01\nvideos/[copy].mp4,p1\n")
    first, second = (studied.here("m.csv", "--out", "study").events[0]["remarks"] for _ in "12")
    assert first[0] == second[0]
    assert "column 'participant' differ in capitals, spaces or leading zeros only: p1 / P01." in first[0]
    assert first[1].startswith("1 video measured into this folder before is not among these 2")
    assert len(second) == 1, "said once: the tables are about these two now"


def test_a_dry_run_leaves_nothing(batch, make_good, tmp_path):
    make_good("videos/a.mp4", 1)
    said = batch.here("videos", "--out", "new/study", "--dry-run", mode="")
    assert (said.printed, said.status) == ("1 video: 0 done before and kept, 1 to measure.\n", 0)
    assert not (tmp_path / "new").exists()


def test_a_changed_setting_says_what_it_will_do_again(small_study, batch_in):
    folder, _ = small_study
    arguments = ("videos", "--out", "study", "--test", "rotation", "--fov", "60", "--dry-run")
    said = " ".join(batch_in(folder).here(*arguments, mode="").printed.split())
    assert "4 to measure" in said
    assert "the test (was recognised, now rotation; 4 videos)" in said
    assert "the field of view (was not given, now 60; 4 videos)" in said


def test_settings_of_a_row_hold_for_it_alone(studied, tmp_path):
    """The same video without and with a person's own correction of a tenth: two outcomes, and their ratio."""
    gain = {"gain": 1.1, "sd": 0.01, "movements": 3}
    gains = {"rotation_left": gain, "rotation_right": gain}
    profile = {
        "schema": "romcheck.profile/1", "test": "rotation", "gains": gains, "trunk_measured": False,
        "romcheck": "0.1.0",
    }  # fmt: skip
    (tmp_path / "person.json").write_text(json.dumps(profile))
    (tmp_path / "m.csv").write_text(
        "video,rater,profile\nvideos/monday/clip.mp4,A,\nvideos/monday/clip.mp4,B,person.json\n"
    )
    run = studied.here("m.csv", "--out", "study")
    assert (run.status, run.events[0]["kept"]) == (0, 1)
    angle = pd.read_csv(tmp_path / "study/movements.csv").set_index("rater").angle_deg
    assert pytest.approx(1.1, abs=1e-3) == angle.B / angle.A


def test_labels_on_the_command_line_are_checked_first(batch, make_good, tmp_path):
    make_good("videos/a.mp4", 1)
    (tmp_path / "m.csv").write_text("video\nvideos/a.mp4\nvideos/b.mp4\n")
    wrong = batch.here("m.csv", "--out", "study", mode="")
    assert wrong.status == 2
    assert "row 3: there is no file" in " ".join(wrong.errors.split())
    assert not (tmp_path / "study").exists()
    nothing = batch.here("study", "--out", "study", mode="")
    assert nothing.status == 2


def test_ctrl_c_finishes_what_is_in_hand(batch, make_good, tmp_path):
    for number in range(3):
        make_good(f"videos/{number}.mp4", number)
    running = batch.start("videos", "--out", "study")
    for line in running.stdout:
        if json.loads(line)["event"] == "began":
            break
    running.send_signal(signal.SIGINT)
    printed, errors = running.communicate(timeout=300)
    assert running.returncode == 130
    ended = [json.loads(line) for line in printed.splitlines()]
    assert [event["name"] for event in ended if event["event"] == "measured"] == ["0.mp4"]
    assert "Start the same command again" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "study/movements.csv").exists()
    assert batch.here("videos", "--out", "study", "--dry-run").events[0]["kept"] == 1


def test_ctrl_c_twice_stops_at_once(batch, tmp_path, pictures):
    """Also in a video that would take for ever; no process is left behind."""
    import psutil

    (tmp_path / "videos").mkdir()
    endless(tmp_path / "videos/long.mp4", pictures, 0)
    running = batch.start("videos", "--out", "study")
    for line in running.stdout:
        event = json.loads(line)
        if event["event"] == "began":
            break
    for said in ("Stopping", None):
        running.send_signal(signal.SIGINT)
        if said:
            assert said in json.loads(running.stdout.readline())["text"]
    running.communicate(timeout=300)
    assert running.returncode == 130
    assert not psutil.pid_exists(int(event["worker"]))


def test_two_runs_in_one_folder(batch, tmp_path, pictures):
    (tmp_path / "videos").mkdir()
    endless(tmp_path / "videos/long.mp4", pictures, 0)
    running = batch.start("videos", "--out", "study")
    assert json.loads(running.stdout.readline())["event"] == "plan"
    second = batch.here("videos", "--out", "study", mode="")
    running.kill()
    running.wait()
    assert second.status == 2
    assert f"process {running.pid}" in " ".join(second.errors.split())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a disk of a few kilobytes is made with Linux's mount")
def test_a_full_disk_stops_the_run_and_says_so(make_good, tmp_path):
    import subprocess

    make_good("videos/a.mp4", 1)
    (tmp_path / "disk").mkdir()
    mount = "mount -t tmpfs -o size=12k tmpfs disk"
    apart = ["unshare", "-rm", "sh", "-c"]
    if not shutil.which("unshare") or subprocess.run([*apart, mount], cwd=tmp_path, check=False).returncode:
        pytest.skip("this system does not let a test mount a disk of its own")
    command = f"'{sys.executable}' -m romcheck batch videos --workers 1 --out disk"
    script = f"{mount} && {command}; echo STATUS $?; find disk -type f"
    done = subprocess.run([*apart, script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert "STATUS 1" in done.stdout
    assert "the disk is full" in " ".join(done.stderr.split())
    assert "report.html" not in done.stdout.split("STATUS")[1]


def test_quiet_says_nothing_and_needs_no_network(make_good, tmp_path):
    """With no network interface at all, processes and all, where the system lets a test run so."""
    import subprocess

    apart = ["unshare", "-rn"]
    if not shutil.which("unshare") or subprocess.run([*apart, "true"], check=False).returncode:
        apart = []
    make_good("videos/a.mp4", 1)
    (tmp_path / "videos/empty.mp4").touch()
    command = [sys.executable, "-m", "romcheck", "batch", "videos", "--workers", "1", "--out", "study", "--quiet"]
    done = subprocess.run([*apart, *command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 1)
    assert (tmp_path / "study" / "report.html").exists()
    assert pd.read_csv(tmp_path / "study" / "failures.csv").video.tolist() == ["empty.mp4"]
    if not apart:
        pytest.skip("quiet it is; this system does not let a test run without network (unshare -rn)")
