"""Where a study lies, what is kept in it, and who may write to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from romcheck.batch import identity
from romcheck.batch.identity import Settings, recorded, this_program
from romcheck.batch.outcome import Failure, VideoOutcome
from romcheck.batch.places import Folder, PlaceError, Reach, at_hand, local_path
from romcheck.batch.run import study
from romcheck.batch.store import LOCK, InUseError, Store, alone_in
from romcheck.errors import OutputError
from romcheck.i18n.message import Message, message

WAY = recorded(Settings(), this_program())
FAILED = VideoOutcome("a" * 64, WAY, None, None, Failure("not_measured", message("error.file_empty", name="{video}")))


ANYWHERE = Reach(("file", "memory"))


@pytest.fixture(params=["here", "file", "memory"])
def folder(request, tmp_path):
    """A folder on this disk, the same as a URL, and one in no disk at all."""
    if request.param == "memory":
        import fsspec

        yield Folder("memory://study")
        fsspec.filesystem("memory").rm("/study", recursive=True)
    else:
        yield Folder(str(tmp_path / "study") if request.param == "here" else f"file://{tmp_path}/study")


def test_what_is_written_is_read(folder):
    folder.write("a/b.txt", b"one")
    folder.write("a/b.txt", b"two")
    folder.copy("a/b.txt", "c/d/e.txt")
    assert folder.read("c/d/e.txt") == b"two"
    assert folder.read("nothing.txt") is None
    assert list(folder.names("a")) == ["b.txt"]
    assert list(folder.folders("c")) == ["d"]
    assert list(folder.names("nowhere")) == []
    folder.remove("c")
    folder.remove("c")
    assert folder.read("c/d/e.txt") is None
    assert folder.read("a/b.txt") == b"two"


def test_outcomes_are_kept(folder):
    Store(folder).put(FAILED)
    again = Store(folder)
    assert FAILED.name in again
    assert again.get(FAILED.name) == FAILED
    assert again.of_content("a" * 20) == [FAILED.name]


def test_what_says_nothing_of_a_video_is_not_kept(folder):
    Store(folder).put(VideoOutcome("a" * 64, WAY, None, None, Failure("not_reached", Message("no disk"))))
    assert list(folder.names("outcomes")) == []


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schema": "romcheck.outcome/0"}', b"\xff"])
def test_a_damaged_outcome_counts_as_none(folder, content):
    folder.write(f"outcomes/{FAILED.name}.json", content)
    assert Store(folder).get(FAILED.name) is None


def test_a_served_video_is_known_by_its_version(folder):
    Store(folder).remember_served("https://host/a.mp4", "tag 1", "a" * 64)
    store = Store(folder)
    assert store.served("https://host/a.mp4", "tag 1") == "a" * 64
    assert store.served("https://host/a.mp4", "tag 2") is None
    assert store.served("https://host/a.mp4", "") is None


def test_only_one_run_in_a_folder(folder):
    with alone_in(folder), pytest.raises(InUseError, match="Another run is writing to"), alone_in(folder):
        pass
    with alone_in(folder):
        pass


def test_a_killed_run_leaves_the_folder_free(tmp_path):
    """The lock ends with the process, however it ended; while it lives the other is named."""
    script = (
        "import time\nfrom romcheck.batch.places import Folder\nfrom romcheck.batch.store import alone_in\n"
        f"with alone_in(Folder({str(tmp_path)!r})):\n    print('in', flush=True)\n    time.sleep(60)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "in\n"
    with pytest.raises(InUseError, match=f"process {other.pid}"), alone_in(Folder(str(tmp_path))):
        pass
    other.kill()
    other.wait()
    assert (tmp_path / LOCK).read_text()
    with alone_in(Folder(str(tmp_path))):
        pass


def test_what_a_killed_run_left_unfinished_is_removed(tmp_path):
    """And nothing else of a folder that may hold other things."""
    for name in ("outcomes/.abc.x1.json", ".movements.x1.csv", "frames/video_id=a/.frames.x1.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    kept = [tmp_path / name for name in (".gitignore", "outcomes/abc.json", "frames/video_id=a/frames.parquet")]
    for path in kept:
        path.touch()
    with alone_in(Folder(str(tmp_path))):
        left = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert sorted(left) == sorted([*kept, tmp_path / LOCK])


def test_files_of_others_are_not_overwritten(folder):
    """A table that no run wrote stops it before it begins; what a run wrote does not."""
    folder.write("notes.txt", b"mine")
    with study(folder.location, reach=ANYWHERE) as first:
        first.write("summary.csv", b"by a run")
        first.write("outcomes/a.json", b"{}")
    with study(folder.location, reach=ANYWHERE):
        pass
    other = Folder(f"{folder.location}/inner")
    other.write("summary.csv", b"mine")
    with pytest.raises(OutputError, match=r"already contains summary\.csv"), study(other.location, reach=ANYWHERE):
        pass


def test_looking_only_leaves_nothing(folder):
    """No folder, no lock; and another run may be in it."""
    with study(f"{folder.location}/new", look_only=True, reach=ANYWHERE) as looked_at:
        assert list(looked_at.names("outcomes")) == []
    assert list(folder.folders("")) == []
    with alone_in(folder), study(folder.location, look_only=True, reach=ANYWHERE):
        pass


def test_behind_a_url_an_old_lock_counts_for_nothing():
    import fsspec

    folder = Folder("memory://locked")
    try:
        for age_s, free in ((10, False), (3600, True)):
            folder.write(LOCK, json.dumps({"who": "process 1 on host", "time": time.time() - age_s}).encode())
            if free:
                with alone_in(folder):
                    pass
            else:
                with pytest.raises(InUseError, match="process 1 on host"), alone_in(folder):
                    pass
    finally:
        fsspec.filesystem("memory").rm("/locked", recursive=True)


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "study").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        Folder(str(tmp_path / "study"))


@pytest.mark.parametrize(
    ("url", "said"), [("s3://bucket/a.mp4", "install s3fs"), ("nonsense://a/b.mp4", "not a known type of address")]
)
def test_addresses_that_cannot_be_reached(url, said):
    with pytest.raises(PlaceError, match=said), at_hand(url):
        pass


def test_file_urls_are_paths(tmp_path):
    (tmp_path / "a b.mp4").write_bytes(b"x")
    with at_hand(f"file://{tmp_path}/a%20b.mp4") as path:
        assert path.read_bytes() == b"x"
    assert local_path("https://host/a.mp4") is None


def test_a_part_of_the_measuring_code_that_is_gone_is_told(monkeypatch):
    """Else a part that was renamed would no longer count, and old outcomes would pass for new ones."""
    monkeypatch.setattr(identity, "MEASURING", (*identity.MEASURING, "renamed"))
    with pytest.raises(FileNotFoundError, match="renamed is not there"):
        identity.measuring_code.__wrapped__()
