"""Writes the boards in this folder, and the pictures of its README.

    python calibration/make_boards.py

The boards are those of ``romcheck calibrate --print-board``.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from romcheck.calibrate.boards import BOARDS, MODULES, board_picture
from romcheck.calibrate.printing import board_figure, write_boards
from romcheck.geometry.intrinsics import Lens

FOLDER = Path(__file__).parent
BOARD = BOARDS["a4"]
PX = 6
FRAME = (320, 240)
LENS = Lens.from_fov(*FRAME, 65)


def seen(places: list[tuple[float, float, float, float, float]]) -> np.ndarray:
    """Picture of several boards: place x, y (parts of the picture), tilt right and down (degrees), height filled."""
    width, height = FRAME
    fine = 3
    picture = np.full((height * fine, width * fine), 205, np.uint8)
    texture = board_picture(BOARD, PX)
    size = np.array([BOARD.columns, BOARD.rows]) * BOARD.square_mm
    for x, y, right, down, part in places:
        distance = LENS.fy * size[1] / (part * height)
        middle = np.r_[LENS.rays(np.array([x * width, y * height])), 1] * distance
        R = cv2.Rodrigues(np.radians([down, -right, 0.0]))[0]
        margin = PX * MODULES
        to_mm = np.array([[1, 0, -margin], [0, 1, -margin], [0, 0, PX * MODULES / BOARD.square_mm]])
        plane = np.column_stack([R[:, :2], middle - R @ np.r_[size / 2, 0]])
        H = np.diag([fine, fine, 1.0]) @ LENS.K @ plane @ to_mm
        cv2.warpPerspective(
            texture, H, picture.shape[::-1], dst=picture, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
        )
    return cv2.resize(picture, FRAME, interpolation=cv2.INTER_AREA)


def save(figure: Figure, name: str) -> None:
    """Write a picture of the README, the same bytes every time."""
    figure.savefig(FOLDER / name, dpi=80, metadata={"Software": None})


def draw_ruler() -> None:
    """Draw the sheet, and a ruler laid along the printed one."""
    sheet = board_figure(BOARD)
    sheet.set_size_inches(sheet.get_size_inches() * 0.62)
    axes = sheet.axes[0]
    for text in list(axes.texts):
        text.set_fontsize(5)
    left = (210 - 175) / 2 + 4
    axes.add_patch(Rectangle((left - 4, 272), 112, 16, facecolor="#f4d58d", edgecolor="#8a6d1d", linewidth=0.8))
    for mm in range(0, 101, 5):
        axes.plot([left + mm] * 2, [272, 277 if mm % 10 else 279], color="#8a6d1d", linewidth=0.7)
    axes.text(left + 50, 283.5, "your ruler: 100 mm", fontsize=7, color="#5b4708", ha="center", va="center")
    axes.add_patch(Rectangle((0.3, 0.3), 209.4, 296.4, fill=False, edgecolor="#999999", linewidth=1))
    save(sheet, "print.png")


def draw_places() -> None:
    """Draw the places over the picture."""
    figure = Figure(figsize=(8.0, 2.6))
    steps = [(1 / 2, 1 / 2), (1 / 4, 1 / 4), (0.8, 1 / 2)]
    words = ["in the middle", "in every corner …", "… and along every edge"]
    for i, ((x, y), text) in enumerate(zip(steps, words, strict=True)):
        axes = figure.add_axes((0.01 + i / 3, 0.02, 0.313, 0.84))
        axes.imshow(seen([(x, y, 0, 0, 0.5)]), cmap="gray", vmin=0, vmax=255)
        for part in (1, 2):
            axes.axvline(FRAME[0] * part / 3, color="#d1495b", linewidth=0.8, linestyle="--")
            axes.axhline(FRAME[1] * part / 3, color="#d1495b", linewidth=0.8, linestyle="--")
        axes.set(xticks=[], yticks=[])
        axes.set_title(text, fontsize=10)
    save(figure, "places.png")


def draw_tilts() -> None:
    """Draw the four tilts, near and far."""
    figure = Figure(figsize=(8.0, 5.0))
    shown = [
        ("left edge away", (0.5, 0.5, -38, 0, 0.7)),
        ("right edge away", (0.5, 0.5, 38, 0, 0.7)),
        ("near: fills the picture", (0.5, 0.5, -20, 0, 0.95)),
        ("upper edge away", (0.5, 0.5, 0, -38, 0.75)),
        ("lower edge away", (0.5, 0.5, 0, 38, 0.75)),
        ("far: half the height", (0.5, 0.5, 22, 10, 0.48)),
    ]
    for i, (text, place) in enumerate(shown):
        axes = figure.add_axes((0.01 + i % 3 / 3, 0.51 - i // 3 * 0.5, 0.313, 0.43))
        axes.imshow(seen([place]), cmap="gray", vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
        axes.set_title(text, fontsize=10)
    save(figure, "tilts.png")


if __name__ == "__main__":
    write_boards(FOLDER)
    draw_ruler()
    draw_places()
    draw_tilts()
