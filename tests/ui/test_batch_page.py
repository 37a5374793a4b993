"""The page of recorded videos: folders, refusals, real runs, and what is said of them in each language."""

from __future__ import annotations

import csv
import json
import random
import re
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
from measured import WHICH
from replayed import pictures_of
from streamlit import config
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from study_size import outcome  # noqa: E402
from study_videos import BROKEN, good, make_study, no_face, turn  # noqa: E402

import romcheck  # noqa: E402
from romcheck.batch.hosted import Host, StudySettings, host  # noqa: E402
from romcheck.batch.identity import changes, recorded, settings_of, this_program  # noqa: E402
from romcheck.batch.looking import as_path, folder_beside, folders_in, look  # noqa: E402
from romcheck.batch.places import Folder  # noqa: E402
from romcheck.batch.sources import videos_of  # noqa: E402
from romcheck.batch.store import Store  # noqa: E402
from romcheck.batch.videos import Video  # noqa: E402
from romcheck.errors import RomcheckError  # noqa: E402
from romcheck.exchange.origin import content_sha256  # noqa: E402
from romcheck.i18n.catalogue import LANGUAGES  # noqa: E402
from romcheck.i18n.message import message  # noqa: E402
from romcheck.i18n.wording import Wording  # noqa: E402
from romcheck.reports.moving_pictures import HEADER  # noqa: E402
from romcheck.ui.batch_words import change_words  # noqa: E402

SCRIPT = Path(romcheck.__file__).parent / "ui" / "entry" / "script.py"
ENDS_WITHIN_S = 240


@pytest.fixture(scope="module")
def pictures():
    return turn()


@pytest.fixture(autouse=True)
def nothing_hosted(monkeypatch):
    """Each test begins and ends without a run, on a server for this computer alone."""
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    st.cache_data.clear()
    yield
    host.close()
    host.forget()
    config.set_option("server.address", before)


def opened(language="en"):
    """The page in a new window."""
    at = AppTest.from_string("from romcheck.ui.pages import batch\nbatch.page()", default_timeout=120)
    at.session_state["language"] = language
    at.run()
    assert not at.exception
    return at


def text(at):
    kinds = (at.title, at.header, at.markdown, at.caption, at.info, at.warning, at.error)
    shown = [str(element.value) for kind in kinds for element in kind]
    shown += [f"{m.label} {m.value}" for m in at.metric] + [str(e.proto.body) for e in at.get("html")]
    shown += [e.proto.text for e in at.get("progress")]
    return unescape("\n".join(shown).replace("\\", "").replace("\u2060", ""))


def choose(at, source, **fields):
    at.text_input(key="batch_source").set_value(str(source)).run()
    for key, value in fields.items():
        at.text_input(key=f"batch_{key}").set_value(str(value))
    return at


def after_the_run(language="en"):
    """The page once the run has ended or asks something, in a new window: one that was open may hold what is gone."""
    end = 0
    while host.standing().phase in ("reading", "running"):
        run = host.standing().run
        if run is None:
            host._thread.join(1)
        else:
            run.wait(1)
        end += 1
        assert end < ENDS_WITHIN_S
    return opened(language)


def test_it_stands_on_the_therapist_s_side_of_the_navigation():
    at = AppTest.from_file(str(SCRIPT), default_timeout=120).run()
    assert list(at.session_state["pages"]).index("batch") > list(at.session_state["pages"]).index("keeping")


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "", None])
def test_a_server_for_others_opens_no_folder(address, tmp_path):
    config.set_option("server.address", address)
    at = opened()
    assert Wording("en")("batch.not_here") in at.warning[0].value
    assert not at.text_input
    assert not at.button
    assert not at.selectbox


@pytest.mark.parametrize("language", WHICH)
def test_a_folder_is_looked_into_before_anything_starts(language, tmp_path, pictures):
    t = Wording(language)
    (tmp_path / "videos" / "monday").mkdir(parents=True)
    good(tmp_path / "videos" / "monday" / "a.mp4", pictures, 1)
    (tmp_path / "videos" / "b.mov").write_text("no video")
    at = choose(opened(language), f'"{tmp_path}/videos"')
    shown = text(at)
    assert t("batch.found_length", count=2, size="", length="").split("(")[0] in shown
    assert "6 s" in shown
    assert t("batch.unreadable", count=1) in shown
    assert "monday/a.mp4" in shown
    assert at.text_input(key="batch_out").value == str(tmp_path / "videos-study")
    at.selectbox(key="batch_inside").set_value("monday").run()
    assert at.text_input(key="batch_source").value == str(tmp_path / "videos" / "monday")
    assert at.text_input(key="batch_out").value == str(tmp_path / "videos" / "monday-study")
    assert not (tmp_path / "videos-study").exists()


