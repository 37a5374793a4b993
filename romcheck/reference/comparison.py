"""The face-based measurement against the markers, frame by frame and movement by movement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from romcheck import __version__
from romcheck.arrays import Bools, Floats
from romcheck.errors import VideoError
from romcheck.geometry.intrinsics import Lens
from romcheck.measure import Measurement, measure
from romcheck.motion.analysis import analyse
from romcheck.motion.rotations import robust_mean_rotation
from romcheck.progress import Progress
from romcheck.protocols import PROTOCOLS
from romcheck.reference.agreement import Agreement, BandAgreement, agreement, by_band
from romcheck.reference.markers import CHEST, HEAD
from romcheck.reference.reading import MarkerAngles, MarkerTrack, angles_of, read_markers
from romcheck.results import Camera, Movement, MovementName, Source, Test

SCHEMA = "romcheck.reference/1"

NOTABLE_COST_DEG = 1.0
"""A head that bends slightly sideways as it turns gives less than this."""


@dataclass(frozen=True)
class MovementPair:
    """One movement by both methods, positive; None where one of them did not see it.

    Attributes
    ----------
    face_deg : the angle as measured and reported
    markers_deg : median over the same hold; without a hold, the 95th percentile over the movement
    held : the movement was held, and the face seen throughout
    """

    movement: MovementName
    trial: int
    face_deg: float | None
    markers_deg: float | None
    held: bool

    @property
    def compared(self) -> bool:
        """Whether it is part of the agreement."""
        return self.held and self.face_deg is not None and self.markers_deg is not None


@dataclass(frozen=True)
class Pairs:
    """The main angle of the test by both methods, frame by frame.

    Attributes
    ----------
    time_s : (n,) seconds
    face_deg, markers_deg : (n,) signed angle from the starting position, NaN where not known
    held : (n,) frames in a hold
    """

    time_s: Floats
    face_deg: Floats
    markers_deg: Floats
    held: Bools


@dataclass(frozen=True)
class MarkerComparison:
    """Comparison of the face-based measurement with markers in one recording; written as STEM.reference.json.

    Attributes
    ----------
    trunk_measured : whether the markers' angle is relative to a chest's marker; if not, the trunk was taken as still
    markers_seen, face_seen : shares of the frames in which each was tracked
    face_seen_at_holds : share of the held frames with markers in which the face was tracked too; None without any
    marker_sigma_deg : standard uncertainty of one marker reading at the holds, median
    head_markers : numbers of the head's markers that were used
    axis_apart_deg : angle between the face's axis of the test at rest and the one about which the markers turned;
        None without a turn of 20°, where the markers' angle is about the face's axis
    axis_costs_deg : how much smaller the markers' angle at the holds is about the face's axis: the part of the bias
        that comes from that axis; None likewise
    distance_m : camera to the head's marker, median
    holds, frames, movements : agreement at the holds (frame by frame), in all frames, and of whole movements
    """

    test: Test
    source: Source
    camera: Camera
    trunk_measured: bool
    markers_seen: float
    face_seen: float
    face_seen_at_holds: float | None
    marker_sigma_deg: float
    head_markers: tuple[int, ...]
    axis_apart_deg: float | None
    axis_costs_deg: float | None
    distance_m: float
    holds: Agreement
    holds_by_band: tuple[BandAgreement, ...]
    frames: Agreement
    frames_by_band: tuple[BandAgreement, ...]
    movements: Agreement
    each_movement: tuple[MovementPair, ...]
    warnings: tuple[str, ...]
    romcheck: str = __version__
    schema: str = SCHEMA


def compare_video(
    path: str | Path,
    *,
    camera: str | Path | Lens | None = None,
    fov_deg: float | None = None,
    test: Test | None = None,
    marker_mm: float = HEAD.side_mm,
    progress: Progress | None = None,
) -> tuple[MarkerComparison, Pairs]:
    """Measure one video by the face and by the markers, and compare.

    Parameters
    ----------
    path, camera, fov_deg, test : as for ``measure``
    marker_mm : side of the head's marker as printed; it affects the distance, not the angles
    progress : called with the frames done and expected, once for each of the two methods

    Raises
    ------
    VideoError
        If the video cannot be read, shows no face, no head marker or no movement.
    CameraError
        If the camera file cannot be used for this video.
    """
    measurement = measure(path, test=test, camera=camera, fov_deg=fov_deg, needs_movement=False, progress=progress)
    markers = read_markers(path, measurement.lens, progress)
    return compare(measurement, markers, test, marker_mm)


def compare(
    measurement: Measurement, markers: MarkerTrack, test: Test | None = None, marker_mm: float = HEAD.side_mm
) -> tuple[MarkerComparison, Pairs]:
    """Compare a measurement with the markers of the same video; ``test`` as given to ``measure``."""
    result, track = measurement.result, measurement.track
    if not markers.head.seen.any():
        raise VideoError("marker_unseen", number=HEAD.number, file=result.source.file)
    start = analyse(track, test, measurement.lens.known).start
    if start is None or not result.movements:
        raise VideoError("nothing_to_compare")
    at_start = slice(start.first, start.last + 1)
    head_at_start = robust_mean_rotation(track.head[at_start][track.valid[at_start]])

    axis = PROTOCOLS[result.test].axis
    face = (
        measurement.frames.rotation_deg,
        measurement.frames.flexion_deg,
        measurement.frames.lateral_flexion_deg,
    )
    held = np.zeros(len(track), bool)
    for movement in result.movements:
        held |= _hold(movement, track.time_s)
    read = angles_of(markers, head_at_start, at_start, held, axis)
    pairs = Pairs(track.time_s, face[axis], read.angles.of(axis), held)
    each = tuple(_pair(movement, pairs) for movement in result.movements)
    counted = [pair for pair in each if pair.compared]
    both = [np.array([getattr(p, name) for p in counted], float) for name in ("face_deg", "markers_deg")]
    with_markers = held & np.isfinite(pairs.markers_deg)
    at_holds = np.where(held, pairs.face_deg, np.nan), np.where(held, pairs.markers_deg, np.nan)
    sigma = read.sigma_deg[with_markers] if with_markers.any() else read.sigma_deg[markers.head.seen]
    costs = None
    if read.axis_apart_deg is not None and with_markers.any():
        about_face_axis = np.abs(read.by_face_axes.of(axis)[with_markers])
        costs = float(np.median(np.abs(pairs.markers_deg[with_markers]) - about_face_axis))
    comparison = MarkerComparison(
        test=result.test,
        source=result.source,
        camera=result.camera,
        trunk_measured=read.trunk_used,
        markers_seen=float(markers.head.seen.mean()),
        face_seen=float(measurement.frames.valid.mean()),
        face_seen_at_holds=float(np.isfinite(pairs.face_deg[with_markers]).mean()) if with_markers.any() else None,
        marker_sigma_deg=float(np.nanmedian(sigma)),
        head_markers=tuple(marker.number for marker in markers.on_head),
        axis_apart_deg=read.axis_apart_deg,
        axis_costs_deg=costs,
        distance_m=float(np.nanmedian(np.linalg.norm(markers.head.t, axis=1))) * marker_mm / 1000,
        holds=agreement(*at_holds),
        holds_by_band=by_band(*at_holds),
        frames=agreement(pairs.face_deg, pairs.markers_deg),
        frames_by_band=by_band(pairs.face_deg, pairs.markers_deg),
        movements=agreement(*both),
        each_movement=each,
        warnings=_warnings(measurement, markers, read, each, costs),
    )
    return comparison, pairs


def _hold(movement: Movement, time: Floats) -> Bools:
    if movement.hold_start_s is None or movement.hold_end_s is None:
        return np.zeros(len(time), bool)
    return (time >= movement.hold_start_s - 1e-6) & (time <= movement.hold_end_s + 1e-6)


def _pair(movement: Movement, pairs: Pairs) -> MovementPair:
    hold = _hold(movement, pairs.time_s)
    held = bool(hold.any()) and not movement.at_least
    inside = hold if held else (pairs.time_s >= movement.start_s) & (pairs.time_s <= movement.end_s)
    size = np.abs(pairs.markers_deg[inside & np.isfinite(pairs.markers_deg)])
    marked = float(np.percentile(size, 50 if held else 95)) if len(size) else None
    return MovementPair(movement.movement, movement.trial, movement.angle_deg, marked, held)


def _warnings(
    measurement: Measurement,
    markers: MarkerTrack,
    read: MarkerAngles,
    each: tuple[MovementPair, ...],
    costs: float | None,
) -> tuple[str, ...]:
    warnings = list(measurement.result.warnings)
    if measurement.lens.known != "calibrated":
        warnings.append(
            "The camera was not calibrated. Face and markers were read through the same lens, so its error is in both "
            "and the agreement does not show it. Run 'romcheck calibrate' and give --camera."
        )
    if not read.trunk_used:
        seen = markers.chest.seen.mean()
        warnings.append(
            f"The chest's marker (number {CHEST.number}) was seen in {seen:.0%} of the frames, too few or not at the "
            "start: for the markers the trunk was taken as still, and a turn of the trunk counts as one of the neck."
        )
    if read.trunk_used and not np.isfinite(measurement.frames.trunk_rotation_deg).any():
        warnings.append(
            "The markers' angle is relative to the trunk, the face's is not, because the trunk was not in view: "
            "a turn of the trunk is part of the difference."
        )
    if costs is not None and costs >= NOTABLE_COST_DEG:
        warnings.append(
            f"The face's axis of this movement lay {read.axis_apart_deg:.0f}° aside of the one about which the head "
            f"turned. That alone makes the face's reading {costs:.1f}° smaller at the holds."
        )
    hidden = sum(pair.held and pair.markers_deg is None for pair in each)
    if hidden:
        warnings.append(
            f"No marker of the head was seen in the holds of {hidden} movement{'s' * (hidden != 1)}. "
            "Add the two side markers: one of them comes to face the camera as the front one turns away."
        )
    unseen = sum(not pair.compared for pair in each)
    if unseen:
        warnings.append(f"{unseen} of {len(each)} movements could not be compared: not held, or not seen to the end.")
    return tuple(warnings)
