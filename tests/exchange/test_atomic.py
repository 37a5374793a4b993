"""Files appear whole or not at all."""

import os
import stat
import sys

import pytest

from romcheck.errors import OutputError
from romcheck.exchange.atomic import same_kind, writable_folder, written_whole


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("old")
    with written_whole(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, ValueError])
def test_nothing_is_left_when_writing_breaks_off(tmp_path, trouble):
    def write_half():
        with written_whole(tmp_path / "x.json") as unfinished:
            unfinished.write_text("half")
            raise trouble

    with pytest.raises(trouble):
        write_half()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_others_may_read_as_the_user_is_used_to(tmp_path):
    before = os.umask(0o027)
    try:
        with written_whole(tmp_path / "x.json") as unfinished:
            unfinished.write_text("new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.json").stat().st_mode) == 0o640


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        writable_folder(tmp_path / "out")


def test_a_folder_in_place_of_the_file(tmp_path):
    (tmp_path / "x.json").mkdir()
    with pytest.raises(OutputError, match="a folder of that name"), written_whole(tmp_path / "x.json") as unfinished:
        unfinished.write_text("new")
    assert list(tmp_path.iterdir()) == [tmp_path / "x.json"]


def test_missing_folders_are_made(tmp_path):
    assert writable_folder(tmp_path / "a" / "b").is_dir()
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes among the files")
def test_a_pipe_stays(tmp_path):
    os.mkfifo(tmp_path / "x.json")
    (tmp_path / "link.json").symlink_to("x.json")
    for name in ("x.json", "link.json"):
        with pytest.raises(OutputError, match="pipe or a device"), written_whole(tmp_path / name):
            pytest.fail("nothing is written first")
    assert stat.S_ISFIFO((tmp_path / "x.json").stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "x.json"]


def test_a_file_name_is_wanted_and_a_folder_given(tmp_path):
    with pytest.raises(OutputError, match="Add a file name"):
        same_kind(tmp_path, ".zip")
    with pytest.raises(OutputError, match="too long"):
        same_kind(tmp_path / f"{'x' * 1000}.zip", ".zip")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_file_larger_than_the_limit(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OutputError, match="ulimit"), written_whole(tmp_path / "x.json") as unfinished:
            unfinished.write_bytes(bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
