"""Every constant of detecting and tracking a person, with its reason and source; angles in degrees."""

from __future__ import annotations

from dataclasses import dataclass

from romcheck.tracking.settings import TrackerSettings
from romcheck.tracking.sourced import chosen, measured, published


@dataclass(frozen=True)
class SearchSettings:
    """Face detection."""

    most_faces: int = chosen(2, "the subject, and one more to detect a second person")
    least_score: float = chosen(0.25, "the detector's score of a face to blur; low, as a missed face stays visible")
    least_far_score: float = chosen(0.5, "its score of a small face in which landmarks are searched")
    look_every: int = chosen(10, "pictures without a face between searches for far ones, the first after half as many")
    small: float = chosen(0.16, "of the longer side: larger faces that are missed are turned away")
    window: float = chosen(4.0, "sides of a small face's box: the part searched in the picture's place")
    inner: float = chosen(0.25, "of the window: a face nearer to its edge has it moved")
    height_per_box: float = chosen(1.4, "extent of the landmarks over the detector's box")


@dataclass(frozen=True)
class OrientationSettings:
    """Image orientation."""

    votes: int = chosen(5, "pictures with a face used for the decision")
    few_votes: int = chosen(2, "pictures used where it is obvious: the next ones look alike, later ones do not")
    obvious: float = chosen(0.6, "mean lead of the picture as played from which it is obvious; upright ones led by 0.8")
    most_votes: int = chosen(30, "pictures used at most while it is unclear")
    look_again_s: tuple[float, ...] = chosen((0.5, 1.0, 2.0), "after the decision: the first pictures are all alike")
    missing_s: float = chosen(0.7, "a face missing for so long causes another check, at this interval")
    least_sure: float = chosen(0.5, "score below which a detector's face is discarded")
    body_weight: float = chosen(0.6, "weight of a body below the chin, in units of the score")
    body_from: float = chosen(0.25, "below the box, in its heights, where the body is looked for")
    body_to: float = chosen(0.75, "and down to where")
    hair: float = chosen(0.2, "heights by which the box ends lower than the head, so that both are alike")
    as_played: float = chosen(0.15, "prior for the picture as played: most are upright")
    strong: float = chosen(
        0.3, "mean lead from which another orientation is accepted; true ones led by 0.6, false ones by 0.15"
    )
    clear: float = chosen(0.15, "mean lead below which it is uncertain")


@dataclass(frozen=True)
class SubjectSettings:
    """Choice of the subject; distances in widths of the face."""

    near: float = chosen(0.6, "a face that moves farther between two pictures is another one")
    confusable: float = chosen(1.3, "a face nearer than this could be taken for the subject's")
    same: float = chosen(0.4, "two faces nearer than this are one")
    same_size: float = chosen(1.25, "factor of growth from picture to picture that makes another face")
    most_grown: float = chosen(1.6, "factor by which a subject that was away may have come nearer")
    clearly_smaller: float = chosen(0.8, "of the largest: below it there is no doubt whose face is the subject's")
    stirs: float = chosen(0.02, "a face that never moved by this, 3 mm, is a picture on a wall or screen")
    still_for: int = chosen(75, "still pictures after which a moving face is chosen instead")
    forget_frames: int = chosen(45, "pictures without the subject after which a face may be somebody else's")


