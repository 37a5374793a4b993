"""Every constant of finding and following a person, with its reason and source; angles in degrees."""

from __future__ import annotations

from dataclasses import dataclass

from romcheck.tracking.settings import TrackerSettings
from romcheck.tracking.sourced import chosen, measured, published


@dataclass(frozen=True)
class SearchSettings:
    """Finding faces."""

    most_faces: int = chosen(2, "the subject, and one more to know that somebody else is there")
    least_score: float = chosen(0.25, "the detector's sureness of a face to blur; low, as one missed is seen")
    least_far_score: float = chosen(0.5, "its sureness of a small face to look for landmarks in")
    look_every: int = chosen(10, "pictures without a face between looks for far ones, the first after half as many")
    small: float = chosen(0.16, "of the longer side: larger faces that are missed are turned away")
    window: float = chosen(4.0, "sides of a small face's box: the part searched in the picture's place")
    inner: float = chosen(0.25, "of the window: a face nearer to its edge has it moved")
    height_per_box: float = chosen(1.4, "extent of the landmarks over the detector's box")


@dataclass(frozen=True)
class OrientationSettings:
    """Which way up the pictures are."""

    votes: int = chosen(5, "pictures with a face asked before it is settled")
    most_votes: int = chosen(30, "pictures asked in all while it stays unclear")
    look_again_s: tuple[float, ...] = chosen((0.5, 1.0, 2.0), "after it was settled: first pictures are all alike")
    missing_s: float = chosen(0.7, "a face missing so long has it asked again, so often")
    least_sure: float = chosen(0.5, "sureness below which a detector's face is none")
    body_weight: float = chosen(0.6, "a whole body below the chin, in units of sureness: twice the doubt it leaves")
    body_from: float = chosen(0.25, "below the box, in its heights, where the body is looked for")
    body_to: float = chosen(0.75, "and down to where")
    hair: float = chosen(0.2, "heights by which the box ends lower than the head, so that both are alike")
    as_played: float = chosen(0.15, "head start of the picture as it is played: most are upright")
    strong: float = chosen(0.3, "mean lead from which another way is believed; heads led by 0.6 right, 0.15 wrong")
    clear: float = chosen(0.15, "mean lead below which it is unsure")


@dataclass(frozen=True)
class SubjectSettings:
    """Whose face is measured; distances in widths of the face."""

    near: float = chosen(0.6, "a face that moves farther between two pictures is another one")
    confusable: float = chosen(1.3, "a face nearer than this could be taken for the subject's")
    same: float = chosen(0.4, "two faces nearer than this are one")
    same_size: float = chosen(1.25, "factor of growth from picture to picture that makes another face")
    most_grown: float = chosen(1.6, "factor by which a subject that was away may have come nearer")
    clearly_smaller: float = chosen(0.8, "of the largest: below it there is no doubt whose face is the subject's")
    stirs: float = chosen(0.02, "a face that never moved by this, 3 mm, is a picture on a wall or screen")
    still_for: int = chosen(75, "pictures so still after which one that moves is taken instead")
    forget_frames: int = chosen(45, "pictures without the subject, after which a face may be somebody else's")


