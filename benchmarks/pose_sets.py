"""The pose of the head in every frame, against sets of recordings whose pose is known, and against worn sensors.

    python benchmarks/pose_sets.py FOLDER [FOLDER ...] [--fps 30] [--jobs 2] [--markdown]

Looked for in each folder and in those below it:

    rgb.cal, frame_00003_rgb.png, frame_00003_pose.txt, ...
        one recording of the Biwi Kinect head pose database (Fanelli et al. 2013): rotations in the depth camera's axes;
        rgb.cal holds the colour camera's lens and the turn between the two cameras
    truth.json, NAME.mp4, NAME.camera.json
        videos of cameras: `turn` lists, by video and frame, the rotation since the start, or null
    NAME.mp4 and NAME.csv, without a truth
        a video and the angles of a worn sensor; compared as by `romcheck synchronise`

Both courses are taken as turns since the mean of the first frames that both know. The error of a frame is the geodesic
distance between the two turns; `inside` is the share of frames within 1.96·√(σ² + s²), with the stated σ about all axes
and s, the truth's own uncertainty, 1°. Users of the Biwi set disagree whether its matrices take the head to the camera
or the camera to the head, so each recording is taken the way that fits better; how far the head has turned does not
depend on it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from accuracy import in_processes, save
from clips import OUT
from numpy.typing import NDArray
from tables import degrees, percent, table, titled

from romcheck import __version__
from romcheck.errors import RomcheckError
from romcheck.geometry.camera_file import lens_at, read_camera
from romcheck.geometry.intrinsics import FOCAL_SD, Lens
from romcheck.measure import Recording, measure, measure_recording
from romcheck.motion.rotations import distance_deg, mean_rotation
from romcheck.motion.track import MotionTrack
from romcheck.results import Notice
from romcheck.results import Source as Measured
from romcheck.sources.video import Frame, VideoFile
from romcheck.synchronise.alignment import synchronise
from romcheck.synchronise.series import of_frames, read_series

Floats = NDArray[np.float64]

AT_START = 6
"""Frames whose mean is the start."""
TRUTH_SD_DEG = 1.0
BANDS = (0.0, 10.0, 25.0, 45.0, 90.0)
"""Limits of the true turn, degrees, by which errors are told apart."""


@dataclass(frozen=True)
class Frames:
    """Errors of one recording: in each frame known to both, how far the head has truly turned, and how far it was read
    to have; the geodesic error; and whether that is inside. All degrees.
    """

    name: str
    true_deg: tuple[float, ...] = ()
    read_deg: tuple[float, ...] = ()
    error_deg: tuple[float, ...] = ()
    inside: tuple[bool, ...] = ()
    known: int = 0
    refused: str = ""


@dataclass(frozen=True)
class Worn:
    """A video against a worn sensor: root mean square difference by axis, without the offset, degrees."""

    name: str
    rmse_deg: dict[str, float] = field(default_factory=dict)
    refused: str = ""


@dataclass(frozen=True)
class PoseSetsRun:
    """One run, as it is written to a file."""

    romcheck: str
    frames: tuple[Frames, ...]
    worn: tuple[Worn, ...]


# --- reading


class BiwiFrames:
    """The pictures of one Biwi recording, in their order; their numbers give the times."""

    scale = 1.0

    def __init__(self, folder: Path, fps: float) -> None:
        self.folder, self.fps, self.notices = folder, fps, list[Notice]()
        self.paths = sorted(folder.glob("frame_*_rgb.png"))
        self.numbers = [int(path.name.split("_")[1]) for path in self.paths]
        self._size = (0, 0)

    def __iter__(self) -> Iterator[Frame]:
        for index, (path, number) in enumerate(zip(self.paths, self.numbers, strict=True)):
            picture = cv2.imread(str(path))
            if picture is None:
                raise OSError(f"{path} cannot be read")
            self._size = picture.shape[1], picture.shape[0]
            yield Frame(index, (number - self.numbers[0]) / self.fps, np.ascontiguousarray(picture[..., ::-1]))

    @property
    def source(self) -> Measured:
        """What was measured; its pictures have no checksum of their own."""
        seconds = (self.numbers[-1] - self.numbers[0]) / self.fps
        return Measured(self.folder.name, "", *self._size, seconds, len(self.paths), self.fps)

    @property
    def lens(self) -> Lens:
        """The colour camera's lens."""
        (fx, _, cx), (_, fy, cy), _ = self._calibration[:9].reshape(3, 3)
        height, width = cv2.imread(str(self.paths[0])).shape[:2]
        return Lens(width, height, fx, fy, cx, cy, (0.0,) * 5, "calibrated", FOCAL_SD["calibrated"])

    @property
    def _calibration(self) -> Floats:
        """Numbers of rgb.cal: matrix (9), distortion (4), rotation (9), and the rest."""
        return np.array((self.folder / "rgb.cal").read_text("utf-8").split(), float)

    def truth(self) -> list[Floats]:
        """(n, 3, 3) orientations in the colour camera's axes, NaN where there is none; one list for each way to take
        the files.
        """
        between = self._calibration[13:22].reshape(3, 3)
        R = np.full((len(self.paths), 3, 3), np.nan)
        for i, path in enumerate(self.paths):
            pose = path.with_name(path.name.replace("_rgb.png", "_pose.txt"))
            if pose.exists():
                R[i] = np.array(pose.read_text("utf-8").split()[:9], float).reshape(3, 3)
        return [between @ R, between @ R.swapaxes(1, 2)]