@dataclass(frozen=True)
class HeadSettings:
    """The head's region, axes, and initialisation."""

    square_on_deg: float = chosen(20.0, "a face turned farther aside looks narrower than it is")
    usual_proportion: tuple[float, float] = chosen(
        (1.13, 1.65),
        "from nose to chin over the width of the eyes: 1.27 to 1.50 in 33 clips and recordings, 1.07 to 1.11 in three "
        "squashed by a quarter (640 x 480 shown as 640 x 360); a face beyond is stretched or squashed, or very rare",
    )
    pupil_distance_m: float = published(
        0.063, "mean of adults; affects lengths, not angles", "Dodgson 2004, doi 10.1117/12.529999"
    )
    forehead_ahead_deg: float = chosen(
        6.0,
        "inclination of the line from chin to forehead, upright: 3-11 on heads of known vertical; an error of 5 "
        "costs 0.2 in a rotation of 60",
    )
    face_half_m: float = chosen(0.09, "half the side of the square that a face fills")
    straightest: int = chosen(20, "pictures used for the axes: a face seen 36 from below biases them by 3-4")
    above_brows: float = measured(
        0.1,
        "information of a feature above the brows: on rendered living heads these lag by 5-15 % of a turn",
        "benchmarks/accuracy.py",
    )
    fades_over_m: float = chosen(0.02, "from all to that share")
    least_facing: float = chosen(0.35, "cosine of skin to viewing ray: the outline slides over the skin")
    grid_px: int = chosen(5, "step in pixels between intersections with the surface")
    radius_m: float = chosen(0.17, "about the centre of the skull, searched for features")
    nearest_m: float = chosen(0.1, "least distance of the centre of the skull from the camera")
    reach_m: float = chosen(0.19, "all of a head lies within this of its origin")
    above_chin_m: float = chosen(-0.005, "lowest feature, from the chin's landmark")
    jaw_rise: float = chosen(0.35, "metres per metre by which the neck begins higher behind the chin")
    underside: float = chosen(
        0.87, "skin that faces down more steeply than 60 degrees hangs between jaw and neck and stays behind"
    )
    jaw_length_m: float = chosen(0.02, "behind the chin, where that skin begins")
    lid_m: float = chosen(0.004, "margin about eyes and lips, left out too")
    square_enough_deg: float = chosen(
        30.0, "the first keyframe, which gives the face's shape, is at most this far from frontal"
    )
    less_square: float = chosen(1.5, "factor on that, vertically, and horizontally where no picture is more frontal")
    wait_for_square_s: float = chosen(1.5, "a face not seen frontally for so long is filmed from the side")
    try_every: int = chosen(5, "pictures between two attempts to initialise")
    recall_s: float = chosen(
        1.0, "so long the head is looked for in the map of an earlier recording; the starting position is held longer"
    )
    least_to_start: float = chosen(1.5, "factor on `least_inliers`, to initialise")
    least_outline: float = chosen(0.6, "likelihood from which a pixel shows the person")
    detail_px: float = chosen(1.5, "standard deviation of the blur that sharpness is taken from")


@dataclass(frozen=True)
class AttentionSettings:
    """In which pictures the landmarks are looked for, and the head is followed."""

    pictures_ago: int = chosen(4, "whose following decides: the tracker lags so far behind the landmarks at most")
    longest_delay_s: float = chosen(0.2, "until doubt is acted on; with fewer than 20 pictures/s all are looked at")
    look_every_s: float = chosen(0.3, "of a head that is surely followed: who else is there changes slowly")
    sure_inlier_ratio: float = chosen(0.6, "of features found where they are known from; 0.30 are believed at all")
    slow_deg_per_s: float = chosen(60.0, "faster, a head may be lost by the next picture")
    alone_s: float = chosen(2.0, "so long nobody else was seen")
    first_s: float = chosen(1.0, "from the first face on, every picture: rest gives the head's axes")


