"""Watch a person frame by frame, and tell in the end how head and trunk stood in each.

The first pass goes along with the video: landmarks find the face and say roughly how it stands, the tracker follows
the head's and the trunk's own features. The second pass, at the end, adjusts all views together and reads every
frame's pose anew from the features seen in it, without lag.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from romcheck.arrays import Floats, Rgb
from romcheck.geometry.intrinsics import Lens
from romcheck.geometry.pose import Pose
from romcheck.geometry.rotations import turn_deg, turns_deg
from romcheck.motion.track import MotionTrack, PictureQuality
from romcheck.person import mesh_pose
from romcheck.person.head_region import HeadRegion
from romcheck.person.landmarks import PersonOutline
from romcheck.person.subject import Expected, Sighting, Up, turned, width_of
from romcheck.person.trunk_belief import belief
from romcheck.person.trunk_region import TrunkRegion
from romcheck.person.uncertainty import head_sigma_deg, stride_sigma_deg, trunk_sigma_deg
from romcheck.tracking.bundle_adjustment import Observations, resect
from romcheck.tracking.camera_watch import CameraWatch, Steadying, as_shown, parallax_deg, zoom_sd
from romcheck.tracking.fresh_pictures import FreshPictures, Look
from romcheck.tracking.patch_alignment import Picture
from romcheck.tracking.rigid_tracker import Fit, RigidTracker, TrackerSettings
from romcheck.tracking.working_picture import WorkingPicture

SQUARE_ENOUGH_DEG = 30.0
"""The first view must show the face this squarely: its shape is taken from there."""
WAIT_FOR_SQUARE_S = 1.5
"""A face that has not been seen so squarely for this long is filmed from the side: then half as far again must do."""
TRY_EVERY = 5
LEAST_TO_START = 1.5
"""A head that shows hardly more features than are needed is looked at again so many pictures later."""
FOLLOWED_SHARE = 0.5
"""A head followed in less than this share of the pictures that show its face is read from the landmarks alone."""
LANDMARKS_ALONE_DEG, LANDMARKS_ALONE_SHARE = 3.0, 0.2
"""Standard uncertainty of the landmarks alone: they differ by several degrees between people, and read a turn of 57
degrees as about 48."""
TRUNK_EVERY_S = 0.19
"""The trunk moves slowly: five looks a second are enough."""
TRUNK_MOVES_DEG, TRUNK_MOVING_S = 1.0, 0.09
"""One that turned by more than this since the look before is looked at so often: stripes and checks repeat every one
or two centimetres, and what moves on by half of that is taken for its neighbour."""
LONGEST_PAUSE_S = 0.14
STILL_DEG = 2.0
"""While the landmarks turn by less than this, the features are followed only so often, and the pictures between get
poses in between: a head that rests or turns slowly moves evenly for a seventh of a second."""
CREEP_DEG = 0.3
"""A head that turns by less than this from picture to picture stands still; its features jitter as much."""
HEAD_REACH_M = 0.19
"""All of a head lies within this of its origin."""
TRUNK_SETTINGS = TrackerSettings(
    reach_deg=40.0, most_features=90, least_found=16, least_share=0.2, features_a_view=140, spacing_px=8.0,
    steepest=0.1, depth_sd=0.02, most_step_deg=20.0, poor_share=0.0, learn_share=0.2, sure_share=0.25,
    reshape_rounds=0,
)  # fmt: skip
FAR_FROM_MESH_DEG = 25.0
"""A head found again this far from where the landmarks see it is not believed; they err by 15 degrees at most while
they see a face at all."""
LOOK_ROUND_EVERY = 3
"""A lost head is looked for in the other faces of every third picture."""
LANDMARKS_FOR_S = 0.4
"""How long the landmarks alone are believed: of a face that is hardly seen any more they make one up."""
LANDMARKS_DEG, LANDMARKS_SHARE = 1.5, 0.25
"""Standard uncertainty of going on by the landmarks: their jitter, and the share by which they misread a turn."""
FARTHEST_TRUNK_TURN_DEG = 45.0
LEAST_OF_A_HALF = 8
"""Features from which half a trunk is read by itself."""
STRAIGHTEST = 20
"""The head's axes are taken from so many pictures that show the face most squarely: of a face seen 36 degrees from
below, the landmarks misread the lean by 3 to 4 degrees."""
FROZE_DEG, FROZE_DEG_PER_S = 2.0, 15.0
"""A picture that stood still for longer than a pause hides nothing if the head was found within the one afterwards, or,
at the end of a video, moved slower than the other before."""
BATCH = 400
"""Frames whose poses are read together in the second pass."""


@dataclass(frozen=True)
class HeadPoses:
    """Where the head was.

    Attributes
    ----------
    track : its orientations, and the trunk's
    position_m : (n, 3) of its origin, in the axes of the camera as it stood in that frame, NaN unknown
    landmarks_alone : True where its features could not be followed
    way_up_late_s, subject_late_s : when which way up the picture is, or whose face is measured, was seen to be another
        than taken at first: what came before is not known; None where that did not happen
    least_aside_deg : how far the face was turned from the camera where it was seen most squarely; NaN without a face
    focal_ratio : focal length found over the one of the lens given; 1 where that is known
    """

    track: MotionTrack
    position_m: Floats
    landmarks_alone: bool
    focal_ratio: float
    way_up_late_s: float | None = None
    subject_late_s: float | None = None
    least_aside_deg: float = float("nan")


@dataclass(frozen=True)
class Now:
    """What is known of the newest frame without waiting for later ones; NaN or None where it is not.

    Attributes
    ----------
    time_s : its time
    head : (3, 3) orientation of the head, its axes as columns in camera axes of the picture as played; None if lost
    trunk : (3, 3) turn of the trunk since its first view; None where it is not followed
    position_m : (3,) the head's origin, camera axes
    distance_m, face_width_px, brightness, sharpness : of the face, as in ``PictureQuality``
    faces : how many were seen
    subject_sure : False where it is not sure which of them is the subject
    way_up_sure : False while it is not sure which way up the picture is
    """

    time_s: float
    head: Floats | None
    trunk: Floats | None
    position_m: Floats | None
    distance_m: float
    face_width_px: float
    brightness: float
    sharpness: float
    faces: int
    subject_sure: bool
    way_up_sure: bool = True


class _Followed:
    """One body's tracker with what it saw, kept small: memory must not grow much with the video."""

    def __init__(self, tracker: RigidTracker) -> None:
        self.tracker = tracker
        self.last: Pose | None = None
        self.before: Pose | None = None
        self.lost_at: Pose | None = None
        self._last_s = self._before_s = 0.0
        self._frame: list[int] = []
        self._pose: list[Pose] = []
        self._features: list[NDArray[np.int32]] = []
        self._pixel: list[NDArray[np.float32]] = []
        self._information: list[NDArray[np.float32]] = []

    def guesses(self, time_s: float) -> list[Pose]:
        """Where the body should be at a time if it goes on as it moved."""
        if self.last is None:
            lost = self.lost_at
            return [] if lost is None else [lost, *self.tracker.nearest_views(lost.R, 3)]
        going = []
        if self.before is not None and self._last_s > self._before_s:
            share = (time_s - self._last_s) / (self._last_s - self._before_s)
            step = Rotation.from_matrix(self.last.R @ self.before.R.T).as_rotvec() * share
            shift = (self.last.t - self.before.t) * share
            going.append(Pose(Rotation.from_rotvec(step).as_matrix() @ self.last.R, self.last.t + shift))
        return [*going, self.last]

    @property
    def stands_still(self) -> bool:
        """Whether it hardly moved between the last two pictures it was found in."""
        return self.last is not None and self.before is not None and turn_deg(self.last.R, self.before.R) < CREEP_DEG

    def take(self, frame: int, time_s: float, fit: Fit | None) -> None:
        """Remember one frame's fit."""
        self.before, self._before_s, self._last_s = self.last, self._last_s, time_s
        if fit is None:
            self.last, self.before = None, None
            return
        self.last = self.lost_at = fit.pose
        self._frame.append(frame)
        self._pose.append(fit.pose)
        self._features.append(fit.features.astype(np.int32))
        self._pixel.append(fit.pixel.astype(np.float32))
        self._information.append(fit.information.astype(np.float32))

    def finish(self, frames: int) -> tuple[Floats, Floats, Floats]:
        """Second pass: R (n, 3, 3), t (n, 3) and covariance (n, 6, 6), NaN where the body was not found."""
        if self._frame:
            self.tracker.finish()
        return self._read(frames, None)

    def halves(self, frames: int) -> list[tuple[Floats, Floats]]:
        """R (n, 3, 3) as the features of either half alone show it, once left and right, once upper and lower."""
        ray = self.tracker.scene.ray
        seen = np.bincount(np.concatenate(self._features), minlength=len(ray)) if self._frame else np.zeros(len(ray))
        pairs = []
        for axis in (0, 1):
            order = np.argsort(ray[:, axis], kind="stable")
            first = np.zeros(len(ray), bool)
            first[order[np.cumsum(seen[order]) <= seen.sum() / 2]] = True
            pairs.append((self._read(frames, first)[0], self._read(frames, ~first)[0]))
        return pairs

    def _read(self, frames: int, use: NDArray[np.bool_] | None) -> tuple[Floats, Floats, Floats]:
        """Every frame's pose on the final map, from all features or only those in ``use`` (m,)."""
        R, t, C = _unknown(frames)
        points, scene = self.tracker.points, self.tracker.scene
        for a in range(0, len(self._frame), BATCH):
            part = slice(a, a + BATCH)
            sizes = [len(f) for f in self._features[part]]
            seen = Observations(
                np.repeat(np.arange(len(sizes)), sizes),
                np.concatenate(self._features[part]).astype(np.int64),
                np.concatenate(self._pixel[part]).astype(np.float64),
                np.concatenate(self._information[part]).astype(np.float64),
            )
            R0 = np.array([p.R for p in self._pose[part]])
            t0 = np.array([p.t for p in self._pose[part]])
            rows = np.array(self._frame[part])
            known = np.ones(len(sizes), bool)
            if use is not None:
                seen = seen.part(use[seen.feature])
                known = np.bincount(seen.view, minlength=len(sizes)) >= LEAST_OF_A_HALF
            R1, t1, C1 = resect(points, seen, R0, t0, scene.focal, scene.centre)
            R[rows[known]], t[rows[known]], C[rows[known]] = R1[known], t1[known], C1[known]
        return R, t, C


