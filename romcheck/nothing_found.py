"""Why there is no result: what was seen and when, and what to do, whether or not it can be filmed again."""

from __future__ import annotations

import numpy as np

from romcheck.errors import VideoError
from romcheck.i18n.message import message
from romcheck.motion.track import MotionTrack
from romcheck.results import Source


def no_face(source: Source, track: MotionTrack, seen_s: float, least_aside_deg: float) -> VideoError:
    """The head could not be followed long enough.

    Parameters
    ----------
    seen_s : how long it was followed
    least_aside_deg : as in ``observer.HeadPoses``
    """
    name = source.file
    if source.frames == 1:
        return VideoError("single_picture", name=name)
    seen = np.flatnonzero(np.isfinite(track.quality.face_width_px))
    if not len(seen):
        return VideoError("no_face", name=name, frames=source.frames)
    where = message(
        "said.face_where",
        seen=len(seen),
        frames=source.frames,
        first_s=track.time_s[seen[0]],
        last_s=track.time_s[seen[-1]],
        width_px=np.median(track.quality.face_width_px[seen]),
    )
    if seen_s > 0 or len(seen) < 2 or not np.isfinite(least_aside_deg):
        return VideoError("face_short", name=name, seconds=seen_s, where=where)
    return VideoError("face_aside", name=name, where=where, aside_deg=least_aside_deg)