@dataclass(frozen=True)
class TrunkSettings:
    """The trunk's region and its acceptance."""

    tracker: TrackerSettings = chosen(  # noqa: RUF009
        TrackerSettings(
            reach_deg=40.0, most_features=90, least_inliers=16, least_inlier_ratio=0.2, features_per_keyframe=140,
            spacing_px=8.0, least_facing=0.1, depth_sd=0.02, most_step_deg=20.0, least_feature_inlier_ratio=0.0,
            mapping_inlier_ratio=0.2, relocalised_inlier_ratio=0.25, prior_updates=0,
        ),
        "flatter, smoother and rotating less than a head: fewer inliers are required, and the prior is kept",
    )  # fmt: skip
    every_s: float = chosen(0.19, "it moves slowly: five times per second are enough")
    moves_deg: float = chosen(1.0, "rotation between two poses from which it is tracked more often")
    moving_s: float = chosen(0.09, "then at this interval: stripes repeat every one or two centimetres")
    farthest_turn_deg: float = chosen(45.0, "no seated trunk turns farther")
    half_axes_m: tuple[float, float, float] = chosen((0.24, 0.20, 0.12), "of an average adult's chest, as far as seen")
    below_ears_m: float = chosen(0.30, "the chest's middle below the head's origin")
    behind_ears_m: float = chosen(0.05, "and behind it")
    least_facing: float = chosen(0.15, "cosine below which the ellipsoid's normal is not used")
    below_chin_m: float = chosen(0.05, "from where shoulders are searched, below the chin's landmark")
    behind_chin_m: float = chosen(0.03, "and behind it")
    shoulders_m: float = chosen(0.26, "breadth of an outline with shoulders (0.35-0.5); heads with hair reach 0.23")
    broad_for_m: float = chosen(0.03, "it stays so broad over this length; a hand or a collar is shorter")
    neck_foot_m: tuple[float, float] = chosen(
        (0.11, 0.08),
        "half breadth and depth, between the shoulders, of what goes along with the head: the neck, its skin below it, "
        "and collars; with 0.07 and 0.04 rendered trunks that turned by 1 to 2 were read as 1.3 to 3.7",
    )
    outline_margin_px: int = chosen(9, "window by which the outline is eroded")
    agree_deg: float = chosen(3.0, "difference allowed between halves: those of a true trunk differ by up to 1.5")
    agree_share: float = chosen(0.4, "the same as a share of their rotation")
    still_agree_deg: float = chosen(6.0, "the same where the whole is still: one shoulder is small and flat")
    most_share: float = chosen(0.5, "of the head's rotation; seated trunks follow by 0.15 (0.10), Niewiadomski 2019")
    restless_s: float = chosen(1.0, "before and after a moment over which a trunk's own rotation is judged: a hold")
    restless_deg: float = chosen(1.0, "standard deviation of a trunk that sways")
    least_both_read: float = chosen(0.5, "share of the frames in which both halves must be tracked")
    least_of_a_half: int = chosen(8, "inliers from which the pose of a half is estimated")
    most_of: float = chosen(0.95, "quantile used for the largest rotation, robust to a few outliers")


@dataclass(frozen=True)
class FollowingSettings:
    """Rate of tracking, and fallbacks where the features are lost."""

    longest_pause_s: float = chosen(0.14, "a resting or slow head moves uniformly for a seventh of a second")
    still_deg: float = chosen(1.2, "motion of the face in the picture, as a rotation, below which it is skipped")
    batch: int = chosen(400, "frames whose poses are estimated together in the second pass")
    left_out_share: float = chosen(
        0.1, "of the features of a head that only what is no trial shows: from there the second pass is made without it"
    )
    far_from_mesh_deg: float = chosen(
        25.0, "a head found so far from the landmarks is rejected; their error is up to 15"
    )
    look_round_every: int = chosen(3, "interval, in pictures, at which a lost head is searched in the other faces")
    landmarks_for_s: float = chosen(
        0.4,
        "for which landmarks alone are used once the features are tracked: for a face hardly seen they are invented",
    )
    landmarks_deg: float = chosen(1.5, "standard uncertainty of bridging by the landmarks: their jitter")
    landmarks_share: float = chosen(0.25, "and as a share of the rotation")
    followed_share: float = chosen(
        0.5,
        "share of the pictures with a face, from the first tracked one on, below which the landmarks alone are used",
    )
    landmarks_alone_deg: float = chosen(3.0, "their standard uncertainty: they differ so much between people")
    landmarks_alone_share: float = chosen(0.2, "the same as a share of the rotation: 57 is read as about 48")
    froze_deg: float = chosen(2.0, "a frozen picture hides no movement if the head is found within this afterwards")
    froze_deg_per_s: float = chosen(15.0, "or, at the end of a video, moved slower than this before")


