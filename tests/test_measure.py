"""From a video file to a result: angles against the truth, and what must not change them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from recordings import Picture, write_video

from romcheck.errors import VideoError
from romcheck.measure import Measurement, measure
from romcheck.results import Movement

CLIP_S = 6.6
"""One turn to the left of the rotation sample."""
EVERY = 2
PER_S = 25 / EVERY
"""Every other picture: what must not change the angles does not change them at half the rate either."""
TRUE_DEG = {"rotation_left": 62.22}
REAL = Path(__file__).resolve().parents[2] / "shared" / "bench" / "real"

Copy = Callable[..., Measurement]


def angles(measured: Measurement) -> dict[str, float | None]:
    """The single angle of each movement; there must be one of each."""
    movements = measured.result.movements
    assert len(movements) == len({m.movement for m in movements})
    return {m.movement: m.angle_deg for m in movements}


def pictures_of(path: Path) -> list[Picture]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


def same_arrays(a: Any, b: Any) -> bool:
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name), equal_nan=True) for f in fields(a))


# -- whole clips against their truth ------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["rotation", "flexion_rotation"])
def whole(request: pytest.FixtureRequest, sample_videos: Path) -> tuple[dict[str, Any], Measurement]:
    """The truth of a whole clip, and what was measured."""
    name = request.param
    truth = json.loads((sample_videos / f"{name}.json").read_text())
    return truth, measure(sample_videos / f"{name}.mp4", camera=sample_videos / f"{name}.camera.json")


def held(truth: dict[str, Any]) -> list[dict[str, Any]]:
    return [hold for hold in truth["holds"] if "neutral" not in hold["name"]]


def around(movements: Iterable[Movement], hold: dict[str, Any]) -> list[Movement]:
    return [m for m in movements if m.start_s < hold["end_s"] and m.end_s > hold["start_s"]]


@pytest.mark.slow("the first to ask measures a whole sample video")
def test_every_hold_is_measured_within_three_degrees_and_its_interval(
    whole: tuple[dict[str, Any], Measurement],
) -> None:
    truth, measured = whole
    result = measured.result
    assert len(result.movements) == len(held(truth))
    for hold in held(truth):
        (movement,) = around(result.movements, hold)
        assert movement.movement == hold["name"].replace("frt_", "rotation_")
        assert movement.angle_deg == pytest.approx(abs(hold["rotation_deg"]), abs=3)
        assert movement.uncertainty_deg is not None
        assert abs(movement.angle_deg - abs(hold["rotation_deg"])) < movement.uncertainty_deg
        assert movement.quality == "good"
        assert movement.hold_start_s == pytest.approx(hold["start_s"], abs=0.4)
        assert movement.hold_end_s == pytest.approx(hold["end_s"], abs=0.4)


@pytest.mark.slow
def test_test_is_recognised_and_trials_are_counted(whole: tuple[dict[str, Any], Measurement]) -> None:
    truth, measured = whole
    result = measured.result
    assert result.test == {"rotation": "rotation", "frt": "flexion-rotation"}[truth["kind"]]
    assert result.test_recognised
    numbers = [(m.movement, m.trial) for m in result.movements]
    assert numbers == [("rotation_left", 1), ("rotation_right", 1), ("rotation_left", 2), ("rotation_right", 2)]
    means = {s.movement: s.mean_deg for s in result.summary}
    for movement in ("rotation_left", "rotation_right"):
        side = [abs(h["rotation_deg"]) for h in held(truth) if h["name"].endswith(movement.split("_")[1])]
        assert means[movement] == pytest.approx(np.mean(side), abs=3)


@pytest.mark.slow
def test_flexion_held_is_that_of_the_truth(whole: tuple[dict[str, Any], Measurement]) -> None:
    truth, measured = whole
    for hold in held(truth):
        (movement,) = around(measured.result.movements, hold)
        if truth["kind"] == "frt":
            assert movement.flexion_held_deg == pytest.approx(45.0, abs=4)
            assert movement.flexion_lost_deg == pytest.approx(45.0 - hold["row_deg"][1], abs=3)
        else:
            assert movement.flexion_held_deg is None


@pytest.mark.slow
def test_still_trunk_is_seen_to_be_still(whole: tuple[dict[str, Any], Measurement]) -> None:
    _, measured = whole
    trunk = measured.frames.trunk_rotation_deg
    assert np.isfinite(trunk).mean() > 0.9
    assert np.nanmax(np.abs(trunk)) < 3


@pytest.mark.slow
def test_frames_follow_the_head(whole: tuple[dict[str, Any], Measurement]) -> None:
    """Frame by frame, moving or held: the head's turn since the first frame against the truth."""
    truth, measured = whole
    assert len(measured.frames.time_s) == len(truth["head_to_camera"]) == measured.result.source.frames
    assert measured.frames.valid.mean() > 0.98
    true, seen = np.array(truth["head_to_camera"]), measured.track.head
    ok = measured.frames.valid
    turns = [np.einsum("nij,kj->nik", R[ok], R[ok][0]) for R in (true, seen)]
    between = np.einsum("nij,nij->n", *turns)
    off = np.degrees(np.arccos(np.clip((between - 1) / 2, -1, 1)))
    assert np.percentile(off, 95) < 4
    assert off.max() < 6