class Observer:
    """One person in one video.

    Parameters
    ----------
    lens : of the pictures that will be shown, as the video is played
    """

    def __init__(self, lens: Lens) -> None:
        self._played = self._lens = lens
        self._quarters = 0
        self._time: list[float] = []
        self._brightness: list[float] = []
        self._sharpness: list[float] = []
        self._face_width: list[float] = []
        self._distance: list[float] = []
        self._faces: list[int] = []
        self._sure: list[bool] = []
        self._mesh: list[Pose | None] = []
        self._shape: Floats | None = None
        self._working: WorkingPicture | None = None
        self._head: _Followed | None = None
        self._trunk: _Followed | None = None
        self._followed_s = self._trunk_s = -1.0
        self._followed_mesh: Pose | None = None
        self._between: list[int] = []
        self._try_at = 0
        self._unshaped: dict[int, Floats] = {}
        self._straight: list[tuple[float, int, Floats]] = []
        self._fresh = FreshPictures()
        self._looks: list[Look] = []
        self._steadying: Steadying | None = None
        self._watch = self._new_watch()
        self._first_face_s: float | None = None
        self._started_sure = self._way_up_sure = True
        self._way_up_late_s: float | None = None
        self._subject_late_s: float | None = None

    @property
    def lost(self) -> bool:
        """Whether the head's features are known, but were not found in the newest frame."""
        return self._head is not None and self._head.last is None

    @property
    def expected(self) -> Expected | None:
        """Where the subject's face is, by the head's own features in the newest frame; None where they are lost."""
        if self._head is None or self._head.last is None or self._shape is None:
            return None
        pose = self._head.last
        x = self._shape[:468] @ pose.R.T + pose.t
        face = self._lens.project(x[:, :2] / np.maximum(x[:, 2:], 0.05))
        middle, width = face.mean(0), width_of(face)
        return Expected(middle, width) if self._steadying is None else Expected(*self._steadying.shown(middle, width))

    def see(self, time_s: float, played: Rgb, up: Up, sighting: Sighting) -> None:
        """Take in one frame.

        Parameters
        ----------
        time_s : presentation time, later than the last
        played : (height, width, 3) as the video is played
        up : which way up it is (``subject.WayUp``)
        sighting : the subject's face in the picture so turned
        """
        if up.quarters != self._quarters:
            if self._begin_again():
                self._way_up_late_s = time_s
            self._quarters, self._lens = up.quarters, self._played.quarter_turned(up.quarters)
        if sighting.anew and self._begin_again():
            self._subject_late_s = time_s
        self._way_up_sure = up.sure
        frame = len(self._time)
        look = self._fresh.look(time_s, played)
        self._time.append(time_s)
        self._faces.append(sighting.faces)
        self._sure.append(sighting.sure)
        if sighting.sure and sighting.face is not None and sighting.faces == 1:
            # Alone in the picture, whoever is followed can be taken for nobody else.
            self._started_sure = True
        self._looks.append(look)
        if look.repeated and self._head is not None:
            self._watch.repeat(time_s)
            self._pass_over()
            return
        rgb, face = turned(played, self._quarters), sighting.face
        steadying = self._steadying = self._watch.see(time_s, rgb)
        others = sighting.others
        if steadying is not None:
            rgb, face = steadying.picture(rgb), None if face is None else steadying.face(face)
            others = tuple(steadying.face(other) for other in others)
        points = None if face is None else mesh_pose.lift(face, self._lens)
        if face is not None and self._first_face_s is None:
            self._first_face_s = time_s
        if self._head is None and face is not None and points is not None and frame >= self._try_at:
            self._start(rgb, face, points)
            self._started_sure = sighting.sure
            self._try_at = frame + TRY_EVERY
        mesh = None
        if points is not None and self._shape is not None:
            mesh = mesh_pose.fit(self._shape, points)
        elif points is not None and len(self._unshaped) < BATCH:
            self._unshaped[frame] = points
        if points is not None:
            self._note_straight(frame, points)
        self._note_quality(rgb, face, mesh)
        self._mesh.append(mesh)
        if self._head is None or self._working is None:
            return
        trunk_due = self._trunk is not None and time_s - self._trunk_s >= self._trunk_pause_s(self._trunk)
        if not trunk_due and self._rests(time_s, mesh):
            self._sure[frame] = self._started_sure
            self._between.append(frame)
            self._head.tracker.settle()
            return
        picture = self._working(rgb, None if trunk_due else self._around_head())
        self._follow_head(frame, picture, mesh, others)
        if mesh is None and self._head.stands_still:
            self._head.tracker.settle()
        self._followed_s, self._followed_mesh = time_s, mesh
        if trunk_due and self._trunk is not None:
            self._follow_trunk(frame, picture, self._trunk)
            self._trunk_s = time_s

    def now(self) -> Now | None:
        """How the person stands in the newest frame; None before the first.

        Causal: the tracker's reading against the views it knows so far. ``finish`` reads the same frame again, with
        all views adjusted together.
        """
        if not self._time:
            return None
        back = Rotation.from_euler("z", 90 * self._quarters, degrees=True).as_matrix()
        head = None if self._head is None else self._head.last
        if head is None and self._head is None:
            head = self._mesh[-1]
        trunk = None
        if self._trunk is not None and self._trunk.last is not None:
            trunk = back @ self._trunk.last.R @ self._trunk.tracker.scene.R[0].T @ back.T
        return Now(
            time_s=self._time[-1],
            head=None if head is None else back @ head.R,
            trunk=trunk,
            position_m=None if head is None else back @ head.t,
            distance_m=self._distance[-1],
            face_width_px=self._face_width[-1],
            brightness=self._brightness[-1],
            sharpness=self._sharpness[-1],
            faces=self._faces[-1],
            subject_sure=self._sure[-1],
            way_up_sure=self._way_up_sure,
        )

    def _pass_over(self) -> None:
        """Take in a picture that shows nothing new."""
        self._mesh.append(None)
        for kept in (self._brightness, self._sharpness, self._face_width, self._distance):
            kept.append(kept[-1])

    def _new_watch(self) -> CameraWatch:
        lens = self._played
        return CameraWatch((lens.fx + lens.fy) / 2 / max(lens.width, lens.height))

    def _begin_again(self) -> bool:
        """Forget the head that was followed: it was taken wrongly. Tells whether there was anything to forget."""
        known = self._shape is not None
        self._head = self._trunk = self._working = self._shape = self._followed_mesh = None
        self._followed_s = self._trunk_s = -1.0
        self._mesh = [None] * len(self._mesh)
        self._between, self._straight, self._unshaped, self._first_face_s = [], [], {}, None
        self._try_at = len(self._time)
        self._watch, self._steadying = self._new_watch(), None
        return known

    def _rests(self, time_s: float, mesh: Pose | None) -> bool:
        """Whether the head has hardly moved since it was last followed, a moment ago."""
        before = self._followed_mesh
        if self._head is None or self._head.last is None or mesh is None or before is None:
            return False
        return time_s - self._followed_s < LONGEST_PAUSE_S and turn_deg(mesh.R, before.R) < STILL_DEG

    def _around_head(self) -> tuple[Floats, float] | None:
        if self._head is None or self._head.last is None or self._working is None:
            return None
        scene, t = self._head.tracker.scene, self._head.last.t
        return t[:2] / t[2] * scene.focal + scene.centre, HEAD_REACH_M * scene.focal / t[2]

    def _start(self, rgb: Rgb, face: Floats, points: Floats) -> None:
        shape, pose = mesh_pose.face_shape(points)
        view = pose.t / np.linalg.norm(pose.t)
        away = float(np.degrees(np.arccos(np.clip(-pose.R[:, 2] @ view, -1, 1))))
        aside = abs(float(np.degrees(np.arctan2(*pose.R[[0, 2], 2]) - np.arctan2(*-view[[0, 2]]))))
        aside = min(aside, 360 - aside)
        waited = self._first_face_s is not None and self._time[-1] - self._first_face_s > WAIT_FOR_SQUARE_S
        if away > 1.5 * SQUARE_ENOUGH_DEG or aside > (1.5 if waited else 1) * SQUARE_ENOUGH_DEG:
            return
        if self._shape is None:
            self._shape = shape
        w = WorkingPicture(self._lens, width_of(face))
        picture = w(rgb)
        focal_sd = self._lens.focal_sd if self._lens.known == "assumed" else 0.0
        head = RigidTracker(w.focal, w.centre, HeadRegion(shape, w.focal, w.centre), focal_sd=focal_sd)
        head.start(picture, pose)
        if len(head.points) < LEAST_TO_START * head.s.least_found:
            return
        self._shape, self._working = shape, w
        self._head = _Followed(head)
        self._head.last = self._head.lost_at = pose
        with PersonOutline() as outline:
            shown = outline.find(rgb) > 0.6
        self._watch.start(self._time[-1], rgb, shown)
        person = w.same_view(shown.astype(np.uint8))
        region = TrunkRegion(pose, shape, person, w.focal, w.centre)
        trunk = RigidTracker(w.focal, w.centre, region, TRUNK_SETTINGS)
        trunk.start(picture, region.start)
        if trunk.started:
            self._trunk = _Followed(trunk)
            self._trunk.last = self._trunk.lost_at = region.start

    def _follow_head(
        self, frame: int, picture: tuple[Picture, ...], mesh: Pose | None, others: tuple[Floats, ...]
    ) -> None:
        head = self._head
        assert head is not None
        lost = head.last is None
        guesses = head.guesses(self._time[frame])
        if mesh is not None:
            before = self._followed_mesh
            if head.last is not None and before is not None:
                step = Pose(mesh.R @ before.R.T @ head.last.R, head.last.t + mesh.t - before.t)
                guesses.insert(min(1, len(guesses)), step)
            elif head.last is None:
                guesses = [mesh, *guesses, *head.tracker.nearest_views(mesh.R, 2)]
        fit = head.tracker.follow(picture, guesses, lost=head.last is None)
        if fit is not None and lost and mesh is not None and turn_deg(fit.pose.R, mesh.R) > FAR_FROM_MESH_DEG:
            fit = None
        if fit is None and lost and others and self._shape is not None and frame % LOOK_ROUND_EVERY == 0:
            fit = self._recognised(picture, head.tracker, others)
            if fit is not None:
                self._mesh[frame] = None  # it was of somebody else
        if fit is not None:
            self._sure[frame] = self._started_sure
        head.take(frame, self._time[frame], fit)
        if fit is not None:
            head.tracker.learn(picture, fit)

    @staticmethod
    def _trunk_pause_s(trunk: _Followed) -> float:
        moves = trunk.last and trunk.before and turn_deg(trunk.last.R, trunk.before.R) > TRUNK_MOVES_DEG
        return TRUNK_MOVING_S if moves else TRUNK_EVERY_S

    def _recognised(self, picture: tuple[Picture, ...], head: RigidTracker, faces: tuple[Floats, ...]) -> Fit | None:
        """The lost head in one of these faces (478, 3), if its features are the head's own."""
        assert self._shape is not None
        for face in faces:
            mesh = mesh_pose.fit(self._shape, mesh_pose.lift(face, self._lens))
            fit = head.follow(picture, [mesh, *head.nearest_views(mesh.R, 2)], lost=True)
            if fit is not None and turn_deg(fit.pose.R, mesh.R) <= FAR_FROM_MESH_DEG:
                return fit
        return None

    def _follow_trunk(self, frame: int, picture: tuple[Picture, ...], trunk: _Followed) -> None:
        guesses = trunk.guesses(self._time[frame])
        if trunk.last is None:  # people come back to where they began
            guesses += trunk.tracker.nearest_views(trunk.tracker.scene.R[0], 1)
        fit = trunk.tracker.follow(picture, guesses, lost=trunk.last is None)
        trunk.take(frame, self._time[frame], fit)
        if fit is not None:
            trunk.tracker.learn(picture, fit)

    def _note_straight(self, frame: int, points: Floats) -> None:
        """Keep the head's axes if this is among the pictures that show the face most squarely."""
        _, pose = mesh_pose.face_shape(points)
        straight = float(pose.R[:, 2] @ pose.t / np.linalg.norm(pose.t))  # -1 where it looks into the camera
        if len(self._straight) < STRAIGHTEST or straight < self._straight[-1][0]:
            self._straight.append((straight, frame, pose.R))
            self._straight.sort(key=lambda kept: kept[:2])
            del self._straight[STRAIGHTEST:]

    def _note_quality(self, rgb: Rgb, face: Floats | None, mesh: Pose | None) -> None:
        nan = float("nan")
        brightness = sharpness = width = distance = nan
        if face is not None:
            low = np.clip(face[:468, :2].min(0), 0, None).astype(int)
            high = face[:468, :2].max(0).astype(int) + 1
            cut = rgb[low[1] : high[1] : 2, low[0] : high[0] : 2, 1]
            width = width_of(face)
            if cut.size > 64:
                brightness = float(np.median(cut))
                sharpness = _sharpness(cut)
        if mesh is not None:
            distance = float(np.linalg.norm(mesh.t))
        self._brightness.append(brightness)
        self._sharpness.append(sharpness)
        self._face_width.append(width)
        self._distance.append(distance)

    def finish(self) -> HeadPoses:
        """Second pass over all that was seen."""
        n = len(self._time)
        if self._shape is not None:
            for frame, points in self._unshaped.items():
                self._mesh[frame] = mesh_pose.fit(self._shape, points)
        R, t, C = _unknown(n) if self._head is None else self._head.finish(n)
        time, repeated = np.array(self._time), np.array([look.repeated for look in self._looks], bool)
        strides = stride_sigma_deg(R)
        _fill(np.array(self._between, int), time, 2 * LONGEST_PAUSE_S, R, t, C)
        _fill_repeats(np.flatnonzero(repeated & np.isnan(R[:, 0, 0])), time, R, t, C)
        T, s, CT = _unknown(n) if self._trunk is None else self._trunk.finish(n)
        doubt = self._doubt_trunk(R, T)
        _fill(np.flatnonzero(np.isnan(T[:, 0, 0])), np.array(self._time), 2 * TRUNK_EVERY_S, T, s, CT)
        extra = _bridge_by_landmarks(self._mesh, np.array(self._time), R, t, C)
        seen = np.array([m is not None for m in self._mesh], bool)
        alone = bool(np.isfinite(R[seen, 0, 0]).sum() < FOLLOWED_SHARE * seen.sum())
        if alone:
            extra = _by_landmarks_alone(self._mesh, R, t, C)
        R = R @ self._axes(R)
        T = _trunk_turn(T)
        camera = self._watch.course(time)
        sigma = np.hypot(head_sigma_deg(R, C, np.hypot(self._lens.focal_sd, zoom_sd(camera))), extra)
        sigma = np.hypot(sigma, np.hypot(parallax_deg(camera), 0.0 if alone else strides))
        sigma_trunk = np.hypot(trunk_sigma_deg(T, CT), doubt)
        T[np.isnan(sigma_trunk)] = np.nan
        valid = np.isfinite(sigma)
        back = Rotation.from_euler("z", 90 * self._quarters, degrees=True).as_matrix()
        # Rounded far below what is measured: the last bits hang on where memory lies, and must not show.
        track = MotionTrack(
            time_s=np.array(self._time),
            valid=valid,
            head=(back @ R).round(8),
            head_sigma_deg=sigma.round(6),
            trunk=(back @ T @ back.T).round(8),
            trunk_sigma_deg=sigma_trunk.round(6),
            way_up_sure=self._way_up_sure,
            quality=PictureQuality(
                brightness=np.array(self._brightness),
                sharpness=np.array(self._sharpness),
                face_width_px=np.array(self._face_width),
                distance_m=np.array(self._distance),
                faces=np.array(self._faces, np.int64),
                subject_sure=np.array(self._sure, bool),
                repeated=repeated,
                changed=np.array([look.changed for look in self._looks], bool),
                blended=np.array([look.follows_blend for look in self._looks], bool),
            ),
            camera=camera,
        )
        focal_ratio = 1.0
        if self._head is not None and self._working is not None:
            focal_ratio = self._head.tracker.scene.focal / self._working.focal
        return HeadPoses(
            track,
            (as_shown(t, camera) @ back.T).round(8),
            alone,
            round(focal_ratio, 6),
            way_up_late_s=self._way_up_late_s,
            subject_late_s=self._subject_late_s,
            least_aside_deg=float(np.degrees(np.arccos(-self._straight[0][0]))) if self._straight else float("nan"),
        )

    def _doubt_trunk(self, R: Floats, T: Floats) -> Floats:
        """(n,) standard uncertainty from how the halves of the trunk disagree; one not believed is forgotten, in
        place.
        """
        if self._trunk is None:
            return np.zeros(len(T))
        found = belief(R, T, self._trunk.halves(len(T)))
        if not found.believed:
            T[:] = np.nan
        return found.doubt_deg

    def _axes(self, R: Floats) -> Floats:
        """(3, 3) the head's axes, as its straightest views show them, in the axes it was followed with."""
        seen = [R[frame].T @ straight for _, frame, straight in self._straight if np.isfinite(R[frame, 0, 0])]
        return Rotation.from_matrix(np.array(seen)).mean().as_matrix() if seen else np.eye(3)


