"""``romcheck calibrate`` from files to camera file, and what it says when it cannot."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
import typer
from rendered import HEIGHT, LENSES, WIDTH, Renderer, computed_views
from typer.testing import CliRunner

from romcheck.calibrate.boards import BOARDS
from romcheck.calibrate.command import calibrate
from romcheck.calibrate.lens_check import check_lens
from romcheck.calibrate.lens_fit import fit_lens
from romcheck.calibrate.saving import write_camera
from romcheck.geometry.camera_file import read_camera

BOARD = BOARDS["a4"]
LENS = LENSES["78, mild"]


def run(*arguments):
    app = typer.Typer()
    app.command()(calibrate)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def write_video(path, pictures, fps=10):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height = pictures[0].shape[1], pictures[0].shape[0]
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "20"}
        for i, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.repeat(picture[..., None], 3, -1), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Picture files of a good set."""
    folder = tmp_path_factory.mktemp("board")
    for i, picture in enumerate(Renderer(LENS, BOARD, 0.7, 3.0, seed=5).good_set(16)):
        cv2.imwrite(str(folder / f"{i:02}.png"), picture)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def camera(tmp_path_factory):
    """Return the camera file of the lens, from computed views."""
    path = tmp_path_factory.mktemp("camera") / "camera.json"
    write_camera(path, fit_lens(computed_views(LENS, BOARD)), BOARD, BOARD.square_mm)
    return path


@pytest.mark.slow
def test_a_video_of_the_board_gives_the_lens(tmp_path):
    # The board is held for half a second in each place and swept on to the next one, smeared by its movement.
    renderer = Renderer(LENS, BOARD, 0.6, 3.0, seed=2)
    held = renderer.good_set(18)
    frames = []
    for now, following in zip(held, [*held[1:], held[0]], strict=True):
        frames += [now] * 4
        frames.append(cv2.blur(cv2.addWeighted(now, 0.5, following, 0.5, 0), (25, 1)))
    write_video(tmp_path / "board.mp4", frames)
    out = tmp_path / "camera.json"
    result = run(tmp_path / "board.mp4", "--board", "a4", "--out", out)
    assert result.exit_code == 0, result.output
    content = json.loads(out.read_text())
    assert set(content) >= {"width", "height", "fx", "fy", "cx", "cy", "distortion", "focal_sd_relative", "sd"}
    assert (content["width"], content["height"]) == (WIDTH, HEIGHT)
    assert len(content["distortion"]) == 5
    assert content["fx"] == pytest.approx(LENS.fx, rel=0.007)
    assert content["fy"] == pytest.approx(LENS.fy, rel=0.007)
    assert content["cx"] == pytest.approx(LENS.cx, abs=4)
    assert content["cy"] == pytest.approx(LENS.cy, abs=4)
    assert content["views"] <= 18, "a place held is one view"
    assert read_camera(out).known == "calibrated"


def test_pictures_give_the_lens_and_a_broken_one_is_named(pictures, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 not a picture")
    out = tmp_path / "camera.json"
    result = run(*pictures, broken, "--board", "a4", "--out", out)
    assert result.exit_code == 0, result.output
    assert "broken.jpg" in result.output
    assert read_camera(out).fx == pytest.approx(LENS.fx, rel=0.007)


def test_the_same_pictures_give_the_same_bytes(tmp_path):
    for name in ("a.json", "b.json"):
        write_camera(tmp_path / name, fit_lens(computed_views(LENS, BOARD, n=10)), BOARD, 35)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_a_refused_calibration_writes_nothing_and_says_what_to_do(pictures, tmp_path):
    result = run(*pictures[:3], "--board", "a4", "--out", tmp_path / "camera.json")
    assert result.exit_code == 1
    assert "at least 8 are needed" in result.output
    assert "Also hold the board in these parts" in result.output
    assert not (tmp_path / "camera.json").exists()


def test_pictures_of_two_sizes_are_refused_by_name(pictures, tmp_path):
    small = tmp_path / "small.png"
    cv2.imwrite(str(small), np.zeros((240, 320), np.uint8))
    result = run(*pictures[:2], small, "--board", "a4", "--out", tmp_path / "camera.json")
    assert result.exit_code == 1
    assert "small.png (320×240)" in result.output
    assert pictures[0].name not in result.output


def test_another_board_is_recognised(pictures, tmp_path):
    result = run(*pictures[:2], "--board", "letter", "--out", tmp_path / "camera.json")
    assert result.exit_code == 1
    assert "--board a4" in result.output


def test_pictures_without_a_board_are_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "empty.png"), np.full((HEIGHT, WIDTH), 128, np.uint8))
    result = run(tmp_path / "empty.png", tmp_path / "missing.png", "--board", "a4")
    assert result.exit_code == 1
    assert "“a4” was not found in the only picture" in result.output


