"""Bad input through the real commands: a clear sentence, the right exit status, and the other videos still run."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import av
import numpy as np
import psutil
import pytest
from recordings import copy_beginning, corners, cut, numbered, write_sound, write_video
from typer.testing import CliRunner

from romcheck.cli import app

run = CliRunner().invoke


@pytest.fixture
def folder(tmp_path):
    """Where results go in these tests."""
    return tmp_path / "out"


def measured(folder, *videos, **options):
    """Run the command and give (exit status, everything printed, names of the files written)."""
    extra = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    done = run(app, ["measure", *map(str, videos), "--out", str(folder), *extra])
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit)
    written = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return done.exit_code, " ".join(done.output.split()), written


# --- files that are no video


def not_a_video(path):
    path.write_bytes(np.random.default_rng(1).bytes(50_000))


def a_text(path):
    path.write_text("This is a note, not a video.\n" * 20)


def a_playlist(path):
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")


def empty(path):
    path.touch()


def a_folder(path):
    path.mkdir()


def missing(path):
    pass


def sound_only(path):
    write_sound(path)


def cut_before_its_index(path):
    whole = write_video(path.with_name("whole.mp4"), numbered(60))
    cut(whole, 0.6, path)
    whole.unlink()


def still_picture(path):
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as file:
        stream = file.add_stream("png", rate=1)
        stream.pix_fmt = "rgb24"
        stream.height, stream.width = 240, 320
        file.mux(stream.encode(av.VideoFrame.from_ndarray(corners(), format="rgb24")))
        file.mux(stream.encode())


BAD_FILES = [
    (not_a_video, "noise.mp4", "is not a readable video"),
    (a_text, "note.mp4", "is a text file, not a video"),
    (a_text, "note.txt", "is"),
    (a_playlist, "list.m3u8", "is a playlist, which names other files or addresses"),
    (empty, "empty.mp4", "is empty (0 bytes)"),
    (a_folder, "clips.mp4", "is a folder"),
    (missing, "nowhere.mp4", "There is no file"),
    (sound_only, "sound.mp4", "only sound"),
    (cut_before_its_index, "cut.mp4", "incomplete"),
    (still_picture, "picture.png", "still picture"),
]


@pytest.mark.parametrize(("make", "name", "said"), BAD_FILES)
def test_files_that_are_no_video(make, name, said, tmp_path, folder):
    make(tmp_path / name)
    status, printed, written = measured(folder, tmp_path / name)
    assert status == 1
    assert said in printed
    assert name in printed
    assert written == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_no_permission_to_read(tmp_path, folder):
    path = write_video(tmp_path / "clip.mp4", numbered(5))
    path.chmod(0)
    command = [sys.executable, "-m", "romcheck", "measure", str(path), "--out", str(folder)]
    done = subprocess.run(as_nobody(command, tmp_path, folder), capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "No permission to read" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_no_permission_to_write(tmp_path, folder):
    """Found before the first video has taken its time: the command line named a useless folder."""
    path = write_video(tmp_path / "clip.mp4", numbered(5))
    folder.mkdir()
    command = as_nobody([sys.executable, "-m", "romcheck", "measure", str(path), "--out", str(folder)], tmp_path)
    folder.chmod(0o555)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no permission" in " ".join(done.stderr.replace("│", " ").split())
    assert list(folder.iterdir()) == []


def as_nobody(command, *folders):
    """Run a command as a user whom permissions bind, where the tests run as root."""
    if os.geteuid() != 0:
        return command
    if not shutil.which("setpriv"):
        pytest.skip("root may do everything, and there is no setpriv to become somebody else")
    probe = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for folder in folders:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
        for parent in folder.parents:
            if parent.stat().st_uid == os.geteuid() and parent.name.startswith(("pytest-", "popen-")):
                parent.chmod(0o755)
    seen = subprocess.run(
        [*probe, sys.executable, "-c", "import romcheck.cli"], capture_output=True, text=True, check=False
    )
    if seen.returncode:
        pytest.skip("another user cannot run this Python")
    return [*probe, *command]


# --- videos in which nothing can be measured


@pytest.mark.slow
def test_no_face(tmp_path, folder):
    status, printed, written = measured(folder, write_video(tmp_path / "empty_room.mp4", [corners()] * 60))
    assert status == 1
    assert "face" in printed
    assert written == []


def test_one_frame(sample_videos, tmp_path, folder):
    path = write_video(tmp_path / "one.mp4", first_pictures(sample_videos / "rotation.mp4", 1))
    status, printed, written = measured(folder, path)
    assert status == 1
    assert "one.mp4" in printed
    assert written == []


@pytest.mark.slow
def test_a_face_for_half_a_second(sample_videos, tmp_path, folder):
    faces = first_pictures(sample_videos / "rotation.mp4", 15)
    blank = np.full_like(faces[0], 90)
    path = write_video(tmp_path / "glimpse.mp4", [*[blank] * 45, *faces, *[blank] * 45])
    status, printed, written = measured(folder, path)
    assert status == 1
    assert "unexpected" not in printed
    assert written == []


@pytest.mark.slow
def test_nobody_moves(sample_videos, tmp_path, folder):
    """Four seconds of one picture: no movement, so no result and no angle."""
    face = first_pictures(sample_videos / "rotation.mp4", 1)[0]
    status, printed, written = measured(folder, write_video(tmp_path / "still.mp4", [face] * 60, fps=15))
    assert status == 1
    assert "movement" in printed
    assert written == []


def first_pictures(path, count):
    pictures = []
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            pictures.append(frame.to_ndarray(format="rgb24"))
            if len(pictures) == count:
                return pictures
    return pictures


@pytest.mark.slow
def test_cut_off_in_the_middle(sample_videos, tmp_path, folder):
    """What is there is measured, with a warning."""
    whole = copy_beginning(sample_videos / "rotation.mp4", tmp_path / "whole.mkv", 16.0)
    path = cut(whole, 0.5, tmp_path / "cut.mkv")
    status, printed, _ = measured(folder, path)
    assert status == 0, printed
    content = json.loads((folder / "cut.result.json").read_text("utf-8"))
    assert any("cut off" in warning for warning in content["warnings"])
    assert "cut off" in printed


# --- several videos


@pytest.mark.slow
def test_one_bad_video_does_not_stop_the_others(small_turn, tmp_path, folder):
    empty(tmp_path / "empty.mp4")
    not_a_video(tmp_path / "noise.mp4")
    status, printed, written = measured(folder, tmp_path / "empty.mp4", small_turn, tmp_path / "noise.mp4")
    assert status == 1
    assert written == ["small_turn.frames.csv", "small_turn.result.json"]
    assert "1 of 3 videos were measured" in printed


def test_two_videos_of_one_stem(tmp_path, folder):
    """No silent overwriting: both are named and nothing starts."""
    (tmp_path / "monday").mkdir()
    one = write_video(tmp_path / "monday" / "clip.mp4", numbered(5))
    two = write_video(tmp_path / "clip.mkv", numbered(5))
    status, printed, written = measured(folder, one, two)
    assert status == 2
    assert written == []
    flat = "".join(printed.replace("│", "").split())
    assert "sametofiles" in flat.replace("thesamefiles", "sametofiles")
    assert str(one).replace(" ", "") in flat
    assert str(two).replace(" ", "") in flat


# --- cameras


CAMERA = {"width": 1280, "height": 720, "fx": 914.0, "fy": 914.0, "cx": 640.0, "cy": 360.0, "distortion": [0] * 5}


@pytest.mark.parametrize(
    "content",
    ["hello", json.dumps({**CAMERA, "fx": float("nan")}), json.dumps({**CAMERA, "fx": "914"}), "{}"],
    ids=["text", "NaN", "number as text", "nothing in it"],
)
def test_camera_files_that_cannot_be_used(content, tmp_path, folder):
    """The command line is wrong: no video is measured with a lens that was not meant."""
    camera = tmp_path / "camera.json"
    camera.write_text(content)
    status, printed, written = measured(folder, write_video(tmp_path / "clip.mp4", numbered(5)), camera=camera)
    assert status == 2
    assert "camera" in printed
    assert written == []


def test_camera_file_that_is_missing(tmp_path, folder):
    status, _, written = measured(folder, write_video(tmp_path / "clip.mp4", numbered(5)), camera=tmp_path / "no.json")
    assert status == 2
    assert written == []


def test_camera_file_for_another_aspect_ratio(tmp_path, folder):
    """Found for each video on its own: another video may fit."""
    camera = tmp_path / "camera.json"
    camera.write_text(json.dumps(CAMERA))
    status, printed, written = measured(folder, write_video(tmp_path / "clip.mp4", numbered(5)), camera=camera)
    assert status == 1
    assert "a different aspect ratio" in printed
    assert written == []


# --- disks


def test_results_folder_that_is_a_file(tmp_path, folder):
    folder.write_text("a file")
    done = run(app, ["measure", str(write_video(tmp_path / "clip.mp4", numbered(5))), "--out", str(folder)])
    assert done.exit_code == 2
    assert folder.read_text() == "a file"


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a disk of a few kilobytes is made with Linux's mount")
def test_a_full_disk_leaves_nothing_half_written(small_turn, tmp_path):
    """On a real disk that is full, in a mount namespace of the test's own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    apart = ["unshare", "-rm"]
    mount = f"mount -t tmpfs -o size=4k tmpfs '{disk}'"
    if not shutil.which("unshare") or subprocess.run([*apart, "sh", "-c", mount], check=False).returncode:
        pytest.skip("this system does not let a test mount a disk of its own")
    command = f"'{sys.executable}' -m romcheck measure '{small_turn}' --out '{disk}'"
    script = f"{mount} && {command}; echo STATUS $?; ls -A '{disk}'"
    done = subprocess.run([*apart, "sh", "-c", script], capture_output=True, text=True, check=False, timeout=300)
    assert "STATUS 1" in done.stdout
    assert "the disk is full" in done.stderr
    assert done.stdout.rstrip().endswith("STATUS 1"), "files were left on the full disk"