def _fill(between: NDArray[np.int64], time_s: Floats, longest_s: float, R: Floats, t: Floats, C: Floats) -> None:
    """Give frames passed over the pose between their neighbours', in place, where these lie near enough in time."""
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
    if len(known) < 2:
        return
    right = np.searchsorted(known, between)
    inner = (right > 0) & (right < len(known))
    between, right = between[inner], right[inner]
    a, b = known[right - 1], known[right]
    near = time_s[b] - time_s[a] < longest_s
    between, a, b = between[near], a[near], b[near]
    share = (time_s[between] - time_s[a]) / (time_s[b] - time_s[a])
    step = Rotation.from_matrix(R[b] @ R[a].transpose(0, 2, 1)).as_rotvec() * share[:, None]
    R[between] = Rotation.from_rotvec(step).as_matrix() @ R[a]
    t[between] = t[a] + share[:, None] * (t[b] - t[a])
    C[between] = np.maximum(C[a], C[b])


def _fill_repeats(repeated: NDArray[np.int64], time_s: Floats, R: Floats, t: Floats, C: Floats) -> None:
    """Give pictures that repeat the one before their poses, in place, unless something is hidden by them."""
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]))
    if len(known) < 2:
        return
    _fill(repeated, time_s, 2 * LONGEST_PAUSE_S, R, t, C)
    repeated = repeated[np.isnan(R[repeated, 0, 0])]
    after = np.searchsorted(known, repeated)
    held = [
        k
        for k, a in zip(repeated, after, strict=True)
        if 0 < a < len(known) and turn_deg(R[known[a - 1]], R[known[a]]) < FROZE_DEG
    ]
    _fill(np.array(held, int), time_s, np.inf, R, t, C)
    last, before = known[-1], known[-2]
    if turn_deg(R[last], R[before]) < FROZE_DEG_PER_S * (time_s[last] - time_s[before]):
        ending = repeated[repeated > last]
        R[ending], t[ending], C[ending] = R[last], t[last], C[last]


