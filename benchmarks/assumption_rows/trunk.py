"""Assumed: the trunk is in view, has a pattern, and nothing hangs over it. Rows in which this fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from assumption_rows import Picture, Row, Source, Truth, pictures, write_like

DESK = (104, 92, 80)
COLLAR_BELOW_EARS_M = 0.13
HAIR_OUT_M, HAIR_WIDE_M, HAIR_TOP_M, HAIR_TIPS_M = 0.085, 0.05, 0.0, 0.27
"""Two strands beside the face: distance of their centres from it, width, and length below the ears."""


def _pixel(truth: Truth, metres: tuple[float, float]) -> tuple[int, int]:
    """Column and row of a point this far to the right of the head's origin, and below it, in the first picture."""
    x, y, z = truth["head_origin_m"][0]
    u, v, w = np.array(truth["camera_matrix"]) @ np.array([x + metres[0], y + metres[1], z])
    return round(u / w), round(v / w)


def tight(source: Source, below_m: float, to: Path) -> Truth:
    """Nothing farther below the ears than this is visible."""
    row = _pixel(source.truth, (0, below_m))[1]

    def hidden() -> Iterator[Picture]:
        for picture in pictures(source.video):
            picture[row:] = DESK
            yield picture

    write_like(source, to, hidden())
    return source.truth


def plain(source: Source, sigma_px: float, to: Path) -> Truth:
    """Cloth without a pattern, or out of focus."""
    row = _pixel(source.truth, (0, COLLAR_BELOW_EARS_M))[1]

    def smooth() -> Iterator[Picture]:
        for picture in pictures(source.video):
            picture[row:] = cv2.GaussianBlur(picture, (0, 0), sigma_px)[row:]
            yield picture

    write_like(source, to, smooth())
    return source.truth


def hair(source: Source, share: float, to: Path) -> Truth:
    """Long hair over the shoulders, whose tips follow the head by a share of its rotation, its roots by all of it."""
    truth = source.truth
    turn = np.array([np.arctan2(R[0][2], R[2][2]) for R in truth["head_to_trunk"]])
    left, top = _pixel(truth, (-HAIR_OUT_M - HAIR_WIDE_M / 2, HAIR_TOP_M))
    right, bottom = _pixel(truth, (-HAIR_OUT_M + HAIR_WIDE_M / 2, HAIR_TIPS_M))
    across = _pixel(truth, (HAIR_OUT_M - HAIR_WIDE_M / 2, 0))[0] - left
    bottom = min(bottom, truth["size"][1])
    noise = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 1, (bottom - top, right - left)), (0, 0), 0.8, sigmaY=9)
    strand = np.clip(np.array([70, 52, 40]) * (1 + 0.3 * noise[..., None] / noise.std()), 0, 255).astype(np.uint8)
    goes = np.linspace(1, share, bottom - top) * HAIR_OUT_M * (right - left) / HAIR_WIDE_M

    def hung() -> Iterator[Picture]:
        for picture, angle in zip(pictures(source.video), turn, strict=False):
            for k, shift in enumerate((goes * np.sin(angle)).round().astype(int)):
                for begin in (left + shift, left + across + shift):
                    at = max(begin, 0)
                    row = strand[k, at - begin :][: picture.shape[1] - at]
                    picture[top + k, at : at + len(row)] = row
            yield picture

    write_like(source, to, hung())
    return truth


TOLD = {"trunk_unknown", "trunk_unseen"}
ROWS = (
    Row(
        "shoulders out of view",
        {"chest hidden": 0.22, "shoulders cut": 0.17, "neck's foot": 0.14, "neck": 0.115},
        tight, TOLD, must={"trunk_unknown"},
    ),
    Row("plain cloth", {"2 px": 2.0, "4 px": 4.0, "8 px": 8.0, "16 px": 16.0}, plain, TOLD),
    Row("long hair over the shoulders", {"10 %": 0.1, "25 %": 0.25, "50 %": 0.5, "all": 1.0}, hair, TOLD),
)  # fmt: skip
