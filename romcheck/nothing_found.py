"""Why there is no result: what was seen, and when, with the way out for whoever can film again and whoever cannot."""

from __future__ import annotations

import numpy as np

from romcheck.errors import VideoError
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
        return VideoError(f"{name} holds a single picture. Record a video of the movement and measure that.")
    seen = np.flatnonzero(np.isfinite(track.quality.face_width_px))
    if not len(seen):
        return VideoError(
            f"No face was found in {name}: all {source.frames} pictures were searched, for near and far faces, "
            "whichever way up. If it can be filmed again, let the face fill about a third of the picture's height, lit "
            "from the front, and look towards the camera at the start; if not, cut the picture to the person, or "
            "choose the part where the face is seen."
        )
    where = (
        f"in {len(seen)} of {source.frames} pictures, {track.time_s[seen[0]]:.1f} to {track.time_s[seen[-1]]:.1f} s, "
        f"{np.median(track.quality.face_width_px[seen]):.0f} pixels wide"
    )
    if seen_s > 0 or len(seen) < 2 or not np.isfinite(least_aside_deg):
        return VideoError(
            f"A face was seen in {name} for {seen_s:.1f} s only: {where}. That is too short to measure a movement. If "
            "it can be filmed again, keep the face in the picture and lit from the front; if not, there is nothing to "
            "be had from it."
        )
    return VideoError(
        f"A face was seen in {name} {where}, but never well enough to be followed: at best it was turned "
        f"{least_aside_deg:.0f}° away from the camera. Choose a recording by a camera that faces the person; if it can "
        "be filmed again, put the camera in front."
    )
