"""Measuring head and trunk from the markers in a video."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Bools, Floats
from romcheck.errors import VideoError
from romcheck.geometry.intrinsics import Lens
from romcheck.motion.reading import prepare
from romcheck.motion.rotations import Angles, anatomical, mean_rotation, robust_mean_rotation
from romcheck.motion.track import MotionTrack, PictureQuality
from romcheck.progress import Progress
from romcheck.reference.finder import MarkerFinder
from romcheck.reference.markers import CHEST, MARKERS, ON_HEAD, Marker
from romcheck.reference.pose import MarkerPose, choose, poses
from romcheck.sources.video import VideoFile

WORST_SIGMA_DEG = 3.0
"""Largest uncertainty of a marker's orientation for a reference: it may be too small or too oblique."""

LEAST_TURN_DEG = 20.0
"""Least rotation to determine the axis: in smaller ones it is less certain than the face's own axes."""
FARTHEST_AXIS_DEG = 35.0
"""Rotations about an axis farther away are not the test's movement."""
LEAST_TOGETHER = 10
"""Least frames with two markers together to determine their relative orientation."""


@dataclass(frozen=True)
class MarkerMotion:
    """Orientation of one marker in every frame.

    Attributes
    ----------
    R : (n, 3, 3) marker axes to camera axes, NaN where not seen
    t : (n, 3) its centre in units of the marker's side, NaN where not seen
    sigma_deg : (n,) standard uncertainty of R, NaN where not seen
    """

    R: Floats
    t: Floats
    sigma_deg: Floats

    @property
    def seen(self) -> Bools:
        """(n,) frames in which its orientation is known."""
        return np.isfinite(self.sigma_deg)


@dataclass(frozen=True)
class MarkerTrack:
    """The markers in time.

    Attributes
    ----------
    time_s : (n,) seconds
    head : joint motion of the head's markers; axes and position are those of the one seen most
    chest : motion of the chest's marker
    on_head : the markers on the head that were used
    """

    time_s: Floats
    head: MarkerMotion
    chest: MarkerMotion
    on_head: tuple[Marker, ...]


@dataclass(frozen=True)
class MarkerAngles:
    """Neck angles from the markers.

    Attributes
    ----------
    angles : (n,) anatomical angles of the head from the starting position, relative to the trunk if `trunk_used`; NaN
        where no marker of the head was seen
    by_face_axes : the same rotations, split by the unchanged axes of the face
    axis_apart_deg : angle between the face's axis of the test and the one about which the markers turned; None where
        no turn was large enough to tell, and the face's was taken
    trunk : (n,) turn and lean of the trunk from the starting position, NaN where the chest's marker was not seen
    trunk_used : whether the head was measured against the chest's marker; if not, the trunk was taken as still
    sigma_deg : (n,) standard uncertainty of one frame before smoothing
    """

    angles: Angles
    by_face_axes: Angles
    axis_apart_deg: float | None
    trunk: Angles
    trunk_used: bool
    sigma_deg: Floats


def read_markers(path: str | Path, lens: Lens, progress: Progress | None = None) -> MarkerTrack:
    """Track the markers through a video, without face landmarks.

    Parameters
    ----------
    path : the video
    lens : of the upright picture as played, as ``Measurement.lens``

    Raises
    ------
    VideoError
        If the video cannot be read.
    """
    times: list[float] = []
    found: dict[str, list[list[MarkerPose]]] = {marker.name: [] for marker in MARKERS}
    with VideoFile(path) as video:
        shown = lens.scaled(video.scale)
        finder = MarkerFinder(shown)
        for frame in video:
            seen = finder.find(np.asarray(cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY), np.uint8))
            times.append(frame.time_s)
            for name, candidates in found.items():
                candidates.append(poses(seen[name].rays, shown.fx) if name in seen else [])
            if progress:
                progress(frame.index + 1, video.expected_frames)
    time = np.array(times)
    motions = {name: _motion(choose(time, candidates, shown.fx)) for name, candidates in found.items()}
    head, on_head = _joined({marker: motions[marker.name] for marker in ON_HEAD})
    return MarkerTrack(time, head, motions[CHEST.name], on_head)


def _joined(motions: dict[Marker, MarkerMotion]) -> tuple[MarkerMotion, tuple[Marker, ...]]:
    """Joint motion of markers fixed to each other: in the axes of the one seen most, and which of them were used.

    The relative orientation of another one, Rᵇᵃˢᵉᵀ·Rᵒᵗʰᵉʳ, is constant and averaged over the frames that show both; one
    that is not seen with it for `LEAST_TOGETHER` frames is left out. Where several are seen their mean is weighted by
    their certainty.
    """
    base = max(motions, key=lambda marker: int(motions[marker].seen.sum()))
    turned, weights, used = [motions[base].R], [1 / motions[base].sigma_deg ** 2], [base]
    for marker, motion in motions.items():
        together = motion.seen & motions[base].seen
        if marker is base or together.sum() < LEAST_TOGETHER:
            continue
        against = robust_mean_rotation(np.swapaxes(motions[base].R[together], 1, 2) @ motion.R[together])
        turned.append(motion.R @ against.T)
        weights.append(1 / motion.sigma_deg**2)
        used.append(marker)
    if len(used) == 1:
        return motions[base], (base,)
    R, weight = np.stack(turned), np.nan_to_num(np.stack(weights))
    joined = np.stack([mean_rotation(R[:, i], weight[:, i]) for i in range(R.shape[1])])
    with np.errstate(divide="ignore"):
        sigma = 1 / np.sqrt(weight.sum(axis=0))
    return MarkerMotion(joined, motions[base].t, np.where(np.isfinite(sigma), sigma, np.nan)), tuple(used)


