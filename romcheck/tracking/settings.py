"""Every constant of tracking a rigid body, with its reason and source; angles in degrees unless named otherwise.

Sizes in pixels are of the working picture. The symbols are explained in `docs/tracker.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

from romcheck.tracking.sourced import chosen, measured


@dataclass(frozen=True)
class TrackerSettings:
    """Tracking of one body; head and trunk have one each."""

    reach_deg: float = chosen(28.0, "beyond this rotation a patch no longer matches its reference")
    most_features: int = chosen(96, "features used for a pose; more do not improve it")
    most_guess_features: int = chosen(56, "features by which a guess is scored, in the smaller picture")
    most_keyframe_features: int = chosen(400, "the more features keyframes share, the better they are adjusted")
    least_zncc: float = chosen(0.55, "ZNCC above which a patch is an inlier")
    least_inliers: int = chosen(18, "fewer do not constrain the six degrees of freedom of a pose")
    least_inlier_ratio: float = chosen(0.30, "inlier ratio from which a pose is accepted")
    mapping_inlier_ratio: float = chosen(0.40, "inlier ratio from which new features are taken at a pose")
    relocalised_inlier_ratio: float = chosen(0.50, "inlier ratio from which a pose is accepted after a loss")
    mapping_deg: float = chosen(8.0, "movement from all keyframes with new features to the next such")
    keyframe_deg: float = chosen(3.5, "movement from the last keyframe to the next")
    keyframes_per_place: int = chosen(6, "keyframes within `keyframe_deg` of each other; more add little and cost time")
    features_per_keyframe: int = chosen(100, "most new features from one keyframe")
    spacing_px: float = chosen(6.0, "distance between new features")
    least_facing: float = chosen(0.30, "cosine of skin to viewing ray below which a patch is too slanted")
    depth_sd: float = measured(
        0.015, "relative: 9 mm at 0.6 m, the error of the corrected prior on living heads", "benchmarks/accuracy.py"
    )
    prior_updates: int = chosen(3, "corrections of the prior before the last adjustment; 0 where its shape is kept")
    least_feature_inlier_ratio: float = chosen(0.35, "a feature found less often than this was not on the body")
    cluster_halvings: int = chosen(5, "2 to this power clusters of features: eight give a less reliable uncertainty")
    most_step_deg: float = chosen(25.0, "a pose farther from its guess than this is false")
    most_refinement_px: float = chosen(3.0, "a patch that moves farther in refinement has matched another one")


@dataclass(frozen=True)
class PatchSettings:
    """Patches and how they are compared."""

    radius_px: int = chosen(7, "half-width of the patch compared, in pixels of its level")
    kept_radius_px: int = chosen(20, "half-width of the patch stored: room for one seen twice as large later")
    contrast_window_px: int = chosen(15, "larger than pores and stubble, smaller than shading")
    contrast_noise: float = chosen(3.0, "grey levels: keeps the camera noise of blank skin from being amplified")
    edge_px: float = chosen(1e-3, "a sample beyond the stored patch is clamped this far inside its last pixel")
    farthest_px: float = chosen(1e6, "a feature farther from the picture than this is not projected")
    sheet_columns: int = chosen(48, "patches side by side in the picture that stores them")


@dataclass(frozen=True)
class AlignmentSettings:
    """From a guess to a pose, and from a pose to pixels."""

    steps: int = chosen(3, "Gauss-Newton steps of the pose at each level")
    step_tolerance_px: float = chosen(0.03, "alignment ends when patches move less than this")
    damping: float = chosen(1e-3, "share added to the diagonal of the normal equations")
    zncc_scale: float = chosen(0.3, "a patch with a ZNCC this far below 1 has half the weight")
    least_guess_zncc: float = chosen(0.15, "mean ZNCC below which a guess is discarded")
    sure_guess_zncc: float = chosen(0.75, "mean ZNCC above which no other guess is tried")
    near_deg: float = chosen(15.0, "features anchored within this should be found if the pose is right")
    relocalised_factor: float = chosen(1.7, "inliers a lost body must show, in units of `least_inliers`")
    relocalised_share: float = chosen(0.6, "or this share of the features that should be seen, if that is less")
    tries_to_judge: int = chosen(12, "a feature tried more often than this is judged by its inlier ratio")
    refinement_steps: int = chosen(3, "refinement steps of each patch; it must converge")
    most_refinement_step_px: float = chosen(1.0, "longest single refinement step")
    shading: float = chosen(
        0.003, "share of a patch's contrast due to changing light: it shifts smooth patches far, textured ones little"
    )
    noise_floor_px: float = chosen(0.12, "no patch is located better; from heads of known shape")
    noise_floor_px_per_deg: float = chosen(0.045, "and worse by this per degree from its anchor: skin is not flat")
    body_radius_m: float = chosen(
        0.09, "distance of a head's skin from its axis, to compare translations with rotations"
    )
    nearest_depth_m: float = chosen(0.05, "points nearer to the camera than this are not projected")


@dataclass(frozen=True)
class AdjustmentSettings:
    """Bundle adjustment and resection."""

    cauchy_scale: float = measured(
        1.0,
        "residuals beyond so many standard deviations are downweighted: features of skin and hair that lag behind the "
        "skull are biased in one direction",
        "benchmarks/accuracy.py",
    )
    function_tolerance: float = chosen(1e-4, "adjustment ends when a step lowers the cost by less than this share")
    function_tolerance_focal: float = chosen(
        1e-5, "the same with the focal length free, along which the cost changes little"
    )
    fixed_depth_sd: float = chosen(1e-4, "relative standard deviation of the depth of a feature that is to stay")
    first_damping: float = chosen(1e-3, "Levenberg-Marquardt damping to begin with")
    least_damping: float = chosen(1e-6, "and at least")
    most_damping: float = chosen(1e4, "damping beyond which no step lowers the cost")
    damping_down: float = chosen(5.0, "damping is divided by this after a successful step")
    damping_up: float = chosen(10.0, "and multiplied by this after a failed one")
    most_turn_rad: float = chosen(0.5, "longest single step of a keyframe's rotation")
    most_log_depth: float = chosen(0.3, "and of the logarithm of a depth")
    most_log_focal: float = chosen(0.1, "and of that of the focal length")
    local_keyframes: int = chosen(10, "keyframes adjusted when one is inserted: those nearest in rotation")
    local_iterations: int = chosen(3, "iterations of local adjustment")
    global_steps: int = chosen(8, "single global steps after a new keyframe, while the body rests")
    global_iterations: int = chosen(25, "iterations of the last, global adjustment")
    resection_iterations: int = chosen(8, "iterations of estimating the frames' poses on fixed points")
    resection_tolerance: float = chosen(1e-5, "radians or metres: they end when no pose moves more")
    most_resection_turn_rad: float = chosen(0.2, "longest single step of a frame's rotation")


@dataclass(frozen=True)
class SurfaceSettings:
    """The prior surface and its correction."""

    grid_deg: float = chosen(4.0, "grid of the star-shaped surface")
    reach_m: float = chosen(0.25, "how far in front of the body's centre a viewing ray is searched")
    reach_behind: float = chosen(0.3, "and how far behind it, as a share of that")
    ray_steps: int = chosen(33, "steps of a centimetre; between them the surface is taken as flat")
    normal_reach_m: float = chosen(0.005, "half the distance normals are computed over")
    curvature_reach_m: float = chosen(0.012, "half the distance curvature is computed over: about a patch of skin")
    most_curvature: float = chosen(
        15.0, "1/metre; larger curvatures of the prior surface are not used (tip of the nose)"
    )
    skull_half_axes: tuple[float, float, float] = chosen(
        (0.52, 0.70, 0.64), "of the face's width: an average adult's skull, about 15 : 23 : 19 cm with hair"
    )
    skull_behind: float = chosen(0.62, "of the face's width: the skull's middle behind the bridge of the nose")
    seam_deg: float = chosen(10.0, "over which face and skull are blended")
    smoothing_cells: float = chosen(0.6, "of the grid, over the whole surface")
    low_order_sd: float = chosen(0.10, "of the radius, of each harmonic: variation of head proportions")
    least_radial_gain: float = chosen(
        0.3, "where the surface is nearly parallel to the ray the depth does not determine its radius"
    )
    most_prior_change: float = chosen(0.2, "relative change of a prior depth; more would be implausible")
    least_seen: int = chosen(3, "a feature seen in no more keyframes is not used for the surface")
    corner_quality: float = chosen(0.01, "corner strength of a new feature, relative to the strongest")
    corner_block_px: int = chosen(7, "window of the corner detector")


@dataclass(frozen=True)
class WorkingPictureSettings:
    """The working picture."""

    face_width_px: float = chosen(170.0, "more pixels cost time and show no more than a webcam resolves")
    least_face_width_px: float = measured(
        130.0,
        "smaller faces are enlarged to it: on a patch of few pixels skin is far from flat; 24 turns of faces of 78-98 "
        "pixels were read 2.1 wrong on average, enlarged 1.1; 0.8 where enlarged to 170, but living ones worse then",
        "benchmarks/sensitivity.py",
    )
    most_enlarged: float = chosen(2.0, "and at most by this")
    margin: float = chosen(1.25, "undistortion enlarges a picture at most by this factor")
    smooth_below: float = chosen(0.7, "pictures scaled down below this are smoothed before")
    smoothing: float = chosen(0.4, "by this over the scale, pixels")


@dataclass(frozen=True)
class SmallMotionSettings:
    """Whether a part of the picture moved since an earlier picture."""

    cells: int = chosen(32, "a side of the thumbnail: of a face, 6 mm of skin a cell")
    most_left: float = chosen(
        0.2, "of its contrast, left without the motion: noise leaves 0.05, turns of 2 degrees 0.2"
    )


@dataclass(frozen=True)
class CameraWatchSettings:
    """Detection of camera motion."""

    width_px: int = chosen(
        160, "width of the pictures compared: a thirtieth of a pixel is detectable, a tenth of a degree"
    )
    coarse_px: int = chosen(40, "where that fails, this width is used first")
    every_s: float = chosen(0.25, "between two checks while the camera is still")
    clearance: float = chosen(
        0.05, "from the person, of the longer side: heads and shoulders move, outlines are inexact"
    )
    least_background: float = chosen(0.08, "less of the picture than this is no background to rely on")
    least_coarse_share: float = chosen(0.7, "a coarse pixel is background if this much of it is")
    least_coarse_pixels: int = chosen(50, "background in the coarse picture")
    steps: int = chosen(6, "Gauss-Newton steps")
    step_tolerance_px: float = chosen(0.02, "convergence: the background moves less than this")
    most_pixels: int = chosen(4000, "more pixels of the background do not improve the registration")
    still_deg: float = chosen(0.4, "less is not corrected: a still camera is read as moving by a quarter of it")
    still_scale: float = chosen(0.008, "the same of a zoom")
    moves_deg: float = chosen(0.15, "a camera that moved more between two checks is checked in every picture")
    moves_scale: float = chosen(0.004, "the same of a zoom")
    noise: float = chosen(1.5, "grey levels, lower bound of the noise: compression of a still wall")
    tukey_scale: float = chosen(4.7, "of the Tukey weights, in standard deviations: the usual one")
    spread_factor: float = chosen(1.5, "standard deviation over median absolute residual")
    least_zncc: float = chosen(0.85, "from which the background is found again")
    least_matched: float = chosen(0.5, "share of its part still in the picture that must match")
    least_seen: float = chosen(0.15, "share of it that must still be in the picture")
    correlated: float = chosen(30.0, "pixels with correlated errors: light and compression change whole patches")
    sure_shift: float = chosen(0.004, "standard uncertainty, in half the longer side, below which a shift is known")
    sure_scale: float = chosen(0.008, "the same of scale and turn")
    parallax_share: float = chosen(0.2, "of what is corrected: a camera moved, not turned, moves a far wall less")
    dolly_share: float = chosen(0.1, "the same of one pushed forward, not zoomed")
    other_grey: float = chosen(12.0, "grey levels by which another background differs")
    other_share: float = chosen(0.5, "in so much of it")


@dataclass(frozen=True)
class FreshnessSettings:
    """Detection of repeated pictures."""

    longest_px: int = chosen(320, "a picture is subsampled to this")
    cells: int = chosen(80, "and averaged to this: noise of sensor and codec falls to a level")
    one_in: int = chosen(20, "one cell in so many, those that change most, is used: heads may be small")
    moving: float = chosen(2.0, "grey levels that only movement makes; noise and codec reach 1.2, a slow turn 4")
    repeat_share: float = chosen(0.25, "of the expected change, below which a picture is a repeat; stops are slower")
    most_noise: float = chosen(1.2, "what a codec makes of the same picture, grey levels")
    most_refreshed: float = chosen(3.0, "what it makes once in a while, at a codec's key frame")
    remembered_s: float = chosen(5.0, "after this time the last movement is ignored")
    fast: float = chosen(5.0, "grey levels, from which blends of two pictures are detected")
    blend_left: float = chosen(0.15, "share of its change left when a blend is fitted by its neighbours")
    kink_left: float = chosen(0.2, "share left of the picture after it, at least")
    sudden: float = chosen(3.0, "factor of the second over the first: in uniform motion all pictures resemble blends")


@dataclass(frozen=True)
class TrackingSettings:
    """All of them."""

    patches: PatchSettings = PatchSettings()
    alignment: AlignmentSettings = AlignmentSettings()
    adjustment: AdjustmentSettings = AdjustmentSettings()
    surface: SurfaceSettings = SurfaceSettings()
    picture: WorkingPictureSettings = WorkingPictureSettings()
    small_motion: SmallMotionSettings = SmallMotionSettings()
    camera: CameraWatchSettings = CameraWatchSettings()
    freshness: FreshnessSettings = FreshnessSettings()


TRACKING = TrackingSettings()