def _bridge_by_landmarks(mesh: list[Pose | None], time_s: Floats, R: Floats, t: Floats, C: Floats) -> Floats:
    """Where the features were lost but the landmarks see a face, go on from the features' last pose by how the
    landmarks turned since, in place; the landmarks alone would make a step there.

    Returns
    -------
    (n,) standard uncertainty this adds, degrees; 0 where the features were followed
    """
    extra = np.zeros(len(R))
    seen = np.array([m is not None for m in mesh], bool)
    known = np.flatnonzero(np.isfinite(R[:, 0, 0]) & seen)
    missing = np.flatnonzero(~np.isfinite(R[:, 0, 0]) & seen)
    if not len(known) or not len(missing):
        return extra
    turn = {int(k): m.R for k, m in enumerate(mesh) if m is not None}
    after = np.searchsorted(known, missing)
    for frame, right in zip(missing, after, strict=True):
        sides = [known[k] for k in (right - 1, right) if 0 <= k < len(known)]
        since = np.array([max(abs(time_s[frame] - time_s[k]), 1e-3) for k in sides])
        guesses = np.array([turn[int(frame)] @ turn[int(k)].T @ R[k] for k in sides])
        nearest = sides[int(since.argmin())]
        if since.min() > LANDMARKS_FOR_S:
            continue
        R[frame] = Rotation.from_matrix(guesses).mean(weights=1 / since).as_matrix()
        t[frame], C[frame] = t[nearest], C[nearest]
        beyond = min(turn_deg(turn[int(frame)], turn[int(k)]) for k in sides)
        extra[frame] = LANDMARKS_DEG + LANDMARKS_SHARE * beyond
    return extra