def _motion(chosen: list[MarkerPose | None]) -> MarkerMotion:
    n = len(chosen)
    R, t, sigma = np.full((n, 3, 3), np.nan), np.full((n, 3), np.nan), np.full(n, np.nan)
    for i, pose in enumerate(chosen):
        if pose is not None and pose.sigma_deg <= WORST_SIGMA_DEG:
            R[i], t[i], sigma[i] = pose.R, pose.t, pose.sigma_deg
    return MarkerMotion(R, t, sigma)


def angles_of(markers: MarkerTrack, head_at_start: Floats, start: slice, held: Bools, axis: int) -> MarkerAngles:
    """Anatomical angles of the neck from the markers.

    The mounting of a marker on the head need not be known. Let H be the head's orientation and R = H·M the marker's, M
    the unknown, constant mounting. The turn since the starting position in camera axes, R·R₀ᵀ = H·M·Mᵀ·H₀ᵀ = H·H₀ᵀ,
    does not depend on M. Only the head's axes H₀ at the start are needed, to split the rotation into its components.
    They are the face's at rest, corrected by the smallest rotation that maps the axis of the test to the one about
    which the markers turned (`turning_axis`): the size of the angle is then independent of the face, and a misread long
    axis of the face, which makes every rotation smaller, is detected. A head that bends to the side as it turns
    shares its bend with that axis: 10° in 60° make the markers read 0.6° more.

    Parameters
    ----------
    markers : from the video
    head_at_start : (3, 3) the face's head axes (X to the subject's left, Y up, Z forward) to camera axes
    start : frames of the starting position
    held : (n,) frames in which an end range was held
    axis : of the test, 0 rotation, 1 flexion, 2 lateral flexion

    Raises
    ------
    VideoError
        If the head's marker was not seen in the starting position.
    """
    n = len(markers.time_s)
    chest_at_start = _at_rest(markers.chest.R[start])
    chest = markers.chest.seen & bool(np.isfinite(chest_at_start).all())
    unknown = np.full(n, np.nan)
    quality = PictureQuality(unknown, unknown, unknown, unknown, np.zeros(n, np.int64), np.ones(n, bool))
    motion = prepare(
        MotionTrack(
            markers.time_s,
            markers.head.seen,
            markers.head.R,
            markers.head.sigma_deg,
            np.where(chest[:, None, None], markers.chest.R @ chest_at_start.T, np.nan),
            np.where(chest, markers.chest.sigma_deg, np.nan),
            quality,
        )
    )
    marker_at_start = _at_rest(motion.smooth.R[start])
    if not np.isfinite(marker_at_start).all():
        raise VideoError("marker_unseen_start")
    turn = motion.smooth.R @ marker_at_start.T
    named = head_at_start[:, (1, 0, 2)[axis]]
    own = turning_axis(turn[held], named)
    axes = head_at_start if own is None else _smallest_turn(named, own) @ head_at_start
    trunk = motion.trunk.angles_from(mean_rotation(motion.trunk.turn[start]), head_at_start)
    return MarkerAngles(
        anatomical(axes.T @ turn @ axes),
        anatomical(head_at_start.T @ turn @ head_at_start),
        None if own is None else float(np.degrees(np.arccos(np.clip(own @ named, -1, 1)))),
        trunk,
        motion.trunk.used,
        np.hypot(markers.head.sigma_deg, motion.trunk.sigma_of(np.zeros(len(markers.head.R)))),
    )


def _at_rest(R: Floats) -> Floats:
    known = np.isfinite(R).all(axis=(1, 2))
    return robust_mean_rotation(R[known]) if known.any() else np.full((3, 3), np.nan)


def turning_axis(turn: Floats, near: Floats) -> Floats | None:
    """Mean axis of the head's rotations: the best fit to their rotation vectors.

    Parameters
    ----------
    turn : (n, 3, 3) turns; those below `LEAST_TURN_DEG` or not finite are ignored
    near : (3,) determines the sign

    Returns
    -------
    (3,) unit vector, or None where no turn counts or they lie farther than `FARTHEST_AXIS_DEG` from `near`
    """
    turn = turn[np.isfinite(turn).all(axis=(1, 2))]
    vector = Rotation.from_matrix(turn).as_rotvec(degrees=True) if len(turn) else np.zeros((0, 3))
    vector = vector[np.linalg.norm(vector, axis=1) >= LEAST_TURN_DEG]
    if not len(vector):
        return None
    axis = np.linalg.eigh(vector.T @ vector)[1][:, -1]
    axis = axis if axis @ near >= 0 else -axis
    return axis if axis @ near >= np.cos(np.radians(FARTHEST_AXIS_DEG)) else None


def _smallest_turn(one: Floats, other: Floats) -> Floats:
    """(3, 3) smallest rotation that maps one unit vector to another."""
    across = np.cross(one, other)
    sine = float(np.linalg.norm(across))
    angle = np.arctan2(sine, one @ other)
    return np.asarray(Rotation.from_rotvec(across / max(sine, 1e-12) * angle).as_matrix())
