"""A scripted person in front of a guided check: motion tracks fed to it as a camera would."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from romcheck.live.check import Check
from romcheck.live.state import CheckState
from romcheck.motion.track import MotionTrack
from romcheck.person.poses import CurrentPose


def nows(track: MotionTrack, start_s: float = 0.0) -> Iterator[CurrentPose]:
    """What the observer would say of each frame of a track."""
    q = track.quality
    for i in range(len(track)):
        trunk = track.trunk[i]
        yield CurrentPose(
            time_s=start_s + float(track.time_s[i]),
            head=track.head[i] if track.valid[i] else None,
            trunk=trunk if np.isfinite(trunk).all() else None,
            position_m=np.array([0.0, 0.0, 0.65]) if track.valid[i] else None,
            distance_m=float(q.distance_m[i]),
            face_width_px=float(q.face_width_px[i]),
            brightness=float(q.brightness[i]),
            sharpness=float(q.sharpness[i]),
            faces=int(q.faces[i]),
            subject_sure=bool(q.subject_sure[i]),
        )


def play(check: Check, track: MotionTrack, start_s: float = 0.0) -> list[CheckState]:
    """All states of a check while a track is played to it."""
    return [check.take(now) for now in nows(track, start_s)]


def phases(states: list[CheckState]) -> list[str]:
    """The phases in order, each once as long as it lasts."""
    found: list[str] = []
    for state in states:
        if not found or found[-1] != state.phase:
            found.append(state.phase)
    return found
