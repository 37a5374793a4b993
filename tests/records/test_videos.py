"""A saved video belongs to its measurement: it is moved and deleted with it, and not linked to a person before."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from romcheck.live.recording import KeptVideo
from romcheck.places import VIDEOS
from romcheck.records import archive, rights, video_files, videos
from romcheck.records.archive import export_person, import_person
from romcheck.records.backup import restore, write_backup
from romcheck.records.entries import Person, Visit
from romcheck.records.problems import ArchiveError, DatabaseError, NotFoundError
from romcheck.records.store import Records

DAY = date(2025, 3, 3)


def keep_video(folder, name="2025-03-03-090000-rotation.mkv", seed=1):
    """A video as a check keeps it, written by what writes it there."""
    from io import BytesIO

    (folder / VIDEOS).mkdir(exist_ok=True)
    kept = KeptVideo(folder / VIDEOS / name, 64, 48)
    noise = np.random.default_rng(seed)
    for number in range(5):
        buffer = BytesIO()
        Image.fromarray(noise.integers(0, 255, (48, 64, 3), np.uint8)).save(buffer, "jpeg")
        kept.add(buffer.getvalue(), 40 * number)
    kept.close()
    return folder / VIDEOS / name


def measured_in(video, measurement):
    """The measurement as if it had been made of this video."""
    result, frames = measurement
    sha256 = hashlib.sha256(video.read_bytes()).hexdigest()
    return replace(result, source=replace(result.source, file=video.name, sha256=sha256)), frames


def add(records, code, measurement):
    person = records.add_person(Person(code))
    return person, records.add_measurement(records.add_visit(Visit(person.id, DAY)).id, *measurement)


def holding(folder, content):
    """Files under a folder that hold a piece of this content."""
    piece = content[len(content) // 2 :][:200]
    return [path for path in folder.rglob("*") if path.is_file() and piece in path.read_bytes()]


def test_it_goes_with_the_person(records, before):
    video = keep_video(records.folder)
    content = video.read_bytes()
    assert video.stat().st_mode & 0o077 == 0
    person, measurement = add(records, "V-1", measured_in(video, before))

    assert not video.exists()
    home = videos.video_of(records, measurement.id)
    assert home.read_bytes() == content
    assert home.stat().st_mode & 0o077 == 0
    assert videos.loose(records) == ()

    assert rights.delete_person(records, person.id).files == 2
    assert holding(records.folder, content) == []


def test_it_goes_with_the_measurement_or_the_visit(records, before):
    for way in ("measurement", "visit"):
        video = keep_video(records.folder, seed=len(way))
        content = video.read_bytes()
        _, measurement = add(records, way, measured_in(video, before))
        if way == "measurement":
            records.delete_measurement(measurement.id)
        else:
            records.delete_visit(measurement.visit_id)
        assert holding(records.folder, content) == []


def test_it_stays_while_another_measurement_was_made_of_it(records, before):
    video = keep_video(records.folder)
    content, of_it = video.read_bytes(), measured_in(video, before)
    first, _ = add(records, "first", of_it)
    second, kept = add(records, "second", of_it)

    rights.delete_person(records, first.id)
    assert videos.video_of(records, kept.id).read_bytes() == content
    rights.delete_person(records, second.id)
    assert holding(records.folder, content) == []


def test_it_can_be_deleted_alone(records, before):
    _, measurement = add(records, "V-1", measured_in(keep_video(records.folder), before))
    videos.delete_video(records, measurement.id)
    assert videos.video_of(records, measurement.id) is None
    assert records.audit()[0].detail == f"video of measurement {measurement.id}"
    assert records.measurement(measurement.id).result
    with pytest.raises(NotFoundError):
        videos.delete_video(records, measurement.id)


def test_one_that_is_nobodys_is_listed_and_can_be_deleted(records, before):
    """Also what a check left that broke off; not what one is writing at this moment."""
    video = keep_video(records.folder)
    left = records.folder / VIDEOS / ".2025-03-03-100000-rotation.x.mkv"
    left.write_bytes(b"cut off")
    os.utime(left, (1e9, 1e9))
    (left.parent / ".being-written.mkv").write_bytes(b"now")
    add(records, "V-1", before)

    torn, whole = videos.loose(records)
    assert (whole.name, whole.size_bytes, whole.unfinished) == (video.name, video.stat().st_size, False)
    assert (torn.name, torn.unfinished) == (left.name, True)
    with pytest.raises(NotFoundError):
        videos.delete_loose(records, "../romcheck.db")

    for one in (torn, whole):
        videos.delete_loose(records, one.name)
    assert videos.loose(records) == ()
    assert (records.audit()[0].action, records.audit()[0].detail) == ("deleted", "video")


def test_the_retention_rule_lists_those_that_are_nobodys(records):
    video = keep_video(records.folder)
    long_ago = (datetime.now() - timedelta(days=400)).timestamp()
    os.utime(video, (long_ago, long_ago))
    keep_video(records.folder, "new.mkv")

    assert rights.expired_videos(records) == ()
    rights.save_retention_months(records, 12)
    assert [one.name for one in rights.expired_videos(records)] == [video.name]
    assert video.exists()


def test_one_of_an_earlier_version_is_found_by_its_content(records, before, monkeypatch):
    """Its measurement was kept without it, or the program was killed in between: it still goes with the person."""
    video = keep_video(records.folder)
    content = video.read_bytes()
    with monkeypatch.context() as without:
        without.setattr(video_files, "bring_home", lambda *_: None)
        person, _ = add(records, "V-1", measured_in(video, before))
    assert video.exists()
    video.rename(video.with_name("renamed.mkv"))

    rights.delete_person(records, person.id)

    assert holding(records.folder, content) == []


def test_a_result_names_no_file_elsewhere(records, before, tmp_path):
    """A name with a path in it, or that of another content, moves nothing."""
    video = keep_video(records.folder)
    outside = records.folder.parent / "outside.mkv"
    outside.write_bytes(video.read_bytes())
    result, frames = measured_in(video, before)
    add(records, "path", (replace(result, source=replace(result.source, file="../../outside.mkv")), frames))
    assert outside.exists()
    assert video.exists()

    video = keep_video(records.folder, "another.mkv", seed=2)
    strange = replace(result.source, file=video.name, sha256="../" * 30)
    _, measurement = add(records, "strange", (replace(result, source=strange), frames))
    assert videos.video_of(records, measurement.id) is None
    assert video.exists()


def test_an_archive_brings_it_along(records, before, tmp_path):
    content = (video := keep_video(records.folder)).read_bytes()
    person, _ = add(records, "V-1", measured_in(video, before))
    whole = export_person(records, person.id, tmp_path / "whole.zip")
    without = export_person(records, person.id, tmp_path / "without.zip", videos=False)

    assert archive.read_archive(whole)[0].videos_left_out == 0
    assert archive.read_archive(without)[0].videos_left_out == 1
    assert len(content) < whole.stat().st_size - without.stat().st_size < len(content) + 1000
    with Records(tmp_path / "elsewhere", url="") as other:
        arrived = import_person(other, whole)
        (measurement,) = other.measurements(arrived.id)
        assert videos.video_of(other, measurement.id).read_bytes() == content
        again = export_person(other, arrived.id, tmp_path / "again.zip")
        assert again.read_bytes() == whole.read_bytes()
        rights.delete_person(other, arrived.id)
        assert holding(other.folder, content) == []


@pytest.mark.parametrize("records", [None], indirect=False, ids=["sqlite"])
@pytest.mark.parametrize(
    ("name", "content", "kind", "said"),
    [
        (f"videos/{'a' * 64}.mkv", b"x", zipfile.ZIP_STORED, "none of its measurements"),
        ("videos/../../x.mkv", b"x", zipfile.ZIP_STORED, "not part of"),
        ("OWN", b"another", zipfile.ZIP_STORED, "changed after"),
        ("OWN", b"0" * 9_000_000, zipfile.ZIP_DEFLATED, "too big"),
    ],
)
def test_a_video_that_does_not_belong_in_an_archive(tmp_path, before, records, name, content, kind, said):
    with Records(tmp_path / "from", url="") as source:
        person, measurement = add(source, "V-1", measured_in(keep_video(source.folder), before))
        path = export_person(source, person.id, tmp_path / "p.zip", videos=False)
        name = f"videos/{measurement.result.source.sha256}.mkv" if name == "OWN" else name
    with zipfile.ZipFile(path, "a", kind) as packed:
        packed.writestr(name, content)
    with Records(tmp_path / "to", url="") as store:
        with pytest.raises(ArchiveError, match=said):
            import_person(store, path)
        assert store.count_people() == 0
        assert not list(store.folder.rglob("*.mkv"))


def test_a_backup_holds_those_of_measurements(records, before, tmp_path):
    """Unlinked ones are not included; without videos it is smaller; it is found when the person is deleted."""
    content = (video := keep_video(records.folder)).read_bytes()
    person, _ = add(records, "V-1", measured_in(video, before))
    nobodys = keep_video(records.folder, "nobodys.mkv", seed=3).read_bytes()
    whole = write_backup(records, tmp_path / "whole.zip")
    without = write_backup(records, tmp_path / "without.zip", videos=False)
    restore(tmp_path / "back", whole)
    with Records(tmp_path / "back", url="") as back:
        (measurement,) = back.measurements(1)
        assert videos.video_of(back, measurement.id).read_bytes() == content
        assert holding(back.folder, nobodys) == []
    assert whole.stat().st_size > without.stat().st_size + len(content)
    done = rights.delete_person(records, person.id)
    assert set(done.backups) == {str(whole), str(without)}


def test_to_look_at_one_is_recorded_and_one_that_changed_is_refused(records, before):
    person, measurement = add(records, "V-1", measured_in(keep_video(records.folder), before))
    detail = f"video of measurement {measurement.id}"
    for _ in range(3):
        path = videos.seen_video(records, measurement.id)
    assert path == videos.video_of(records, measurement.id)
    assert [line.action for line in records.audit(person.id) if line.detail == detail] == ["saw"]
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(DatabaseError, match="has changed since it was measured"):
        videos.seen_video(records, measurement.id)
    path.unlink()
    with pytest.raises(NotFoundError):
        videos.seen_video(records, measurement.id)
