"""Which videos a study has, and what is said of a manifest that is wrong."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from romcheck.batch.sources import videos_of
from romcheck.batch.videos import SourcesError, video_id

CAMERA = {"width": 640, "height": 480, "fx": 550.0, "fy": 550.0, "cx": 320.0, "cy": 240.0}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two folders with videos of the same name, and files that are not videos."""
    for name in ("monday/clip.mp4", "tuesday/clip.MOV", "notes.txt", "monday/.clip.mp4", "tuesday/plan.pdf"):
        (tmp_path / "videos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "videos" / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def manifest(folder, text, name="manifest.csv"):
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


def test_a_folder_is_searched_through_and_through(folder):
    """Endings in either case, folders in folders; hidden files and others are left out; names keep apart."""
    videos = videos_of(["videos"])
    assert [video.name for video in videos] == ["monday/clip.mp4", "tuesday/clip.MOV"]
    assert len({video.id for video in videos}) == 2


def test_a_pattern_and_single_files(folder):
    assert [v.name for v in videos_of(["videos/*/*.mp4"])] == ["videos/monday/clip.mp4"]
    both = videos_of(["videos/tuesday/clip.MOV", "videos/monday"])
    assert [v.name for v in both] == ["videos/monday/clip.mp4", "videos/tuesday/clip.MOV"]


def test_a_folder_without_videos_says_what_was_looked_for(folder):
    (folder / "videos" / "tuesday" / "clip.MOV").unlink()
    with pytest.raises(SourcesError, match=r"(?s)no videos in the folder videos/tuesday.*\.mp4, \.mov.*1 × \.pdf"):
        videos_of(["videos/tuesday"])


def test_a_pattern_that_fits_nothing(folder):
    with pytest.raises(SourcesError, match=r"No video matches videos/\*\.mp4"):
        videos_of(["videos/*.mp4"])


def test_a_comma_without_quotation_marks_moves_no_label(folder):
    text = "video,participant,visit\nvideos/monday/clip.mp4,{},1\n"
    for marks in ("", ","):  # empty cells at the end, as spreadsheets leave them, are none too many
        (video,) = videos_of([manifest(folder, text.format('"Smith, John"').rstrip() + marks)])
        assert (video.participant, video.visit) == ("Smith, John", "1")
    with pytest.raises(SourcesError, match=r"more cells than headings in row 2\. .*quotation marks"):
        videos_of([manifest(folder, text.format("Smith, John"))])


def test_a_folder_that_is_not_there(folder):
    with pytest.raises(SourcesError, match="no file or folder nowhere"):
        videos_of(["nowhere"])


def test_a_manifest_names_videos_beside_itself(folder, monkeypatch):
    (folder / "camera.json").write_text(json.dumps(CAMERA))
    path = manifest(
        folder,
        "Video,participant,visit,rater,test,camera,age\n"
        "videos/tuesday/clip.MOV,P2,1,A,Flexion Rotation,camera.json,40\n"
        "videos/monday/clip.mp4,P1,2,,,,50\n",
    )
    monkeypatch.chdir("/")
    first, second = videos_of([path], test="rotation")
    assert (first.participant, first.visit, first.test, first.lens) == ("P1", "2", "rotation", None)
    assert second.test == "flexion-rotation"
    assert second.lens is not None
    assert second.lens.fx == 550
    assert second.location == str(folder / "videos/tuesday/clip.MOV")


@pytest.mark.parametrize("mark", [";", "\t"])
def test_spreadsheets_write_other_marks_and_a_byte_order_mark(folder, mark):
    path = manifest(folder, f"\ufeffvideo{mark}participant\nvideos/monday/clip.mp4{mark}P1, left\n")
    assert [video.participant for video in videos_of([path])] == ["P1, left"]


def test_the_line_that_states_the_separator_for_excel_is_no_heading(folder):
    path = manifest(folder, "sep=;\r\nvideo;participant\r\nvideos/monday/clip.mp4;P1, left\r\n")
    assert [video.participant for video in videos_of([path])] == ["P1, left"]
    path = manifest(folder, "sep=;\nvideo;participant\nvideos/nowhere.mp4;P1\n")
    with pytest.raises(SourcesError, match=r"[Rr]ow 3"):
        videos_of([path])


@pytest.mark.parametrize(("word", "mirrored"), [("WAHR", True), ("ja", True), ("Oui", True), ("FAUX", False)])
def test_yes_and_no_as_spreadsheets_write_them_elsewhere(folder, word, mirrored):
    (video,) = videos_of([manifest(folder, f"video,mirrored\nvideos/monday/clip.mp4,{word}\n")])
    assert video.mirrored is mirrored


def test_parquet(folder):
    table = {"video": ["videos/monday/clip.mp4"], "visit": [2.0], "participant": [7], "rater": [None]}
    pq.write_table(pa.table(table), folder / "m.parquet")
    (video,) = videos_of([str(folder / "m.parquet")])
    assert (video.visit, video.participant, video.rater) == ("2", "7", "")


def test_every_wrong_row_is_named(folder):
    """By the number a spreadsheet shows, each with what to do."""
    (folder / "bad.json").write_text("{}")
    path = manifest(
        folder,
        "video,participant,test,camera\n"
        "videos/monday/clip.mp4,P1,,\n"
        "videos/wednesday/clip.mp4,P1,,\n"
        "\n"
        "videos/tuesday/clip.MOV,P1,rotatoin,\n"
        ",P3,,\n"
        "videos/monday/clip.mp4,P1,,\n"
        "videos/tuesday/clip.MOV,P4,,bad.json\n"
        "videos/tuesday/clip.MOV,P5,,no.json\n",
    )
    with pytest.raises(SourcesError) as told:
        videos_of([path])
    rows = str(told.value).splitlines()[1:]
    assert [row.split(":")[0].strip() for row in rows] == ["row 3", "row 5", "row 6", "row 7", "row 8", "row 9"]
    for row, said in zip(
        rows, ["no file", "Did you mean 'rotation'", "no video", "repeats row 2", "cannot be used", "cannot be read"],
        strict=True,
    ):  # fmt: skip
        assert said in row


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column 'video'"),
        ("video\n", "no rows"),
        ("file,participant\na.mp4,P1\n", "no column 'video'"),
        ("video,particpant\nvideos/monday/clip.mp4,P1\n", "Did you mean 'participant'"),
        ("video,tset\nvideos/monday/clip.mp4,rotation\n", "Did you mean 'test'"),
        ("video,visit,visit\nvideos/monday/clip.mp4,1,2\n", "two columns 'visit'"),
    ],
)
def test_heads_that_are_wrong(folder, text, said):
    with pytest.raises(SourcesError, match=said):
        videos_of([manifest(folder, text)])


def test_the_same_video_for_two_raters(folder):
    path = manifest(folder, "video,rater\nvideos/monday/clip.mp4,A\nvideos/monday/clip.mp4,B\n")
    videos = videos_of([path])
    assert len({video.id for video in videos}) == 2


def test_an_id_does_not_hang_on_what_is_said_elsewhere(folder):
    """Neither the test for all nor other rows change a video's folder among the frames."""
    path = manifest(folder, "video\nvideos/monday/clip.mp4\n")
    assert videos_of([path])[0].id == videos_of([path], test="rotation")[0].id


@given(st.lists(st.text(max_size=30), min_size=2, max_size=6, unique=True))
def test_ids_are_fit_for_folders_and_differ(names):
    ids = [video_id(name) for name in names]
    assert len(set(ids)) == len(names)
    assert all(character.isascii() and (character.isalnum() or character in "-_") for i in ids for character in i)