# -- copies of one clip ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictures(sample_videos: Path) -> list[Picture]:
    """Every other picture of one turn."""
    return pictures_of(sample_videos / "rotation.mp4")[: round(CLIP_S * 25) : EVERY]


@pytest.fixture(scope="module")
def measured_copy(sample_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Write pictures into a file with these options and measure it; the lens is the clip's own."""
    camera = sample_videos / "rotation.camera.json"

    def run(pictures: Iterable[Picture], ending: str = "mp4", lens: bool = True, **how: Any) -> Measurement:
        path = tmp_path_factory.mktemp("copies") / f"copy.{ending}"
        how = {"fps": PER_S, "options": {"crf": "16", "preset": "veryfast"}, **how}
        write_video(path, pictures, **how)
        return measure(path, camera=camera if lens else None, fov_deg=None if lens else 60)

    return run


@pytest.fixture(scope="module")
def plain(pictures: list[Picture], measured_copy: Copy) -> Measurement:
    return measured_copy(pictures)


@pytest.fixture(scope="module")
def twice(small_turn: Path) -> tuple[Measurement, Measurement]:
    """One file measured two times, the second time with memory laid out differently."""
    first = measure(small_turn)
    filler = [np.ones(k) for k in range(1, 3000, 7)]
    second = measure(small_turn)
    del filler
    return first, second


@pytest.mark.slow("two whole measurements of one clip")
def test_same_file_gives_the_same_orientations_to_the_last_bit(twice: tuple[Measurement, Measurement]) -> None:
    first, second = (m.track for m in twice)
    for name in ("head", "trunk", "head_sigma_deg", "trunk_sigma_deg", "valid", "time_s"):
        assert np.array_equal(getattr(first, name), getattr(second, name), equal_nan=True)
    assert same_arrays(first.quality, second.quality)
    assert angles(twice[0]) == pytest.approx(angles(twice[1]), abs=1e-9)


@pytest.mark.slow
def test_same_file_gives_the_same_result_to_the_last_bit(twice: tuple[Measurement, Measurement]) -> None:
    first, second = twice
    assert first.result == second.result
    assert same_arrays(first.frames, second.frames)


@pytest.mark.slow("some seconds of video, full size, measured")
def test_short_clip_tells_the_truth(plain: Measurement) -> None:
    assert angles(plain) == pytest.approx(TRUE_DEG, abs=3)


@pytest.mark.slow("some seconds of video, full size, measured")
def test_mirrored_copy_swaps_the_sides(plain: Measurement, pictures: list[Picture], measured_copy: Copy) -> None:
    mirrored = angles(measured_copy(np.ascontiguousarray(p[:, ::-1]) for p in pictures))
    assert mirrored == pytest.approx({"rotation_right": angles(plain)["rotation_left"]}, abs=1.5)


@pytest.mark.slow("some seconds of video, full size, measured")
def test_a_picture_set_into_a_larger_frame_has_the_lens_of_the_inner_one(
    pictures: list[Picture], measured_copy: Copy
) -> None:
    framed = measured_copy((np.pad(p, ((373, 373), (0, 0), (0, 0))) for p in pictures), lens=False)
    assert "picture_framed" in {told.code for told in framed.result.notices}
    whole = measured_copy(iter(pictures), lens=False)
    assert framed.lens.fx == pytest.approx(whole.lens.fx, rel=0.03)
    assert angles(framed) == pytest.approx(angles(whole), abs=1.5)


@pytest.mark.slow("some seconds of video, full size, measured")
def test_a_picture_of_a_shape_that_no_camera_takes_is_told(
    plain: Measurement, pictures: list[Picture], measured_copy: Copy
) -> None:
    cropped = measured_copy((np.ascontiguousarray(p[:, 100:500]) for p in pictures), lens=False)
    assert "picture_cropped" in {told.code for told in cropped.result.notices}
    assert "picture_cropped" not in {told.code for told in plain.result.notices}
    widths = [max(m.uncertainty_deg or 0.0 for m in one.result.movements) for one in (cropped, plain)]
    assert widths[0] > 2 * widths[1], "its angles are less certain"


@pytest.mark.slow("some seconds of video, full size, measured")
def test_a_squashed_picture_is_told(plain: Measurement, pictures: list[Picture], measured_copy: Copy) -> None:
    """As by converters that forget the shape of pixels; by a third, as the mannequin's face is a long one."""
    squashed = measured_copy((cv2.resize(p, (640, 320), interpolation=cv2.INTER_AREA) for p in pictures), lens=False)
    assert "picture_stretched" in {told.code for told in squashed.result.notices}
    assert "picture_stretched" not in {told.code for told in plain.result.notices}
    (turn,) = squashed.result.movements
    assert abs(turn.angle_deg - TRUE_DEG["rotation_left"]) < turn.uncertainty_deg


@pytest.mark.slow("some seconds of video, full size, measured")
def test_copy_lying_on_its_side_with_a_flag_is_played_upright(
    plain: Measurement, pictures: list[Picture], measured_copy: Copy
) -> None:
    lying = (np.ascontiguousarray(np.rot90(p, -1)) for p in pictures)
    copy = measured_copy(lying, rotation=90)
    assert (copy.result.source.width, copy.result.source.height) == (640, 480)
    assert angles(copy) == pytest.approx(angles(plain), abs=1.5)


@pytest.mark.slow("some seconds of video, full size, measured")
def test_subject_upside_down_without_a_flag_is_measured_all_the_same(
    plain: Measurement, pictures: list[Picture], measured_copy: Copy
) -> None:
    """As a patient on the back is filmed from the head end."""
    copy = measured_copy(np.ascontiguousarray(p[::-1, ::-1]) for p in pictures)
    assert angles(copy) == pytest.approx(angles(plain), abs=1.5)


@pytest.mark.slow("some seconds of video, full size, measured")
def test_variable_frame_rate_does_not_change_the_angles(
    plain: Measurement, pictures: list[Picture], measured_copy: Copy
) -> None:
    """A phone drops pictures now and then; those kept come at their own time."""
    rng = np.random.default_rng(0)
    kept = [0, *(k for k in range(1, len(pictures)) if rng.random() < 0.75)]
    times = [(k + rng.uniform(-0.2, 0.2)) / PER_S if k else 0.0 for k in kept]
    copy = measured_copy((pictures[k] for k in kept), times=times)
    assert copy.frames.time_s == pytest.approx(np.array(times) - times[0], abs=0.001)
    assert angles(copy) == pytest.approx(angles(plain), abs=1.5)
    for a, b in zip(copy.result.movements, plain.result.movements, strict=True):
        assert a.hold_start_s == pytest.approx(b.hold_start_s, abs=0.25)


@pytest.mark.slow("some seconds of video, full size, measured")
def test_slower_movement_has_the_same_angles(plain: Measurement, pictures: list[Picture], measured_copy: Copy) -> None:
    """The same pictures, half as long again."""
    copy = measured_copy(pictures, fps=PER_S * 2 / 3)
    assert angles(copy) == pytest.approx(angles(plain), abs=1.5)
    for a, b in zip(copy.result.movements, plain.result.movements, strict=True):
        assert a.hold_start_s == pytest.approx(1.5 * b.hold_start_s, abs=0.4)
        assert a.hold_end_s == pytest.approx(1.5 * b.hold_end_s, abs=0.4)


def smaller(picture: Picture) -> Picture:
    height, width = (2 * round(0.4 * n) for n in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.slow("some seconds of video, full size, measured")
@pytest.mark.parametrize(
    ("keeps", "touch", "how"),
    [
        pytest.param(slice(10, None), None, {}, id="begun late"),
        pytest.param(slice(None, -8), None, {}, id="ended early"),
        pytest.param(slice(None), smaller, {}, id="smaller"),
        pytest.param(slice(None), None, {"options": {"crf": "28", "preset": "veryfast"}}, id="encoded again"),
    ],
)
def test_footage_does_not_decide_the_angle(
    plain: Measurement,
    pictures: list[Picture],
    measured_copy: Copy,
    keeps: slice,
    touch: Callable[[Picture], Picture] | None,
    how: dict[str, Any],
) -> None:
    """The same turn otherwise filmed or cut: within two degrees, and within its interval."""
    copy = measured_copy((touch(p) if touch else p for p in pictures[keeps]), **how)
    assert angles(copy) == pytest.approx(angles(plain), abs=2)
    for a, b in zip(copy.result.movements, plain.result.movements, strict=True):
        assert abs(np.subtract(a.angle_deg, b.angle_deg)) < b.uncertainty_deg


# -- what cannot be measured -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_still_head_gives_no_movement(pictures: list[Picture], tmp_path: Path) -> None:
    """The head before its first turn, with the noise of the pictures, held for three seconds."""
    path = write_video(tmp_path / "still.mp4", [*pictures[:18], *pictures[17::-1]], fps=PER_S)
    for named in (None, "rotation"):
        with pytest.raises(VideoError, match="No movement"):
            measure(path, test=named)


def test_empty_room_has_no_face(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    room = rng.integers(60, 180, (240, 320, 3)).astype(np.uint8)
    with pytest.raises(VideoError, match="No face was found"):
        measure(write_video(tmp_path / "room.mp4", [room] * 20))


def test_single_picture_is_called_one(pictures: list[Picture], tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="single picture"):
        measure(write_video(tmp_path / "one.mp4", pictures[:1]))


# -- people ------------------------------------------------------------------------------------------------------


def real(name: str) -> list[Picture]:
    """Pictures of a recording of real people, which is not in the repository."""
    path = REAL / name
    if not path.is_file():
        pytest.skip(f"the recording of real people {name} (../shared/bench/real) is not here")
    return pictures_of(path)


def through(seen: list[Picture], stops: Iterable[int], still: int) -> list[Picture]:
    """Pictures passed through to and fro, with a halt at every stop: a short recording made into a test."""
    shown, at = [], None
    for stop in stops:
        if at is not None:
            step = 1 if stop > at else -1
            shown += [seen[k] for k in range(at, stop, step)]
        shown += [seen[stop]] * still
        at = stop
    return shown


@pytest.mark.slow("some seconds of video, full size, measured")
def test_turns_of_a_person_are_found_on_both_sides(tmp_path: Path) -> None:
    """A woman who turns from one side to the other in two seconds; here she halts at the ends and in the middle."""
    shown = through(real("turns_one_person.gif"), (9, 13, 9, 1, 9), 25)
    measured = measure(write_video(tmp_path / "turns.mp4", shown, fps=12.5), test="rotation")
    found = angles(measured)
    assert set(found) == {"rotation_left", "rotation_right"}
    for angle in found.values():
        assert angle is not None
        assert 15 < angle < 75
    assert measured.result.source.frames == len(shown)


@pytest.fixture(scope="module")
def two_people(tmp_path_factory: pytest.TempPathFactory) -> Measurement:
    """Two people side by side who bend sideways; they go there and back."""
    shown = through(real("side_bends_two_people.gif"), (0, 20, 0), 25)
    path = write_video(tmp_path_factory.mktemp("people") / "two.mp4", shown, fps=12.5)
    return measure(path, test="lateral-flexion")


@pytest.mark.slow("some seconds of video, full size, measured")
def test_second_person_is_warned_of(two_people: Measurement) -> None:
    assert "more_faces" in {told.code for told in two_people.result.notices}
    assert (two_people.track.quality.faces == 2).mean() > 0.7, "a face counts as a person once it has moved"


@pytest.mark.slow
def test_subject_beside_a_second_person_is_measured(two_people: Measurement) -> None:
    (movement,) = two_people.result.movements
    assert movement.angle_deg is not None
    assert 15 < movement.angle_deg < 50
