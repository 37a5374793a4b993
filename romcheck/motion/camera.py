"""What a track shows about its camera: true frame rate, freezes, and motion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Bools, Floats, Ints
from romcheck.motion import gates
from romcheck.motion.facts import LONGEST_REPEAT_S, mean_frames_per_s
from romcheck.motion.track import MotionTrack
from romcheck.notices import notice
from romcheck.results import LensKnowledge, Notice

FEW_REPEATS = 0.1
"""A smaller share of repeats while something moves is not reported."""
LEAST_BLENDED = 4
DISTANCE_SHARE = 0.15
"""Without a usable background the size of the head is compared between rests; within this ratio nothing zoomed."""


@dataclass(frozen=True)
class CameraFacts:
    """Facts about the camera in one trial, for the gates; NaN where not known.

    Attributes
    ----------
    moved_deg : motion of the camera, or of the crop of its picture, between starting position and hold
    zoomed : absolute natural logarithm of the change of scale between them
    unsteady : True where it moved or zoomed in a way that could not be corrected for
    froze_s : longest time in the trial for which the picture was frozen while the head moved on
    blended : share of the pictures with movement that are blends of two
    """

    moved_deg: float
    zoomed: float
    unsteady: bool
    froze_s: float
    blended: float


def freezes(track: MotionTrack) -> Iterator[tuple[float, float]]:
    """Start and end, seconds, of every time the picture was frozen while the head moved on."""
    if track.quality.repeated is None:
        return
    hidden = track.quality.repeated & ~track.valid
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hidden, [False]]).astype(int)))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        if not track.valid[max(0, first - 1)]:
            continue  # the head had been lost before
        start = float(track.time_s[max(0, first - 1)])
        end = float(track.time_s[min(len(track) - 1, after)])
        if end - start > (gates.PICTURE_FROZE.threshold or 0.0):
            yield start, end


def facts(
    track: MotionTrack, lens: LensKnowledge, start: Ints, top: Ints, span: tuple[float, float], rests: Floats
) -> CameraFacts:
    """Collect the facts about the camera in one trial.

    Parameters
    ----------
    track : the whole of it
    lens : how the lens is known
    start, top : frames of the starting position and of the hold
    span : when the trial begins and ends
    rests : (r, 2) times of the rests beside it
    """
    froze = [end - begin for begin, end in freezes(track) if begin < span[1] and end > span[0]]
    moved, zoomed, unsteady = _steadiness(track, lens, start, top, rests)
    during = (track.time_s >= span[0]) & (track.time_s <= span[1])
    return CameraFacts(moved, zoomed, unsteady, max(froze, default=0.0), _blended(track, during))


def _blended(track: MotionTrack, during: Bools) -> float:
    """Share of the pictures with movement that are blends of two; one or two are ignored."""
    blended, changed = track.quality.blended, track.quality.changed
    if blended is None or changed is None or (blended & during).sum() < LEAST_BLENDED:
        return 0.0
    return float((blended & during).sum() / (changed & during).sum())


def _steadiness(
    track: MotionTrack, lens: LensKnowledge, start: Ints, top: Ints, rests: Floats
) -> tuple[float, float, bool]:
    nan = float("nan")
    if track.camera is None:
        return nan, nan, False
    turned, zoom = track.camera.turned_deg, np.log(track.camera.zoom)
    known = np.isfinite(zoom)
    if not known.any():
        return nan, nan, _head_grew(track, start, rests)
    other = bool(track.camera.another[top].mean() > 0.5) if len(top) else False
    if not known[start].any() or not known[top].any():
        return nan, nan, other or _ever_moved(track)
    from_deg, from_zoom = np.nanmedian(turned[start], axis=0), float(np.nanmedian(zoom[start]))
    moved = float(np.nanmax(np.linalg.norm(turned[top] - from_deg, axis=1)))
    zoomed = float(np.nanmax(np.abs(zoom[top] - from_zoom)))
    half_seen = known[top].mean() < 0.5 and _ever_moved(track)
    # A lens is stated for the whole sensor: while the picture is a crop of it, the focal length differs.
    widened = lens != "assumed" and float(np.nanmin(zoom)) < -(gates.ZOOMED.threshold or 0.0)
    return moved, zoomed, bool(other or half_seen or widened)


def _ever_moved(track: MotionTrack) -> bool:
    camera = track.camera
    if camera is None or not np.isfinite(camera.zoom).any():
        return False
    moved = float(np.nanmax(np.linalg.norm(camera.turned_deg, axis=1)))
    zoomed = float(np.nanmax(np.abs(np.log(camera.zoom))))
    return moved > (gates.CAMERA_MOVED.threshold or 0.0) or zoomed > (gates.ZOOMED.threshold or 0.0)


def _head_grew(track: MotionTrack, start: Ints, rests: Floats) -> bool:
    """Whether the head at rest appears nearer or farther than in the starting position: it moved, or a zoom."""
    distance = track.quality.distance_m
    at_start = distance[start][np.isfinite(distance[start])]
    if not len(at_start):
        return False
    for first, last in rests:
        there = distance[(track.time_s >= first) & (track.time_s <= last)]
        there = there[np.isfinite(there)]
        if len(there) and abs(np.log(np.median(there) / np.median(at_start))) > DISTANCE_SHARE:
            return True
    return False


# --- words


def notices(track: MotionTrack) -> list[Notice]:
    """Notices about the camera."""
    found = []
    repeated, changed = track.quality.repeated, track.quality.changed
    if repeated is not None and changed is not None and track.valid.any():
        short = _short_runs(track.time_s, repeated)
        if short.sum() > FEW_REPEATS * (short | changed).sum() and short.sum() > 5:
            shown = 1 / float(np.median(np.diff(track.time_s)))
            rate = mean_frames_per_s(track.time_s, track.quality)
            found.append(notice("repeated_pictures", rate=round(rate, 1), shown=round(shown, 1)))
        if _blended(track, np.ones(len(track), bool)) > (gates.PICTURES_BLENDED.threshold or 0.0):
            found.append(notice("pictures_blended"))
        stood = ", ".join(f"{start:.1f}–{end:.1f} s" for start, end in freezes(track))
        if stood:
            found.append(notice("picture_froze", times=stood))
    return found + _motion_notices(track)


def _motion_notices(track: MotionTrack) -> list[Notice]:
    camera, found = track.camera, []
    if camera is None:
        return []
    if not np.isfinite(camera.zoom).any():
        return [notice("background_unseen")] if track.valid.any() else []
    moved = np.linalg.norm(camera.turned_deg, axis=1)
    shifted = np.flatnonzero(moved > (gates.CAMERA_MOVED.threshold or 0.0))
    if len(shifted):
        found.append(notice("camera_moved", degrees=float(np.nanmax(moved)), time_s=float(track.time_s[shifted[0]])))
    zoomed = np.abs(np.log(camera.zoom))
    scaled = np.flatnonzero(zoomed > (gates.ZOOMED.threshold or 0.0))
    if len(scaled):
        factor = float(camera.zoom[int(np.nanargmax(zoomed))])
        found.append(notice("zoomed", factor=factor, time_s=float(track.time_s[scaled[0]])))
    if camera.another.any():
        found.append(notice("another_view", time_s=float(track.time_s[int(camera.another.argmax())])))
    return found


def _short_runs(time_s: Floats, repeated: Bools) -> Bools:
    """Repeats (n,) of pictures that were shown for a short time."""
    fresh = np.flatnonzero(~repeated)
    run = np.searchsorted(fresh, np.arange(len(time_s)), "right")
    before, after = fresh[np.maximum(run - 1, 0)], np.append(fresh, len(time_s) - 1)[run]
    return repeated & (time_s[after] - time_s[before] <= LONGEST_REPEAT_S)
