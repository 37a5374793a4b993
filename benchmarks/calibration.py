"""Accuracy of calibration and markers: rendered views of the board, and markers at known angles.

Board and markers are drawn through known lenses, with distortion, noise and blur, by the renderers of the tests.
``romcheck calibrate`` is compared with OpenCV's ``calibrateCamera`` with its defaults, on every view in which its
detector finds the board, as in most tutorials.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from tables import table, titled

from romcheck.calibrate.boards import BOARDS, Board
from romcheck.calibrate.footage import Footage
from romcheck.calibrate.steps import calibrated
from romcheck.calibrate.views import BoardFinder
from romcheck.errors import CameraError
from romcheck.geometry.intrinsics import Lens
from romcheck.motion.rotations import anatomical, relative
from romcheck.reference.finder import MarkerFinder
from romcheck.reference.markers import HEAD
from romcheck.reference.pose import choose, poses

sys.path += [str(Path(__file__).resolve().parents[1] / "tests" / part) for part in ("calibrate", "reference")]

from rendered import LENSES, Renderer
from worn_markers import FACING, Sticker, noisy, turn

CAMERAS = {"60, straight": (1.3, 8.0), "78, mild": (0.9, 5.0), "84, strong": (0.6, 3.0)}
"""Blur (standard deviation, pixels) and noise (grey levels) of each lens's camera, from poor to good."""
SMEARED = 4
"""Every n-th view is smeared by movement of the board, as some frames of any video are."""
MARKER_DEG = range(-70, 71, 5)

Picture = NDArray[np.uint8]


class Errors(NamedTuple):
    """Focal length (the worse of fx and fy, per cent, signed) and principal point (pixels) against the truth."""

    focal_percent: float
    centre_px: float


def errors(fx: float, fy: float, cx: float, cy: float, true: Lens) -> Errors:
    """Errors of a lens found."""
    focal = max(fx / true.fx - 1, fy / true.fy - 1, key=abs)
    return Errors(100 * focal, float(np.hypot(cx - true.cx, cy - true.cy)))


def filmed(lens: Lens, board: Board, blur: float, noise: float, seed: int) -> list[Picture]:
    """Forty views as a person would film them, some smeared."""
    pictures = Renderer(lens, board, blur, noise, seed).good_set(40)
    return [cv2.blur(p, (9, 1)) if i % SMEARED == 3 else p for i, p in enumerate(pictures)]


def by_romcheck(pictures: list[Picture], board: Board, true: Lens) -> Errors | None:
    """Errors of ``romcheck calibrate``; None where it refuses."""
    finder = BoardFinder(board)
    views = [view for i, picture in enumerate(pictures) if (view := finder.find(picture, f"view {i}"))]
    try:
        lens = calibrated(Footage(tuple(views), len(pictures), (), true.width, true.height)).lens
    except CameraError:
        return None
    return errors(lens.fx, lens.fy, lens.cx, lens.cy, true)


def by_opencv(pictures: list[Picture], board: Board, true: Lens) -> Errors:
    """Errors of OpenCV's detector and solver with their defaults on every view."""
    charuco = board.charuco()
    detector, points, corners = cv2.aruco.CharucoDetector(charuco), [], []
    for picture in pictures:
        found, ids, _, _ = detector.detectBoard(picture)
        if ids is not None and len(ids) >= 6:
            matched: Any = charuco.matchImagePoints(found, ids)
            points.append(matched[0])
            corners.append(matched[1])
    matrix = cv2.calibrateCamera(points, corners, (true.width, true.height), np.eye(3), np.zeros(5))[1]
    return errors(matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2], true)


def marker_errors(lens: Lens, blur: float, noise: float, seed: int) -> NDArray[np.float64]:
    """Measured minus true angle of the head marker, tipped back by 25°, from its pose at rest; degrees."""
    rng, finder, sticker = np.random.default_rng(seed), MarkerFinder(lens), Sticker(HEAD, lens, blur=blur)
    grey, place = np.full((lens.height, lens.width), 120.0), np.array([0.0, -0.1, 0.6])
    mount = turn(x=-25)
    candidates = []
    for angle in MARKER_DEG:
        seen = finder.find(noisy(sticker.put(grey, FACING @ turn(y=angle) @ mount, place), rng, noise)).get("head")
        candidates.append(poses(seen.rays, lens.fx) if seen else [])
    chosen = choose(np.arange(len(candidates)) / 25, candidates, lens.fx)
    heads = np.array([np.full((3, 3), np.nan) if p is None else p.R @ mount.T for p in chosen])
    # From the head's true pose at rest, so that an error at rest is also an error of the angle.
    read = np.array([np.nan if np.isnan(h).any() else anatomical(relative(FACING, h)).rotation for h in heads])
    return read - np.array(MARKER_DEG)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--board", choices=BOARDS, default="a4")
    parser.add_argument("--repeats", type=int, default=3, help="videos per lens (%(default)s)")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    board = BOARDS[args.board]

    rows, marker_rows = [], []
    for name, lens in LENSES.items():
        blur, noise = CAMERAS[name]
        own, bare, refused = [], [], 0
        for seed in range(args.repeats):
            pictures = filmed(lens, board, blur, noise, 100 + seed)
            found = by_romcheck(pictures, board, lens)
            refused += found is None
            own += [] if found is None else [found]
            bare.append(by_opencv(pictures, board, lens))
        camera = f"{name}; blur {blur} px, noise {noise:.0f}"
        for method, got in (("romcheck calibrate", own), ("calibrateCamera", bare)):
            if got:
                focal, centre = np.array(got).T
                cells = [f"{np.abs(focal).mean():.2f} %", f"{np.abs(focal).max():.2f} %"]
                cells += [f"{centre.mean():.1f} px", f"{centre.max():.1f} px"]
            else:
                cells = ["–"] * 4
            rows.append([camera, method, *cells, str(refused) if got is own else ""])
        off = np.concatenate([marker_errors(lens, blur, noise, seed) for seed in range(args.repeats)])
        read = off[np.isfinite(off)]
        cells = [f"{read.mean():+.2f}°", f"{np.abs(read).mean():.2f}°", f"{np.abs(read).max():.2f}°"]
        marker_rows.append([camera, *cells, f"{100 * len(read) / len(off):.0f} %"])

    heads = ["lens and camera", "by", "focal length, mean", "worst", "centre, mean", "worst", "refused"]
    print(
        titled(f"Lens found from {args.repeats} videos of the board", table(heads, rows, args.markdown), args.markdown)
    )
    heads = ["lens and camera", "bias", "mean error", "worst", "read"]
    print(titled("Markers from 70° left to 70° right", table(heads, marker_rows, args.markdown), args.markdown))


if __name__ == "__main__":
    main()