@dataclass(frozen=True)
class UncertaintySettings:
    """Standard uncertainties of a frame's orientation."""

    fit_factor: float = chosen(
        3.0,
        "factor on the fit's uncertainty: neighbouring features err alike; benchmarks/fit_uncertainty.py found 1.9 to "
        "2.7 with each set of heads left out, whose own holds lay inside in 40 to 100 %",
    )
    cluster_factor: float = chosen(
        3.0,
        "factor on the cluster-robust uncertainty: clusters of skin are correlated too; beside the fit, 0 to 1.4 were "
        "found, but made-up heads whose clusters alone err need 2.2 to 3.5 (tests/tracking/test_clusters.py)",
    )
    turn_scale: float = chosen(
        0.010, "share of a rotation out of the image plane: errors common to all features; no more than 0 was found"
    )
    lens_scale: float = measured(
        0.45,
        "share of a rotation per relative error of the focal length: 15 % cost 2-7 at 40-75",
        "benchmarks/sensitivity.py",
    )
    detailed_px: float = chosen(115.0, "width of a face from which more pixels do not make its turn surer")
    coarse_share: float = chosen(
        0.003,
        "share of a rotation per pixel below that: living heads of 78 pixels were read up to 6 wrong at 42-52, "
        "plaster-like ones up to 3 at 65 pixels",
    )
    aside_share: float = chosen(
        0.03,
        "the same where tracking began farther aside than `square_enough_deg`: turns of 45-58 of 8 mannequins filmed "
        "from 35 and 45 degrees beside were read 1.9 wrong in root mean square, one 4.3 too large",
    )
    cropped_share: float = chosen(
        0.15,
        "share of a rotation where the picture was cropped and its middle taken for the lens's: 8 turns of 42-77 in "
        "the left or right 400 of 640 columns were read 30 % too small to 3 % too large, 13 % root mean square",
    )
    stretched_share: float = chosen(
        0.2, "the same where the picture was stretched, of tilts too: 27 read as 21 in one squashed by a quarter"
    )
    stride_deg: float = chosen(8.0, "keyframes farther apart share few features")
    stride_share: float = chosen(
        0.3,
        "standard uncertainty of a larger step, as a share of what exceeds that: with 0.2 a turn with 5 new pictures a "
        "second was read 4.2 too small with a half-width of 4.1",
    )
    back_deg: float = chosen(10.0, "this near to its start, a head matches its first keyframes again")
    rough_deg: float = chosen(
        1.6,
        "departure of a pose from the middle between its neighbours, root mean square: up to 1.55 on living heads "
        "tracked well, 3.4 and more where the pose slipped off by 10 to 30",
    )
    rough_share: float = chosen(5.0, "standard uncertainty of a rough course, per degree of its excess")
    rough_s: float = chosen(0.15, "the course is judged over this long before and after a frame")
    most_deg_per_s2: float = chosen(500.0, "acceleration of a head in these tests: 60 in 1 s take 350")
    one_jump_s: float = chosen(0.2, "jumps closer together than this are one")
    trunk_fit_factor: float = chosen(
        1.5, "features on one piece of cloth are correlated; benchmarks/fit_uncertainty.py found 0 to 0.3"
    )
    trunk_floor_deg: float = chosen(0.5, "constant part for any frame, as cloth slips; no more than 0 was found")
    trunk_scale: float = chosen(
        0.15,
        "share of the trunk's rotation: a chest is flatter than a head; rendered trunks are read 0.0-0.9 degrees, a "
        "quarter at most, too large for 2-5, and 0.1-1.9 for 15; 10 to 12 % were found",
    )


@dataclass(frozen=True)
class PersonSettings:
    """All of them."""

    search: SearchSettings = SearchSettings()
    orientation: OrientationSettings = OrientationSettings()
    subject: SubjectSettings = SubjectSettings()
    head: HeadSettings = HeadSettings()
    trunk: TrunkSettings = TrunkSettings()
    attention: AttentionSettings = AttentionSettings()
    following: FollowingSettings = FollowingSettings()
    uncertainty: UncertaintySettings = UncertaintySettings()


PERSON = PersonSettings()
