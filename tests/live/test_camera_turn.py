"""A turn of the camera in the pictures of a live check."""

import io
import queue

import cv2
import numpy as np
from PIL import Image

from romcheck.live.camera_turn import CameraTurn
from romcheck.live.messages import LookAround, LookedAround
from romcheck.live.recording import Shot


def jpeg(seed: int) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 256, (18, 32, 3)).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(cv2.resize(coarse, (320, 180), interpolation=cv2.INTER_CUBIC)).save(out, "JPEG")
    return out.getvalue()


def turned(pictures, wait_s: float = 0.5, turn_s: float = 2.0) -> LookedAround:
    told: queue.Queue[LookedAround] = queue.Queue()
    turn = CameraTurn(LookAround(wait_s, turn_s), told.put)
    for i, picture in enumerate(pictures):
        turn.take(Shot(i, 5000 + 100 * i, picture))
    assert turn.over
    return told.get(timeout=120)


def test_a_camera_that_was_not_turned_is_told_so():
    said = turned([jpeg(0)] * 30)
    assert said.found is None
    assert said.error is not None
    assert said.error.code == "error.scene_short"


def test_what_comes_before_the_turn_does_not_count():
    """Somebody walks away while the camera waits; a picture that is none is passed over."""
    said = turned([*(jpeg(seed) for seed in range(1, 5)), b"none", *[jpeg(0)] * 30])
    assert said.error is not None
    assert said.error.code == "error.scene_short"
