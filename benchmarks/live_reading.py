"""What the gauge of a live check would have shown for a clip, compared with the final measurement."""

from __future__ import annotations

import numpy as np
from clips import AXIS, Clip, Hold
from scipy.spatial.transform import Rotation
from scoring import held_frames

from romcheck.live.readings import Reader
from romcheck.motion.rotations import anatomical, relative
from romcheck.person.observer import Observer
from romcheck.results import Frames
from romcheck.sources.video import Frame

NEAR_START_DEG = 2.0
"""Frames of the starting position: before the first hold, all three angles within this of it."""


class LiveAngles:
    """Collects the causal angle of every frame while a clip is measured."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._neck: list[np.ndarray] = []

    def take(self, _: Frame, observer: Observer) -> None:
        """Add a frame, right after it was observed."""
        now = observer.now()
        assert now is not None
        self._neck.append(self._reader.read(now).neck)

    def apart_deg(self, clip: Clip, frames: Frames) -> list[float | None]:
        """How much larger the live angle was than the final one, for each hold: medians over the hold's frames.

        None where one of the two is missing. Both are relative to the same frames of the starting position.
        """
        neck = np.array(self._neck)
        final = np.column_stack([frames.rotation_deg, frames.flexion_deg, frames.lateral_flexion_deg])
        known = np.isfinite(neck[:, 0, 0]) & np.isfinite(final[:, 0])
        start = known & (np.abs(final) < NEAR_START_DEG).all(1) & (frames.time_s < clip.holds[0].start_s)
        if not start.any():
            return [None] * len(clip.holds)
        live = np.full_like(final, np.nan)
        live[known] = anatomical(relative(Rotation.from_matrix(neck[start]).mean().as_matrix(), neck[known])).stacked()

        def apart(hold: Hold) -> float | None:
            held = held_frames(hold, frames) & known
            axis = AXIS[hold.movement.split("_")[0]]
            if not held.any():
                return None
            shown, measured = np.median(live[held, axis]), np.median(final[held, axis])
            return float((shown - measured) * np.sign(measured))

        return [apart(hold) for hold in clip.holds]