@dataclass(frozen=True)
class HeadSettings:
    """The head's region, axes, and beginning."""

    pupil_distance_m: float = published(
        0.063, "mean of adults; it sets lengths, never angles", "Dodgson 2004, doi 10.1117/12.529999"
    )
    forehead_ahead_deg: float = chosen(
        6.0, "lean of chin to forehead, upright: 3-11 on heads of known vertical; 5 wrong cost 0.2 in a turn of 60"
    )
    straightest: int = chosen(20, "pictures that give the axes: a face seen 36 from below misleads them by 3-4")
    above_brows: float = measured(
        0.1,
        "information of a feature above the brows: on rendered living heads these lag by 5-15 % of a turn",
        "benchmarks/accuracy.py",
    )
    fades_over_m: float = chosen(0.02, "from all to that share")
    least_facing: float = chosen(0.35, "cosine of skin to viewing ray: the outline slides over the skin")
    grid_px: int = chosen(5, "pixels between those that are looked up on the surface")
    radius_m: float = chosen(0.17, "about the middle of the skull, looked at for features")
    nearest_m: float = chosen(0.1, "a skull whose middle would be nearer to the camera is looked at as if so far")
    reach_m: float = chosen(0.19, "all of a head lies within this of its origin")
    above_chin_m: float = chosen(-0.005, "lowest feature, from the chin's landmark")
    jaw_rise: float = chosen(0.35, "metres a metre that the neck begins higher behind the chin")
    underside: float = chosen(
        0.87, "skin that faces down more steeply than 60 degrees hangs between jaw and neck and stays behind"
    )
    jaw_length_m: float = chosen(0.02, "behind the chin, where that begins")
    lid_m: float = chosen(0.004, "about eyes and lips, that is left out too")
    square_enough_deg: float = chosen(30.0, "the first keyframe shows the face so squarely: its shape is taken there")
    less_square: float = chosen(1.5, "times that, up and down, and to the side where it was never squarer")
    wait_for_square_s: float = chosen(1.5, "a face not seen squarely for so long is filmed from the side")
    try_every: int = chosen(5, "pictures between two attempts to begin")
    least_to_start: float = chosen(1.5, "times the features that are needed, to begin with")
    least_outline: float = chosen(0.6, "likelihood from which a pixel shows the person")
    detail_px: float = chosen(1.5, "standard deviation of the blur that sharpness is taken from")


@dataclass(frozen=True)
class TrunkSettings:
    """The trunk's region, and whether it is one."""

    tracker: TrackerSettings = chosen(  # noqa: RUF009
        TrackerSettings(
            reach_deg=40.0, most_features=90, least_inliers=16, least_inlier_ratio=0.2, features_per_keyframe=140,
            spacing_px=8.0, least_facing=0.1, depth_sd=0.02, most_step_deg=20.0, least_feature_inlier_ratio=0.0,
            mapping_inlier_ratio=0.2, relocalised_inlier_ratio=0.25, prior_updates=0,
        ),
        "flatter, smoother and turned less than a head: fewer inliers are asked, and its prior is kept",
    )  # fmt: skip
    every_s: float = chosen(0.19, "it moves slowly: five looks a second are enough")
    moves_deg: float = chosen(1.0, "a turn between two looks from which it is looked at more often")
    moving_s: float = chosen(0.09, "so often: stripes repeat every one or two centimetres")
    farthest_turn_deg: float = chosen(45.0, "no seated trunk turns farther")
    half_axes_m: tuple[float, float, float] = chosen((0.24, 0.20, 0.12), "of an average adult's chest, as far as seen")
    below_ears_m: float = chosen(0.30, "the chest's middle below the head's origin")
    behind_ears_m: float = chosen(0.05, "and behind it")
    least_facing: float = chosen(0.15, "cosine below which the ellipsoid's normal is not believed")
    below_chin_m: float = chosen(0.05, "from where shoulders are looked for, below the chin's landmark")
    behind_chin_m: float = chosen(0.03, "and behind it")
    shoulders_m: float = chosen(0.26, "breadth of an outline with shoulders (0.35-0.5); heads with hair reach 0.23")
    broad_for_m: float = chosen(0.03, "so far down it stays so broad; a hand or a collar is soon passed")
    neck_foot_m: tuple[float, float] = chosen((0.07, 0.04), "half breadth and depth of the neck between the shoulders")
    outline_margin_px: int = chosen(9, "window by which the outline is made smaller")
    agree_deg: float = chosen(3.0, "by which halves may differ: those of a true trunk do by up to 1.5")
    agree_share: float = chosen(0.4, "of the turn they show, by which they may")
    still_agree_deg: float = chosen(6.0, "the same where the whole keeps still: one shoulder is small and flat")
    most_share: float = chosen(0.5, "of the head's turn; seated trunks join in by 0.15 (0.10), Niewiadomski 2019")
    least_both_read: float = chosen(0.5, "of the frames read, in which both halves must be")
    least_of_a_half: int = chosen(8, "inliers from which a half is read by itself")
    most_of: float = chosen(0.95, "quantile taken for the largest turn, a few outliers left out")