# --- Ctrl-C


def started(*words: object) -> subprocess.Popen[str]:
    """Start measuring, with what is printed caught, so that an interrupt reaches it.

    A job in the background inherits that interrupts are ignored.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "romcheck", "measure", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C otherwise")
@pytest.mark.parametrize("worked_s", [0, 6])
def test_ctrl_c(tmp_path, folder, worked_s):
    """Stops soon, leaves nothing half-written, and says what was and was not measured."""
    long = write_video(tmp_path / "long.mp4", itertools.repeat(corners(), 4000), options={"preset": "ultrafast"})
    running = started(long, tmp_path / "next.mp4", "--out", folder)
    while not folder.is_dir() or not psutil.Process(running.pid).children():  # the folder before the first video
        time.sleep(0.1)
        assert running.poll() is None
    (measuring,) = psutil.Process(running.pid).children()
    while measuring.cpu_times().user < worked_s:
        time.sleep(0.1)
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, printed = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "Stopped." in printed
    assert "long.mp4" in printed
    assert "Traceback" not in printed
    assert "Fatal" not in printed
    assert list(folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C otherwise")
def test_ctrl_c_while_the_overlay_is_drawn(one_turn, folder):
    """The numbers are there by then; the video was called not measured."""
    running = started(one_turn, "--overlay", "--out", folder)
    result = folder / "one_turn.result.json"
    while not result.exists():
        time.sleep(0.01)
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, printed = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "Measured and written: one_turn.mp4. Not all that --plot and --overlay draw of one_turn.mp4" in printed
    assert "Not measured" not in printed
    assert sorted(path.name for path in folder.iterdir()) == ["one_turn.frames.csv", "one_turn.result.json"]
