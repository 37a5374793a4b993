"""Making a clip worse in one known way: fewer frames or pixels, noise, blur, compression. The truth stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from clips import Clip, read_clip
from mannequin_clips import Picture, write

CRF = 21
"""Quality of the H.264 every degraded clip is written with; lower is better, 23 is x264's default."""


@dataclass(frozen=True)
class Degradation:
    """What is done to the frames, in this order; None or 0 leaves them unchanged.

    Attributes
    ----------
    fps : frames per second kept; the clip's is a multiple of it
    width_px : width to scale down to
    blur_px : standard deviation of a Gaussian blur, in pixels after scaling
    noise : standard deviation of Gaussian sensor noise, grey levels of 255
    jpeg : quality of a JPEG every picture goes through, 1-100, as in a webcam's motion JPEG
    """

    fps: float | None = None
    width_px: int | None = None
    blur_px: float = 0.0
    noise: float = 0.0
    jpeg: int | None = None


def applicable(degradation: Degradation, clip: Clip) -> bool:
    """Whether the clip has enough frames and pixels to be degraded like this."""
    step = clip.fps / (degradation.fps or clip.fps)
    return step == round(step) and (degradation.width_px or 0) <= clip.lens.width


def degrade(video: Path, degradation: Degradation, to: Path, until_s: float = np.inf) -> Path:
    """Write a degraded copy of a clip up to a time, with its truth beside it."""
    clip = read_clip(video)
    fps = degradation.fps or clip.fps
    step = round(clip.fps / fps)
    write(to, _worse(video, degradation, step, int(min(until_s, 1e6) * clip.fps)), fps, CRF)
    truth = json.loads(video.with_suffix(".json").read_text("utf-8"))
    truth["holds"] = [hold for hold in truth["holds"] if hold["end_s"] <= until_s]
    truth["fps"] = fps
    scale = (degradation.width_px or clip.lens.width) / clip.lens.width
    truth["size"] = [_even(side * scale) for side in truth["size"]]
    truth["camera_matrix"] = (np.diag([scale, scale, 1]) @ np.array(truth["camera_matrix"])).tolist()
    to.with_suffix(".json").write_text(json.dumps(truth), "utf-8")
    return to


def _worse(video: Path, how: Degradation, step: int, frames: int) -> Iterator[Picture]:
    rng = np.random.default_rng(0)
    with av.open(str(video)) as container:
        for i, frame in enumerate(container.decode(video=0)):
            if i >= frames:
                return
            if i % step == 0:
                yield _worse_picture(frame.to_ndarray(format="rgb24"), how, rng)


def _worse_picture(picture: Picture, how: Degradation, rng: np.random.Generator) -> Picture:
    if how.width_px:
        scale = how.width_px / picture.shape[1]
        size = _even(picture.shape[1] * scale), _even(picture.shape[0] * scale)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    if how.blur_px:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), how.blur_px), np.uint8)
    if how.noise:
        picture = np.clip(picture + rng.normal(0, how.noise, picture.shape), 0, 255).astype(np.uint8)
    if how.jpeg:
        _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, how.jpeg])
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return picture


def _even(length: float) -> int:
    """Rounded to an even number, as H.264 with 4:2:0 colour requires."""
    return 2 * round(length / 2)


def after_one_a_side(clip: Clip) -> float:
    """Time of the pause after the first hold to each side, seconds; infinity if there is none after it."""
    names = {hold.movement for hold in clip.holds}
    seen = set()
    for hold, following in zip(clip.holds, clip.holds[1:], strict=False):
        seen.add(hold.movement)
        if seen == names:
            return (hold.end_s + following.start_s) / 2
    return float("inf")
