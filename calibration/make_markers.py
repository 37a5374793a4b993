"""Writes the markers in this folder, and their picture in the README.

    python calibration/make_markers.py

The sheets are those of ``romcheck reference --print-markers``. The head in the picture is the mannequin of the sample
videos, modelled in code.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure

from romcheck.geometry.intrinsics import Lens
from romcheck.reference.markers import CHEST, HEAD, HEAD_LEFT, HEAD_RIGHT, MODULES, Marker
from romcheck.reference.sheet import write_sheets

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent / "sample_videos"))

from head_model import FACING, Mannequin, Person, axis_turn, camera_matrix, turned  # noqa: E402

SIZE, FOV_DEG, ORIGIN = (640, 480), 55.0, (0.0, -0.03, 0.66)
LENS = Lens.from_fov(*SIZE, FOV_DEG)
PLACES = {
    HEAD: (axis_turn("x", -25), (0.0, 0.072, 0.098)),
    HEAD_LEFT: (axis_turn("y", 45) @ axis_turn("x", -15), (0.072, 0.072, 0.062)),
    HEAD_RIGHT: (axis_turn("y", -45) @ axis_turn("x", -15), (-0.072, 0.072, 0.062)),
}


def put(picture: np.ndarray, marker: Marker, R: np.ndarray, t: np.ndarray) -> None:
    """Draw a marker into a picture, its middle at t (m, camera axes), turned by R; nothing where seen from behind."""
    if R[:, 2] @ t >= 0:
        return
    paper = np.kron(np.pad(marker.bitmap(), 1, constant_values=255), np.ones((16, 16), np.uint8))
    half = marker.side_mm / 2000 * (MODULES + 2) / MODULES
    rim = np.array([[-half, half, 0], [half, half, 0], [half, -half, 0], [-half, -half, 0]]) @ R.T + t
    edge = paper.shape[0] - 0.5
    paper_corners = np.array([[-0.5, -0.5], [edge, -0.5], [edge, edge], [-0.5, edge]], np.float32)
    H = cv2.getPerspectiveTransform(paper_corners, LENS.project(rim[:, :2] / rim[:, 2:]).astype(np.float32))
    colours = cv2.cvtColor(np.uint8(30 + 0.8 * paper), cv2.COLOR_GRAY2RGB)
    cv2.warpPerspective(colours, H, SIZE, dst=picture, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)


def draw_worn() -> None:
    """Draw a mannequin with the markers, at rest and turned."""
    figure = Figure(figsize=(8.0, 3.2))
    mannequin, trunk = Mannequin(Person()), np.eye(3)
    for i, (words, rotation, worn) in enumerate(
        (
            ("one marker on the head, one on the chest", 0, [HEAD]),
            ("three on the head, for turns beyond 60°", 50, [*PLACES]),
        )
    ):
        turn = turned(rotation=rotation)
        picture = mannequin.render(turn, trunk, ORIGIN, camera_matrix(SIZE, FOV_DEG), SIZE)
        picture = np.clip(picture, 0, 255).astype(np.uint8)
        for marker in worn:
            mount, place = PLACES[marker]
            R = FACING @ turn
            put(picture, marker, R @ mount, mannequin.origin_in_camera(turn, ORIGIN) + R @ np.array(place))
        put(picture, CHEST, FACING @ axis_turn("x", -10), np.add(ORIGIN, (0, 0.185, 0.0)))
        axes = figure.add_axes((0.01 + i / 2, 0.02, 0.475, 0.86))
        axes.imshow(picture)
        axes.set(xticks=[], yticks=[])
        axes.set_title(words, fontsize=10)
    figure.savefig(FOLDER / "worn.png", dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    write_sheets(FOLDER)
    draw_worn()
