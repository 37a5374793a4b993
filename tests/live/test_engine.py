"""The measuring process, for real: a person on a clip, and what the program does with it."""

import queue
from dataclasses import replace

import numpy as np
import psutil
import pytest
from shots import shots

from romcheck.geometry.intrinsics import Lens
from romcheck.live.engine import IN_FLIGHT, Engine, Engines
from romcheck.live.messages import Begin, CheckEnded, StartCheck, StopCheck, UpTo
from romcheck.live.recording import Shot
from romcheck.live.state import CheckPlan
from romcheck.measure import measure

pytestmark = pytest.mark.slow("a real process measures real pictures, one of them again from the kept video")

LENS = Lens.assumed(640, 480)
ROTATION = CheckPlan("rotation", practice=False)
WAIT_S = 120


@pytest.fixture
def engine():
    engine = Engine()
    yield engine
    engine.close()


def started(engine, plan=ROTATION, keep=None):
    heard = queue.Queue()
    engine.start(StartCheck(plan, LENS, keep), heard.put)
    return heard


def fed(engine, heard, pictures):
    """Offer pictures as fast as they are taken; the states that came back."""
    states = []
    for shot in pictures:
        while not engine.offer(shot):
            states.append(heard.get(timeout=WAIT_S))
    return states


def last(heard):
    while not isinstance(message := heard.get(timeout=WAIT_S), CheckEnded):
        assert message is not None, "the process ended without a word"
    return message


def test_live_and_kept_video_give_the_same_angles(engine, sample_videos, tmp_path):
    heard = started(engine, keep=tmp_path / "kept.mkv")
    clip = list(shots(sample_videos / "rotation.mp4", 8))
    framing, check = clip[:30], [replace(s, number=s.number + 1000, time_ms=s.time_ms + 9000) for s in clip]
    fed(engine, heard, framing)
    while not ((told := heard.get(timeout=WAIT_S)).state and told.state["stage"] == "framing"):
        assert isinstance(told, UpTo)
    engine.tell(Begin())
    fed(engine, heard, check)
    engine.tell(StopCheck("pressed"))
    ended = last(heard)
    assert ended.measurement is not None
    assert [m.movement for m in ended.measurement.result.movements] == ["rotation_left"]
    kept = measure(tmp_path / "kept.mkv", test="rotation", camera=LENS)
    assert kept.result.movements == ended.measurement.result.movements
    assert np.array_equal(kept.frames.rotation_deg, ended.measurement.frames.rotation_deg, equal_nan=True)


def test_stopped_before_anything_counts_there_is_no_number(engine, sample_videos, tmp_path):
    heard = started(engine, replace(ROTATION, practice=True), tmp_path / "kept.mkv")
    pictures = list(shots(sample_videos / "rotation.mp4", 2))
    fed(engine, heard, pictures[:20])
    engine.tell(Begin())
    fed(engine, heard, pictures[20:])
    engine.tell(StopCheck("symptoms"))
    ended = last(heard)
    assert (ended.measurement, ended.check.stopped) == (None, "symptoms")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left", [Engine.close, lambda engine: engine._process.stdin.close()], ids=["page", "server"])
def test_left_in_the_middle_no_video_stays(engine, sample_videos, tmp_path, left):
    """The page says that nothing was kept; nor does an unfinished file show the face."""
    heard = started(engine, keep=tmp_path / "kept.mkv")
    engine.tell(Begin())
    fed(engine, heard, shots(sample_videos / "rotation.mp4", 2))
    assert list(tmp_path.iterdir()), "nothing was being written"
    process = psutil.Process(engine.pid)
    left(engine)
    process.wait(timeout=WAIT_S)
    assert list(tmp_path.iterdir()) == []


def test_a_camera_that_shows_nobody_gives_no_number(engine, make_video):
    blank = make_video("blank.mp4", [np.full((480, 640, 3), 90, np.uint8)] * 40)
    heard = started(engine)
    fed(engine, heard, list(shots(blank, 1)))
    engine.tell(Begin())
    fed(engine, heard, [replace(s, number=s.number + 100, time_ms=s.time_ms + 3000) for s in shots(blank, 1)])
    engine.tell(StopCheck("pressed"))
    ended = last(heard)
    assert ended.measurement is None
    assert ended.check.stopped == "pressed"


def test_pictures_are_shed_never_queued(engine):
    """Before the process has answered, only a limited number is accepted."""
    started(engine)
    taken = [engine.offer(Shot(number, number, b"")) for number in range(10)]
    assert sum(taken) == IN_FLIGHT


def test_the_process_ends_with_its_server(engine):
    """When the other end of the pipes is closed, the process ends by itself."""
    started(engine)
    process = psutil.Process(engine.pid)
    engine._process.stdin.close()
    process.wait(timeout=WAIT_S)


def test_a_closed_engine_is_gone_and_says_so():
    engine = Engine()
    heard = started(engine)
    engine.close()
    assert not engine.alive
    assert not psutil.pid_exists(engine.pid)
    assert heard.get(timeout=WAIT_S) is None


def test_the_spare_is_taken_once():
    engines = Engines()
    engines.warm()
    spare, other = engines.take(), engines.take()
    try:
        assert spare.pid != other.pid
    finally:
        spare.close()
        other.close()
        engines.close()


def test_a_spare_that_died_is_not_handed_out():
    engines = Engines()
    engines.warm()
    dead = engines.take()
    dead.close()
    engines._spare = dead
    fresh = engines.take()
    assert fresh is not dead
    assert fresh.alive
    fresh.close()
