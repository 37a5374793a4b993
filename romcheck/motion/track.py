"""What the face and trunk gave, frame by frame: the hand-over from pictures to motion."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from romcheck.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class PictureQuality:
    """How well the face could be seen, one value a frame.

    Attributes
    ----------
    brightness : (n,) median grey level of the face, 0-255; NaN without a face
    sharpness : (n,) fine detail of the face relative to its contrast, dimensionless; NaN without a face
    face_width_px : (n,) width of the face as if it looked at the camera, pixels; NaN without a face
    distance_m : (n,) camera to face, metres, from the size of an average adult face; NaN without a face
    faces : (n,) number of faces found
    subject_sure : (n,) False where another face could be mistaken for the subject's
    repeated : (n,) True where the picture is the one before once more while something moves; None: not looked for
    changed : (n,) True where it clearly differs from the one before; None: not looked for
    blended : (n,) True where one or two before it was mixed out of its neighbours; None: not looked for
    """

    brightness: Floats
    sharpness: Floats
    face_width_px: Floats
    distance_m: Floats
    faces: Ints
    subject_sure: Bools
    repeated: Bools | None = None
    changed: Bools | None = None
    blended: Bools | None = None


@dataclass(frozen=True)
class CameraCourse:
    """What the background says of the camera, one value a frame.

    Attributes
    ----------
    turned_deg : (n, 3) how far the camera, or the part of its picture that is shown, has gone across, down and around
        since the first view of the head, degrees; NaN where not known
    zoom : (n,) scale of the picture over that of the first view; NaN where not known
    another : (n,) True where the background is no longer the same at all
    """

    turned_deg: Floats
    zoom: Floats
    another: Bools


@dataclass(frozen=True)
class MotionTrack:
    """Orientation of head and trunk in every decoded frame.

    Axes
    ----
    Head axes: X to the subject's left, Y up, Z forward (out of the face). Camera axes: x right, y down,
    z away from the camera.

    Attributes
    ----------
    time_s : (n,) presentation times, strictly increasing
    valid : (n,) True where the head's orientation is known
    head : (n, 3, 3) rotation taking head axes to camera axes; NaN where not valid
    head_sigma_deg : (n,) standard uncertainty of the head's turn away from the first upright posture; NaN where
        not valid. It holds everything known of the camera and the pose (lens, distance, noise, the way of reading).
    trunk : (n, 3, 3) rotation of the trunk, in camera axes, since the first upright posture (identity there);
        NaN where the trunk could not be measured
    trunk_sigma_deg : (n,) standard uncertainty of the trunk's turn; NaN where not measured
    quality : how well the face could be seen
    camera : what the background says of the camera, which ``head`` has been corrected for; None: not looked at
    head_errors_deg : (n, k, 3) the part of that uncertainty which frames share: the rotation of the head by each of k
        independent sources of error at one standard deviation, as rotation vectors in camera axes; None: not known
    head_fit_deg : (n, 3, 3) the part which each frame has for itself, in the same form; None: not known
    way_up_sure : False where it stayed unsure which way up the picture is, so that left and right may be swapped
    """

    time_s: Floats
    valid: Bools
    head: Floats
    head_sigma_deg: Floats
    trunk: Floats
    trunk_sigma_deg: Floats
    quality: PictureQuality
    camera: CameraCourse | None = None
    head_errors_deg: Floats | None = None
    head_fit_deg: Floats | None = None
    way_up_sure: bool = True

    def __len__(self) -> int:
        return len(self.time_s)

    def mirrored(self) -> MotionTrack:
        """The same seen in a mirror: what was the subject's left is the right."""
        flip = np.diag([-1.0, 1.0, 1.0])
        errors, fit = (None if e is None else e * (1.0, -1.0, -1.0) for e in (self.head_errors_deg, self.head_fit_deg))
        head, trunk = flip @ self.head @ flip, flip @ self.trunk @ flip
        return replace(self, head=head, trunk=trunk, head_errors_deg=errors, head_fit_deg=fit)

    @property
    def trunk_valid(self) -> Bools:
        """(n,) True where the trunk was measured."""
        return np.isfinite(self.trunk_sigma_deg)