def find(folder: Path) -> list[tuple[str, Path]]:
    """Recordings in a folder and below it: of what layout, and their path."""
    found = [("biwi", path.parent) for path in sorted(folder.rglob("rgb.cal")) if any(path.parent.glob("*_rgb.png"))]
    for video in sorted(folder.rglob("*.mp4")):
        if (video.parent / "truth.json").exists() and video.with_suffix(".camera.json").exists():
            found.append(("cameras", video))
        elif video.with_suffix(".csv").exists():
            found.append(("worn", video))
    return found


# --- comparing


def compare(name: str, track: MotionTrack, truths: Sequence[Floats]) -> Frames:
    """Errors of a track against the better fitting of several ways to take the truth, (n, 3, 3) with NaN."""
    return min((_against(name, track, truth) for truth in truths), key=lambda f: float(np.median(f.error_deg or [180])))


def _against(name: str, track: MotionTrack, truth: Floats) -> Frames:
    given = np.isfinite(truth[:, 0, 0])
    both = np.flatnonzero(given & track.valid)
    if len(both) <= AT_START:
        return Frames(name, known=int(given.sum()), refused="the head was found in too few frames")
    true, read = (_since_start(R[both]) for R in (truth, track.head))
    error = distance_deg(true, read)
    limit = 1.96 * np.hypot(track.head_sigma_deg[both], TRUTH_SD_DEG)
    return Frames(
        name,
        tuple(distance_deg(true, np.eye(3)).tolist()),
        tuple(distance_deg(read, np.eye(3)).tolist()),
        tuple(error.tolist()),
        tuple((error <= limit).tolist()),
        int(given.sum()),
    )


def _since_start(R: Floats) -> Floats:
    return np.asarray(R @ mean_rotation(R[:AT_START]).T, np.float64)


@dataclass(frozen=True)
class Job:
    """One recording to measure."""

    layout: str
    path: Path
    fps: float


def run(job: Job) -> Frames | Worn:
    """Measure one recording and compare."""
    name = f"{job.path.parent.name}/{job.path.stem}"
    try:
        if job.layout == "worn":
            series = of_frames(measure(job.path, needs_movement=False).frames, name)
            found = synchronise(series, read_series(job.path.with_suffix(".csv")))
            return Worn(name, {e.axis: e.rmse_without_offset_deg for e in found.errors})
        if job.layout == "biwi":
            pictures = BiwiFrames(job.path, job.fps)
            return compare(name, _track(pictures, pictures.lens), pictures.truth())
        turns = json.loads((job.path.parent / "truth.json").read_text("utf-8"))["turn"][job.path.stem]
        truth = np.array([np.full((3, 3), np.nan) if turn is None else turn for turn in turns], float)
        with VideoFile(job.path) as video:
            lens = lens_at(read_camera(job.path.with_suffix(".camera.json")), video.width, video.height)
            return compare(name, _track(video, lens), [truth])
    except RomcheckError as error:
        return (Worn if job.layout == "worn" else Frames)(name, refused=str(error))


def _track(recording: Recording, lens: Lens) -> MotionTrack:
    return measure_recording(recording, lens, test="rotation").track


# --- telling

HEADS = ("", "frames", "found", "median", "95 %", "worst", "inside", "turn too large by")


def tables(done: PoseSetsRun, markdown: bool) -> str:
    """A line for each recording, for all of them, and by how far the head has turned; and the worn sensors'."""
    parts = []
    measured = [f for f in done.frames if f.error_deg]
    if done.frames:
        lines = [_line(f.name, [f], lambda _: True) for f in measured]
        lines += [_line("all", measured, lambda _: True)] if len(measured) > 1 else []
        for low, high in pairwise(BANDS):
            lines.append(_line(f"turned {low:.0f}-{high:.0f}°", measured, lambda t, a=low, b=high: a <= t < b))
        parts.append(titled("Error of the head's turn in every frame", table(HEADS, lines, markdown), markdown))
    axes = sorted({axis for worn in done.worn for axis in worn.rmse_deg})
    if axes:
        rows = [(w.name, *(degrees(w.rmse_deg.get(axis, float("nan"))) for axis in axes)) for w in done.worn]
        parts.append(
            titled("RMSE against a worn sensor, without the offset", table(("", *axes), rows, markdown), markdown)
        )
    return "\n".join((*parts, *(f"{one.name}: {one.refused}" for one in (*done.frames, *done.worn) if one.refused)))


def _line(name: str, of: Sequence[Frames], counts: Callable[[float], bool]) -> tuple[str, ...]:
    rows = [
        (true, read, error, inside)
        for f in of
        for true, read, error, inside in zip(f.true_deg, f.read_deg, f.error_deg, f.inside, strict=True)
        if counts(true)
    ]
    if not rows:
        return (name, "0", *("–",) * 6)
    true, read, error, inside = np.array(rows).T
    found = percent(len(rows) / sum(f.known for f in of)) if not name.startswith("turned") else ""
    return (
        name,
        str(len(rows)),
        found,
        *(degrees(float(np.percentile(error, q))) for q in (50, 95, 100)),
        percent(float(inside.mean())),
        degrees(float((read - true).mean()), sign=True),
    )


def main() -> int:
    """Find, measure, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--fps", type=float, default=30.0, help="frame rate of the Biwi recordings")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    args = parser.parse_args()
    jobs = [Job(layout, path, args.fps) for folder in args.folders for layout, path in find(folder)]
    if not jobs:
        sys.exit(f"No recording with a truth was found in {', '.join(map(str, args.folders))}.")
    found = in_processes(run, jobs, args.jobs, lambda job: str(job.path.name))
    done = PoseSetsRun(
        __version__,
        tuple(f for f in found if isinstance(f, Frames)),
        tuple(w for w in found if isinstance(w, Worn)),
    )
    OUT.mkdir(parents=True, exist_ok=True)
    save(done, OUT / "pose_sets.json")
    print(tables(done, args.markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