@pytest.mark.parametrize("language", WHICH)
def test_what_cannot_be_measured_is_said_before_the_start(language, tmp_path):
    t = Wording(language)
    at = choose(opened(language), tmp_path / "nowhere")
    assert t("error.nowhere", source=str(tmp_path / "nowhere")) in text(at)
    choose(at, "https://host/videos")
    assert t("batch.local_only", source="https://host/videos") in text(at)
    (tmp_path / "m.csv").write_text("video,test\na.mp4,rotation\nb.mp4,rotatoin\n")
    shown = text(choose(at, tmp_path / "m.csv"))
    assert t("said.row", row="3", why="").strip() in shown
    assert shown.count("a.mp4") == 1
    at.button(key="batch_start").click().run()
    assert at.error[-1].value == t("batch.no_source")
    assert host.standing().phase == "none"


@pytest.mark.slow
def test_from_a_folder_to_the_tables(tmp_path, pictures):
    """Watched from two windows, its end seen in each language; what failed is named; what is downloaded lies there.

    In the end the run is wished for again with another setting: what would be measured again is asked first.
    """
    (tmp_path / "videos").mkdir()
    good(tmp_path / "videos" / "a.mp4", pictures, 1)
    no_face(tmp_path / "videos" / "room.mp4", pictures, 1)
    out = tmp_path / "made" / "study"
    at = choose(opened(), tmp_path / "videos", out=out)
    at.selectbox(key="batch_test").set_value("rotation")
    at.button(key="batch_start").click().run()
    assert not at.exception
    other = opened()
    assert str(out) in text(other)
    assert not [field for field in other.text_input if field.key == "batch_source"]
    after_the_run()
    with (out / "movements.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["test"] == "rotation"
    doubted = row["quality"] != "good"
    for language in LANGUAGES:
        t, at = Wording(language), opened(language)
        shown = text(at)
        assert t("batch.measured_of", measured=1, count=2) in shown
        before, _, after = t("error.no_face", name="room.mp4", frames="#").partition("#")
        assert before in shown
        assert after in shown
        assert doubted == (t("batch.trial", movement=t("movement_name.rotation_left"), trial=1, angle="") in shown)
        assert (shown.count("data:image/svg+xml") == 1) == doubted
        assert len(at.get("download_button")) == 7
    (video,) = (box for box in at.selectbox if box.key.startswith("batch_replay_"))
    assert (video.options, video.value) == (["a.mp4"], None)
    video.select("a.mp4").run()
    assert {"replay_show", "replay_movement_" + row["video_id"]} <= {radio.key for radio in at.radio}
    asked = {"video": row["video_id"], "movement": 0}
    begins, _ = HEADER.unpack_from(pictures_of(asked).body)
    assert begins < float(row["start_s"])
    assert pictures_of({**asked, "video": "other"}).status_code == 422
    film = tmp_path / "videos" / "a.mp4"
    content = film.read_bytes()
    film.write_bytes(b"another video")
    assert pictures_of(asked).status_code == 422
    film.write_bytes(content)
    at.button(key="batch_another").click().run()
    assert at.text_input(key="batch_source").value == ""

    wish, t = StudySettings(str(tmp_path / "videos"), str(out), test="rotation"), Wording("fr")
    host.begin(replace(wish, fov_deg=60.0))
    at = after_the_run("fr")
    assert host.standing().phase == "asking"
    assert "l’angle de champ" in text(at)
    at.button(key="batch_leave").click().run()
    assert host.standing().phase == "none"
    host.begin(wish)
    at = after_the_run("fr")
    assert t("batch.measured_of", measured=1, count=2) in text(at), "the folder is free again, its outcomes still there"
    assert host.standing().plan.kept == 2


@pytest.mark.slow
def test_stop_and_go_on(tmp_path, pictures):
    """Current videos are finished and kept; the run continues where it was, and nothing is repeated."""
    made = make_study(tmp_path / "videos", measurable=3, broken_each=0)
    host.begin(StudySettings(str(tmp_path / "videos"), str(tmp_path / "study"), workers=1))
    while (run := host.standing().run) is None or not run.progress().measuring:
        assert host.standing().phase in ("reading", "running")
    opened().button(key="batch_stop").click().run()
    at = after_the_run()
    done = run.progress().measured
    assert 1 <= done < len(made)
    assert Wording("en")("batch.stopped", done=done, count=len(made)) in text(at)
    at.button(key="batch_again").click().run()
    at = after_the_run()
    assert host.standing().plan.kept == done
    assert Wording("en")("batch.measured_of", measured=3, count=3) in text(at)


@pytest.mark.parametrize("language", WHICH)
def test_a_recording_of_two_people_is_told(language, tmp_path):
    """With its result, which counts it once; it was measured before, so that no process is started."""
    for name in "ab":
        (tmp_path / f"{name}.mp4").write_bytes(b"one")
    (tmp_path / "m.csv").write_text("video,participant\na.mp4,P01\nb.mp4,P02\n")
    sha256 = content_sha256(tmp_path / "a.mp4")
    made = next(one for seed in range(99) if (one := outcome(random.Random(seed), sha256)).result)
    Store(Folder(str(tmp_path / "study"))).put(made)
    host.begin(StudySettings(str(tmp_path / "m.csv"), str(tmp_path / "study")))
    at, t = after_the_run(language), Wording(language)
    said = t.say(message("said.shared_recording", videos="a.mp4, b.mp4", differs=["participant: P01, P02"]))
    unknown = t("batch.lens_unknown", count=1)
    assert made.result.camera.known == "assumed"
    assert [element.value.replace("\\", "") for element in at.warning] == [unknown, said]
    assert t("batch.recordings", count=1) in text(at)
    assert "- a.mp4, b.mp4" in text(at)
    assert t("batch.measured_of", measured=2, count=2) in text(at)


def test_one_run_at_a_time(tmp_path):
    """A second run is refused while the first is starting; one that fails to start is replaced, with its reason."""
    own = Host()
    own.begin(StudySettings(str(tmp_path / "nowhere"), str(tmp_path / "study")))
    own._thread.join()
    assert own.standing().phase == "ended"
    assert "no file or folder" in str(own.standing().error)
    own.forget()
    assert own.standing().phase == "none"


def test_looking_counts_what_a_run_would_measure(tmp_path, pictures):
    (tmp_path / ".hidden").mkdir()
    for name in ("a.mp4", ".hidden/b.mp4", ".c.mp4"):
        good(tmp_path / name, pictures, 1)
    (tmp_path / "m.csv").write_text("video,rater\na.mp4,A\na.mp4,B\n")
    assert look(str(tmp_path)).locations == tuple(v.location for v in videos_of([str(tmp_path)]))
    seen = look(str(tmp_path / "m.csv"))
    assert (len(seen.locations), round(seen.seconds), seen.unreadable) == (1, 6, 0)
    assert folders_in(tmp_path) == ()
    assert folders_in(tmp_path / "nowhere") == ()


def test_paths_as_they_are_pasted(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert as_path(' "/a b/c" ') == "/a b/c"
    assert as_path("~/videos") == "/home/me/videos"
    assert as_path("file:///a%20b") == "/a b"
    assert as_path("s3://bucket/x") == "s3://bucket/x"
    assert as_path("") == ""
    assert folder_beside("/a/neck videos") == str(Path("/a/neck videos-study"))
    assert folder_beside("/a/list.csv") == str(Path("/a/list-study"))
    assert folder_beside("") == ""


def in_french(reason):
    """Whether nothing of the English is left but names."""
    there = Wording("fr").say(reason, page=True)
    return there != str(reason) and not re.search(r"\b(the|There|Choose|Correct|Did you|cannot)\b", there)


@pytest.mark.slow
def test_every_reason_is_said_in_french(tmp_path, batch_reasons):
    assert len(batch_reasons) == len([way for way in BROKEN if way != "endless"])
    assert [reason for reason in batch_reasons if not in_french(reason)] == []


@pytest.fixture
def batch_reasons(tmp_path):
    """Why broken videos were not measured, by the program itself."""
    from romcheck.batch.finished import reason_for
    from romcheck.batch.outcome import Task, measure_one

    make_study(tmp_path / "videos", measurable=0, broken_each=1, without=("endless",))
    videos = videos_of([str(tmp_path / "videos")])
    tasks = [Task(v.id, v.location, settings_of(v, None), this_program()) for v in videos]
    return [reason_for(video, measure_one(task)) for video, task in zip(videos, tasks, strict=True)]


MANIFESTS = {
    "video,test,camera\na.mp4,rotatoin,\n,,\nb.mp4,,x.json\nc.mp4,,bad.json\nd.mp4\nd.mp4\n": 6,
    "film\na.mp4\n": 1,
    "video,particpant\na.mp4,1\n": 1,
    "video,test,test\na.mp4,,\n": 1,
    "video\n": 1,
}


@pytest.mark.parametrize("content", MANIFESTS)
def test_every_wrong_row_is_said_in_french(content, tmp_path):
    (tmp_path / "bad.json").write_text(json.dumps({"width": 640}))
    (tmp_path / "m.csv").write_text(content)
    with pytest.raises(RomcheckError) as refused:
        videos_of([str(tmp_path / "m.csv")])
    lines = str(refused.value).split("\n")
    assert len(lines) >= MANIFESTS[content]
    whole = Wording("fr").say(refused.value.message, page=True).split("\n")
    assert not [line for line in whole if re.search(r"\b(row|there is|cannot|Correct|column|two)\b", line)]


def test_changes_are_said_in_french():
    t = Wording("fr")
    video = Video("a", "a.mp4", "a.mp4")
    before = recorded(settings_of(video, None), this_program())
    now = recorded(settings_of(replace(video, test="rotation"), 60.0), replace(this_program(), code="0"))
    told = [change_words(change, t) for change in changes([(before, now)])]
    assert f"le test : reconnu avant, {t('title.rotation')} maintenant (vidéos : 1)" in [
        one.replace("\N{NO-BREAK SPACE}", " ") for one in told
    ]
    assert not [one for one in told if re.search("given|recognised|was ", one)]
