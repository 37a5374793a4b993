"""Assumed: one person, the right one, the right way up. Rows in which somebody or something else is in the picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from mannequin_clips import Mannequin, axis_turn, camera_matrix, made_up

from assumption_rows import Picture, Row, Source, Truth, pictures, write_like

STRANGER = 11
TOLD = {"two_faces", "more_faces", "unseen", "way_up", "way_up_unsure", "way_up_late", "subject_late"}


def _stranger(source: Source, height_px: int, turn_deg: float = 0.0) -> tuple[Picture, np.ndarray]:
    """Somebody else's head and shoulders at this height, and their place in the picture (0-1)."""
    size = (480, 480)
    person = made_up(STRANGER + (source.person or 0))
    turn = axis_turn("y", turn_deg)
    shown = Mannequin(person).render(turn, np.eye(3), (0.0, 0.03, 0.62), camera_matrix(size, 40.0), size)
    blank = np.abs(shown.astype(int) - np.median(shown[:40].reshape(-1, 3), 0)).sum(-1) > 60
    filled = cv2.morphologyEx(blank.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
    scale = height_px / size[1]
    small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(cv2.GaussianBlur(filled.astype(np.float32), (0, 0), 2), small.shape[1::-1])
    return small.astype(np.uint8), mask


def _over(picture: Picture, patch: Picture, mask: np.ndarray, left: int, top: int) -> Picture:
    """A patch pasted into a picture, clipped to it."""
    height, width = picture.shape[:2]
    a, b = max(0, -left), min(patch.shape[1], width - left)
    c, d = max(0, -top), min(patch.shape[0], height - top)
    if a >= b or c >= d:
        return picture
    out = picture.copy()
    part = out[top + c : top + d, left + a : left + b].astype(np.float32)
    share = mask[c:d, a:b, None]
    out[top + c : top + d, left + a : left + b] = (share * patch[c:d, a:b] + (1 - share) * part).astype(np.uint8)
    return out


def _between_turns(source: Source) -> float:
    first, second = [h for h in source.truth["holds"] if "neutral" not in h["name"]][:2]
    return float(first["end_s"] + second["start_s"]) / 2


def passer(source: Source, share: float, to: Path) -> Truth:
    """Somebody this high (as a share of the picture) walks past in front while the head comes back to the middle."""
    width, height = source.truth["size"]
    patch, mask = _stranger(source, round(share * height))
    fps, middle = source.truth["fps"], _between_turns(source)

    def touched() -> Iterator[Picture]:
        for i, picture in enumerate(pictures(source.video)):
            x = (i / fps - middle) / 1.2 * width + width / 2
            yield _over(picture, patch, mask, int(x - patch.shape[1] / 2), height - patch.shape[0])

    write_like(source, to, touched())
    return source.truth


def company(source: Source, share: float, to: Path) -> Truth:
    """Somebody stands behind at the side and sways, all the time."""
    width, height = source.truth["size"]
    patch, mask = _stranger(source, round(share * height))
    fps = source.truth["fps"]

    def touched() -> Iterator[Picture]:
        for i, picture in enumerate(pictures(source.video)):
            x = 0.86 * width + 0.03 * width * np.sin(2 * np.pi * 0.3 * i / fps)
            yield _over(picture, patch, mask, int(x - patch.shape[1] / 2), int(0.02 * height))

    write_like(source, to, touched())
    return source.truth


def tiles(source: Source, columns_rows: tuple[int, int], to: Path) -> Truth:
    """A video call: the person in the first of so many tiles, somebody else at rest in the others."""
    columns, rows = columns_rows
    width, height = source.truth["size"]
    patch, mask = _stranger(source, round(0.9 * height))
    room = cv2.GaussianBlur(next(pictures(source.video)), (0, 0), 25)
    other = _over(room, patch, mask, (width - patch.shape[1]) // 2, height - patch.shape[0])

    def touched() -> Iterator[Picture]:
        for picture in pictures(source.video):
            whole = np.tile(other, (rows, columns, 1))
            whole[:height, :width] = picture
            yield whole

    write_like(source, to, touched())
    return {**source.truth, "size": [columns * width, rows * height]}


UNLIKE_THE_WALL = 20
"""Grey levels: noise of a camera makes less."""


def on_the_wall(source: Source, share: float, to: Path) -> Truth:
    """A portrait on the wall, behind the person."""
    width, height = source.truth["size"]
    patch, _ = _stranger(source, round(share * height), 10.0)
    x, y = int(0.99 * width - patch.shape[1]), int(0.02 * height)
    hung = slice(y, y + patch.shape[0]), slice(x, x + patch.shape[1])

    def touched() -> Iterator[Picture]:
        wall = None
        for picture in pictures(source.video):
            # At rest in the first picture, the head covers nothing of that part of the wall.
            here = picture[hung].astype(np.float32)
            wall = here if wall is None else wall
            before = (np.abs(here - wall).max(axis=2) > UNLIKE_THE_WALL).astype(np.uint8)
            before = cv2.morphologyEx(before, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
            yield _over(picture, patch, 1.0 - before, x, y)

    write_like(source, to, touched())
    return source.truth


def turned(source: Source, quarters: int, to: Path) -> Truth:
    """The pictures are rotated by quarter turns (anticlockwise) without a flag; 4: upside down without a body."""

    def touched() -> Iterator[Picture]:
        for picture in pictures(source.video):
            if quarters == 4:
                height = picture.shape[0]
                picture = picture.copy()
                picture[int(0.80 * height) // 2 * 2 :] = 128
            yield np.ascontiguousarray(np.rot90(picture, 2 if quarters == 4 else quarters))

    write_like(source, to, touched())
    truth = dict(source.truth)
    width, height = truth["size"]
    K = np.array(truth["camera_matrix"])
    for _ in range(2 if quarters == 4 else quarters):
        K = np.array([[K[1, 1], 0, K[1, 2]], [0, K[0, 0], width - 1 - K[0, 2]], [0, 0, 1]])
        width, height = height, width
    truth["size"], truth["camera_matrix"] = [width, height], K.tolist()
    return truth


def small(source: Source, scale: float, to: Path) -> Truth:
    """The same as a small part of a large picture."""
    width, height = source.truth["size"]
    large = (1280, 720)

    def touched() -> Iterator[Picture]:
        for picture in pictures(source.video):
            part = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            out = np.full((large[1], large[0], 3), 150, np.uint8)
            left, top = (large[0] - part.shape[1]) // 2, large[1] - part.shape[0]
            out[top:, left : left + part.shape[1]] = part
            yield out

    write_like(source, to, touched())
    truth = dict(source.truth)
    K = scale * np.array(truth["camera_matrix"])
    K[0, 2] += (large[0] - round(scale * width)) // 2
    K[1, 2] += large[1] - round(scale * height)
    K[2, 2] = 1.0
    truth["size"], truth["camera_matrix"] = list(large), K.tolist()
    return truth


def mirror(source: Source, shift: float, to: Path) -> Truth:
    """The pictures are a mirror image, declared as one, and brighter by this many grey levels."""

    def touched() -> Iterator[Picture]:
        for picture in pictures(source.video):
            yield np.ascontiguousarray(cv2.convertScaleAbs(picture, alpha=1.0, beta=shift)[:, ::-1])

    write_like(source, to, touched())
    truth = dict(source.truth)
    K = np.array(truth["camera_matrix"])
    K[0, 2] = truth["size"][0] - 1 - K[0, 2]
    truth["camera_matrix"] = K.tolist()
    return truth


ROWS = (
    Row("which way up", {"quarter": 1, "upside down": 2, "three quarters": 3, "no body": 4}, turned, TOLD),
    Row("passer-by", {"far": 0.35, "behind": 0.5, "beside": 0.75, "in front": 1.1}, passer, TOLD - {"more_faces"}),
    Row("second person", {"20 %": 0.2, "30 %": 0.3, "40 %": 0.4, "50 %": 0.5}, company, {"two_faces", "more_faces"}),
    Row("picture on the wall", {"20 %": 0.2, "30 %": 0.3, "40 %": 0.4, "50 %": 0.5}, on_the_wall, {"two_faces"}),
    Row(
        "call tiles",
        {"2": (2, 1), "3": (3, 1), "4": (2, 2), "6": (3, 2)},
        tiles,
        {"picture_tiled"},
        {"camera": None},
        must={"picture_tiled"},
    ),
    Row("small face", {"0.9": 0.9, "0.75": 0.75, "0.6": 0.6, "0.45": 0.45}, small, {"too_far", "landmarks_alone"}),
    Row("mirrored", {"+0": 0.0, "+10": 10.0, "+20": 20.0, "+30": 30.0}, mirror, set(), {"mirrored": True}),
)