@dataclass(frozen=True)
class FollowingSettings:
    """How often a person is looked at, and what stands in where the features are lost."""

    longest_pause_s: float = chosen(0.14, "a head that rests or turns slowly moves evenly for a seventh of a second")
    still_deg: float = chosen(2.0, "turn of the landmarks below which it does")
    standstill_deg: float = chosen(0.3, "from picture to picture; the features of a still head jitter as much")
    batch: int = chosen(400, "frames whose poses are read together in the second pass")
    far_from_mesh_deg: float = chosen(25.0, "a head found so far from the landmarks is not believed; they err by 15")
    look_round_every: int = chosen(3, "pictures in which a lost head is looked for in the other faces")
    landmarks_for_s: float = chosen(0.4, "landmarks alone are believed: of a face hardly seen they make one up")
    landmarks_deg: float = chosen(1.5, "standard uncertainty of going on by the landmarks: their jitter")
    landmarks_share: float = chosen(0.25, "and the share by which they misread a turn")
    followed_share: float = chosen(0.5, "of the pictures with a face, below which the landmarks alone are taken")
    landmarks_alone_deg: float = chosen(3.0, "standard uncertainty of those: they differ so much between people")
    landmarks_alone_share: float = chosen(0.2, "of the turn: one of 57 is read as about 48")
    froze_deg: float = chosen(2.0, "a picture that stood still hides nothing if the head was found within this after")
    froze_deg_per_s: float = chosen(15.0, "or, at the end of a video, moved slower than this before")


@dataclass(frozen=True)
class UncertaintySettings:
    """How far a frame's orientation may be off; standard uncertainties."""

    cluster_factor: float = measured(
        3.0, "of the cluster-robust uncertainty: clusters of skin err together as well", "benchmarks/fit_uncertainty.py"
    )
    turn_scale: float = measured(
        0.010, "of a turn in depth: what all features have in common", "benchmarks/fit_uncertainty.py"
    )
    lens_scale: float = measured(
        0.45, "of a turn for a relative error of the focal length: 15 % cost 2-7 at 40-75", "benchmarks/sensitivity.py"
    )
    found_focal_sd: float = chosen(
        0.08,
        "relative: of an assumed focal length that the map found; off by 0.07 on heads seen through 60-70 degrees, "
        "where the map's clusters disagree by 0.02",
    )
    stride_deg: float = chosen(8.0, "keyframes farther apart share few features")
    stride_share: float = chosen(0.2, "of what goes beyond, by which the turn between them is less sure")
    back_deg: float = chosen(10.0, "back this near to where it began, a head meets its first keyframes again")
    one_jump_s: float = chosen(0.2, "jumps so near to each other are one")
    trunk_fit_factor: float = chosen(3.0, "features of one piece of cloth err together")
    trunk_floor_deg: float = chosen(0.5, "standing error of any frame's trunk")
    trunk_scale: float = chosen(0.2, "of the trunk's turn: a chest is flatter than a head and shows less relief")


@dataclass(frozen=True)
class PersonSettings:
    """All of them."""

    search: SearchSettings = SearchSettings()
    orientation: OrientationSettings = OrientationSettings()
    subject: SubjectSettings = SubjectSettings()
    head: HeadSettings = HeadSettings()
    trunk: TrunkSettings = TrunkSettings()
    following: FollowingSettings = FollowingSettings()
    uncertainty: UncertaintySettings = UncertaintySettings()


PERSON = PersonSettings()