def test_views_that_are_all_alike_are_counted_as_one(pictures, tmp_path):
    copies = []
    for i in range(9):
        copies.append(tmp_path / f"{i}.png")
        copies[-1].write_bytes(pictures[0].read_bytes())
    result = run(*copies, "--board", "a4", "--out", tmp_path / "camera.json")
    assert result.exit_code == 1
    assert "Only 1 usable" in result.output
    assert "Of the 9 pictures with the board, 8 are too similar to another." in result.output


def test_a_folder_is_answered_with_what_to_name(pictures):
    result = run(pictures[0].parent, "--board", "a4")
    assert result.exit_code == 1
    assert "Give the pictures or the video inside it" in result.output


def test_a_place_that_cannot_be_written_is_found_before_the_pictures_are_read(tmp_path):
    (tmp_path / "file").write_text("")
    for out, words in ((tmp_path, "is a folder"), (tmp_path / "file" / "camera.json", "is a file, not a folder")):
        result = run(tmp_path / "missing.mp4", "--board", "a4", "--out", out)
        assert result.exit_code == 1
        assert words in result.output
        assert "missing.mp4" not in result.output


def test_an_unforeseen_error_is_a_sentence_and_with_debug_shows_where_it_came_from(pictures, tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("of a test")

    monkeypatch.setattr("romcheck.calibrate.steps.calibrated", broken)
    plain, debugged = (
        run(pictures[0], "--board", "a4", "--out", tmp_path / "camera.json", *more) for more in ([], ["--debug"])
    )
    assert plain.exit_code == debugged.exit_code == 1
    assert "ZeroDivisionError: of a test" in plain.output
    assert "with --debug" in plain.output
    assert "Traceback" not in plain.output
    assert "Traceback" in debugged.output
    assert "in broken" in debugged.output


def test_a_wrong_command_line_is_status_2(pictures):
    assert run("--board", "a4").exit_code == 2
    assert run(pictures[0]).exit_code == 2
    assert run(pictures[0], "--board", "a3").exit_code == 2


def test_boards_are_written(tmp_path):
    assert run("--print-board", tmp_path / "new").exit_code == 0
    assert (tmp_path / "new" / "board-a4.pdf").read_bytes().startswith(b"%PDF")


def test_check_tells_a_lens_that_fits_from_one_that_was_zoomed(camera, tmp_path):
    renderer = Renderer(LENS, BOARD, 0.7, 3.0)
    tilted = renderer.take(*renderer.posed((0.45, 0.55), 40, 60, renderer.filling(0.8)))
    # Digital zoom by 6 %: the middle of the picture, enlarged.
    zoom = np.array([[1.06, 0, -0.06 * WIDTH / 2], [0, 1.06, -0.06 * HEIGHT / 2]])
    zoomed = cv2.warpAffine(tilted, zoom, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
    for name, picture, status, words in (("now", tilted, 0, "still fits"), ("zoomed", zoomed, 1, "no longer fits")):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
        result = run(tmp_path / f"{name}.png", "--board", "a4", "--check", camera)
        assert result.exit_code == status, result.output
        assert words in result.output


def test_check_measures_the_change_of_focal_length(camera):
    zoomed = replace(LENS, fx=LENS.fx * 1.04, fy=LENS.fy * 1.04)
    views = computed_views(zoomed, BOARD, n=4, tilts=(25, 40))
    found = check_lens(read_camera(camera), views)
    assert found.focal_ratio == pytest.approx(1.04, abs=0.01)
    assert found.verdict == "does not fit"


def test_check_says_when_a_view_cannot_tell(camera):
    square_on = computed_views(LENS, BOARD, n=1, tilts=(0, 1), noise_px=0.2)
    found = check_lens(read_camera(camera), square_on)
    assert found.verdict == "cannot tell"
    # A ratio that the picture does not show is not printed.
    assert "times the file's" not in found.sentence()


def test_check_of_pictures_of_another_shape_says_which_setting_to_use(camera, tmp_path):
    renderer = Renderer(LENS, BOARD, 0.7, 3.0)
    tilted = renderer.take(*renderer.posed((0.45, 0.55), 40, 60, renderer.filling(0.8)))
    cv2.imwrite(str(tmp_path / "wide.png"), cv2.resize(tilted, (1280, 720), interpolation=cv2.INTER_CUBIC))
    result = run(tmp_path / "wide.png", "--board", "a4", "--check", camera)
    assert result.exit_code == 1
    assert "640×480; these have 1280×720" in result.output
    assert "setting used for the calibration" in result.output