def _by_landmarks_alone(mesh: list[Pose | None], R: Floats, t: Floats, C: Floats) -> Floats:
    """Take every pose from the landmarks, in place; the uncertainty of that, (n,) degrees."""
    extra = np.zeros(len(R))
    first = next(m for m in mesh if m is not None)
    for frame, pose in enumerate(mesh):
        if pose is None:
            R[frame], t[frame], C[frame] = np.nan, np.nan, np.nan
            continue
        R[frame], t[frame], C[frame] = pose.R, pose.t, 0.0
        extra[frame] = LANDMARKS_ALONE_DEG + LANDMARKS_ALONE_SHARE * turn_deg(pose.R, first.R)
    return extra


def _unknown(n: int) -> tuple[Floats, Floats, Floats]:
    return np.full((n, 3, 3), np.nan), np.full((n, 3), np.nan), np.full((n, 6, 6), np.nan)


def _trunk_turn(T: Floats) -> Floats:
    """Turn of the trunk since its first view, camera axes; NaN where it is lost or past belief."""
    known = np.flatnonzero(np.isfinite(T[:, 0, 0]))
    if not len(known):
        return T
    turn = T @ T[known[0]].T
    turn[~(turns_deg(turn, np.eye(3)) < FARTHEST_TRUNK_TURN_DEG)] = np.nan
    return np.asarray(turn)


def _sharpness(grey: NDArray[np.uint8]) -> float:
    """Fine detail over all detail: standard deviation after and before the slow changes are taken out."""
    g = grey.astype(np.float32)
    detail = g - cv2.GaussianBlur(g, (0, 0), 1.5)
    return _spread(detail) / (_spread(g) + 1.0)


def _spread(grey: NDArray[np.float32]) -> float:
    return float(cv2.meanStdDev(grey)[1][0, 0])
