"""Poses of a person: in every frame of a finished video, and the current estimate in the newest frame."""

from __future__ import annotations

from dataclasses import dataclass

from romcheck.arrays import Floats
from romcheck.motion.track import MotionTrack


@dataclass(frozen=True)
class HeadPoses:
    """Poses of the head in every frame.

    Attributes
    ----------
    track : its orientations, and the trunk's
    position_m : (n, 3) of its origin, in the axes of the camera as it stood in that frame, NaN unknown
    landmarks_alone : True where its features could not be tracked
    way_up_late_s, subject_late_s : when the image orientation, or the choice of the subject, was corrected: what came
        before is not known; None where that did not happen
    least_aside_deg : angle between face and camera in the most frontal view; NaN without a face
    stretched : True where the face has proportions as only a stretched or squashed picture shows
    focal_ratio : focal length found over the one of the lens given; 1 where that is known
    """

    track: MotionTrack
    position_m: Floats
    landmarks_alone: bool
    focal_ratio: float
    way_up_late_s: float | None = None
    subject_late_s: float | None = None
    least_aside_deg: float = float("nan")
    stretched: bool = False


@dataclass(frozen=True, kw_only=True)
class FaceView:
    """How the face shows in one frame.

    Attributes
    ----------
    time_s : time of the frame
    distance_m, face_width_px, brightness, sharpness : of the face, as in ``PictureQuality``; NaN where there is none
    faces : number of faces seen
    subject_sure : False where it is uncertain which of them is the subject's
    way_up_sure : False while it is uncertain which way up the picture is
    """

    time_s: float
    distance_m: float
    face_width_px: float
    brightness: float
    sharpness: float
    faces: int
    subject_sure: bool
    way_up_sure: bool = True


@dataclass(frozen=True, kw_only=True)
class CurrentPose(FaceView):
    """Causal estimate of head and trunk in the newest frame; None where unknown.

    Attributes
    ----------
    head : (3, 3) orientation of the head, its axes as columns in camera axes of the picture as played; None if lost
    trunk : (3, 3) rotation of the trunk since its first keyframe; None where it is not followed
    position_m : (3,) the head's origin, camera axes
    """

    head: Floats | None
    trunk: Floats | None
    position_m: Floats | None
