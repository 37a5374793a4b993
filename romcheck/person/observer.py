"""Observe a person frame by frame, and give the poses of head and trunk in each frame at the end.

The first pass runs along with the video: landmarks find the face and give a rough pose, the tracker tracks the features
of head and trunk. The second pass, at the end, adjusts all keyframes together and estimates every frame's pose again
from the features observed in it, without lag.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.spatial.transform import Rotation

from romcheck.arrays import Bools, Floats, Grey, Rgb
from romcheck.geometry.intrinsics import Lens
from romcheck.geometry.pose import Pose
from romcheck.motion.rotations import distance_deg
from romcheck.motion.track import MotionTrack, PictureQuality
from romcheck.person import mesh_pose
from romcheck.person.face_quality import FaceQuality
from romcheck.person.head_axes import HeadAxes, away_and_aside_deg
from romcheck.person.head_map import HeadMap
from romcheck.person.head_region import HeadRegion
from romcheck.person.image_orientation import ImageOrientation, turned
from romcheck.person.interpolation import (
    bridge_by_landmarks,
    interpolate,
    interpolate_repeats,
    stay,
    take_landmarks_alone,
)
from romcheck.person.landmarks import PersonOutline
from romcheck.person.poses import CurrentPose, HeadPoses
from romcheck.person.settings import PERSON
from romcheck.person.subject import Expected, Sighting, width_of
from romcheck.person.tracked_body import Poses, TrackedBody, unknown_poses
from romcheck.person.trunk_belief import belief, turn_since_first
from romcheck.person.trunk_region import TrunkRegion
from romcheck.person.uncertainty import (
    HeadUncertainty,
    TrunkUncertainty,
    jump_sigma_deg,
    roughness_sigma_deg,
    stride_sigma_deg,
)
from romcheck.results import MovementName, Test
from romcheck.tracking.camera_watch import CameraWatch, Stabilisation, as_shown, parallax_deg, zoom_sd
from romcheck.tracking.feature_map import FeatureMap
from romcheck.tracking.fresh_pictures import Freshness
from romcheck.tracking.rigid_tracker import RigidTracker, TrackingResult
from romcheck.tracking.settings import TRACKING
from romcheck.tracking.small_motion import Thumbnail
from romcheck.tracking.working_picture import WorkingPicture

ATTENTION, HEAD, TRUNK, FOLLOWING = PERSON.attention, PERSON.head, PERSON.trunk, PERSON.following


class Observer:
    """One person in one video.

    Parameters
    ----------
    lens : of the pictures that will be shown, as the video is played
    head_map : of the head in an earlier recording of the same visit; one of its own is begun where this head is not
        found in it within ``HEAD.recall_s``

    Attributes
    ----------
    recalled : whether the head was found in the map given
    recalled_mirrored : whether instead its mirror image was
    uncertainty, trunk_uncertainty : of the turns of head and trunk, in their parts, once finished
    """

    def __init__(self, lens: Lens, head_map: HeadMap | None = None) -> None:
        self._played = self._lens = lens
        self._earlier = head_map
        self._begun: FeatureMap | None = None
        self.recalled = self.recalled_mirrored = False
        self._face_width_px, self._aside = float("nan"), False
        self._head_axes = np.eye(3)
        self._quarters = 0
        self._time: list[float] = []
        self._quality = FaceQuality()
        self._faces: list[int] = []
        self._sure: list[bool] = []
        self._mesh: list[Pose | None] = []
        self._shape: Floats | None = None
        self._working: WorkingPicture | None = None
        self._head: TrackedBody | None = None
        self._trunk: TrackedBody | None = None
        self._followed_s = self._trunk_s = -1.0
        self._followed_mesh: Pose | None = None
        self._view: Thumbnail | None = None
        self._inlier_ratio = 0.0
        self._company_s = -float("inf")
        self._new_s, self._interval_s = -float("inf"), float("inf")
        self._skipped: list[int] = []
        self._try_at = 0
        self._trunk_poses: Poses | None = None
        self._of_test: Bools | None = None
        self._unshaped: dict[int, Floats] = {}
        self._axes = HeadAxes()
        self._freshness: list[Freshness] = []
        self._stabilisation: Stabilisation | None = None
        self._watch = self._new_watch()
        self._first_face_s: float | None = None
        self._started_sure = self._way_up_sure = True
        self._way_up_late_s: float | None = None
        self._subject_late_s: float | None = None
        self.uncertainty: HeadUncertainty | None = None
        self.trunk_uncertainty: TrunkUncertainty | None = None

    @property
    def lost(self) -> bool:
        """Whether the head's features are known, but were not found in the newest frame."""
        return self._head is not None and self._head.last is None

    @property
    def surely_followed(self) -> bool:
        """Whether the head was found beyond doubt in the newest frame and moves slowly, pictures come fast enough to
        notice a change in time, and nobody else is near.
        """
        return (
            self._head is not None
            and self._way_up_sure
            and self._inlier_ratio > ATTENTION.sure_inlier_ratio
            and self._head.deg_per_s < ATTENTION.slow_deg_per_s
            and ATTENTION.pictures_ago * self._interval_s < ATTENTION.longest_delay_s
            and self._time[-1] - self._company_s > ATTENTION.alone_s
            and self._first_face_s is not None
            and self._time[-1] - self._first_face_s > ATTENTION.first_s
        )

    @property
    def expected(self) -> Expected | None:
        """Where the subject's face is, from the head's features in the newest frame; None where they are lost."""
        if self._head is None or self._head.last is None or self._shape is None:
            return None
        pose = self._head.last
        x = self._shape[:468] @ pose.R.T + pose.t
        face = self._lens.project(x[:, :2] / np.maximum(x[:, 2:], TRACKING.alignment.nearest_depth_m))
        middle, width = face.mean(0), width_of(face)
        return (
            Expected(middle, width)
            if self._stabilisation is None
            else Expected(*self._stabilisation.shown(middle, width))
        )

    def see(
        self, time_s: float, played: Rgb, freshness: Freshness, up: ImageOrientation, sighting: Sighting | None
    ) -> None:
        """Take in one frame.

        Parameters
        ----------
        time_s : presentation time, later than the last
        played : (height, width, 3) as the video is played
        freshness : whether it is new (``fresh_pictures.FreshPictures``)
        up : which way up it is (``image_orientation.OrientationFinder``)
        sighting : the subject's face in the picture so turned; None where nobody looked for it
        """
        looked = sighting is not None
        sighting = sighting or Sighting(None, self._faces[-1], self._sure[-1])
        if up.quarters != self._quarters:
            if self._begin_again():
                self._way_up_late_s = time_s
            self._quarters, self._lens = up.quarters, self._played.quarter_turned(up.quarters)
        if sighting.anew and self._begin_again():
            self._subject_late_s = time_s
        self._way_up_sure = up.sure
        frame = len(self._time)
        self._time.append(time_s)
        self._faces.append(sighting.faces)
        self._sure.append(sighting.sure)
        if sighting.sure and sighting.face is not None and sighting.faces == 1:
            # Alone in the picture, the subject cannot be confused with anybody.
            self._started_sure = True
        if sighting.others:
            self._company_s = time_s
        self._freshness.append(freshness)
        if freshness.repeated and self._head is not None:
            self._watch.repeat(time_s)
            self._pass_over()
            return
        self._new_s, self._interval_s = time_s, time_s - self._new_s
        rgb, face = turned(played, self._quarters), sighting.face
        stabilisation = self._stabilisation = self._watch.see(time_s, rgb)
        others = sighting.others
        if stabilisation is not None:
            rgb, face = stabilisation.picture(rgb), None if face is None else stabilisation.face(face)
            others = tuple(stabilisation.face(other) for other in others)
        points = None if face is None else mesh_pose.lift(face, self._lens)
        if face is not None and self._first_face_s is None:
            self._first_face_s = time_s
        if self._head is None and face is not None and points is not None and frame >= self._try_at:
            self._start(rgb, face, points)
            self._started_sure = sighting.sure
            self._try_at = frame + HEAD.try_every
        mesh = None
        if points is not None and self._shape is not None:
            mesh = mesh_pose.fit(self._shape, points)
        elif points is not None:
            self._unshaped[frame] = points
            if len(self._unshaped) > FOLLOWING.batch:
                del self._unshaped[min(self._unshaped)]
        if points is not None:
            self._axes.take(frame, points)
        if looked:
            self._quality.take(rgb, face, mesh)
        else:
            self._quality.repeat()
        self._mesh.append(mesh)
        if self._head is None or self._working is None:
            return
        trunk_due = self._trunk is not None and time_s - self._trunk_s >= self._trunk_pause_s(self._trunk)
        if not trunk_due and self._rests(time_s, rgb):
            self._sure[frame] = self._started_sure
            self._skipped.append(frame)
            self._head.tracker.map.global_step()
            return
        picture = self._working(rgb, None if trunk_due else self._around_head())
        self._follow_head(frame, picture, mesh, others)
        self._followed_s, self._followed_mesh, self._view = time_s, mesh, self._view_of_face(rgb)
        if trunk_due and self._trunk is not None:
            self._follow_trunk(frame, picture, self._trunk)
            self._trunk_s = time_s

    def now(self) -> CurrentPose | None:
        """Pose of the person in the newest frame; None before the first.

        Causal: the tracker's reading against the keyframes so far. ``finish`` reads the same frame again, with all
        keyframes adjusted together.
        """
        if not self._time:
            return None
        back = Rotation.from_euler("z", 90 * self._quarters, degrees=True).as_matrix()
        head = None if self._head is None else self._head.last
        if head is None and self._head is None:
            head = self._mesh[-1]
        trunk = None
        if self._trunk is not None and self._trunk.last is not None:
            trunk = back @ self._trunk.last.R @ self._trunk.tracker.map.reconstruction.R[0].T @ back.T
        return CurrentPose(
            time_s=self._time[-1],
            head=None if head is None else back @ head.R,
            trunk=trunk,
            position_m=None if head is None else back @ head.t,
            distance_m=self._quality.distance_m[-1],
            face_width_px=self._quality.face_width_px[-1],
            brightness=self._quality.brightness[-1],
            sharpness=self._quality.sharpness[-1],
            faces=self._faces[-1],
            subject_sure=self._sure[-1],
            way_up_sure=self._way_up_sure,
        )

    def _pass_over(self) -> None:
        """Skip a picture that repeats the one before."""
        self._mesh.append(None)
        self._quality.repeat()

    def _new_watch(self) -> CameraWatch:
        lens = self._played
        return CameraWatch((lens.fx + lens.fy) / 2 / max(lens.width, lens.height))

    def _begin_again(self) -> bool:
        """Discard the head tracked so far: it was the wrong one. Returns whether there was one."""
        known = self._shape is not None
        self._head = self._trunk = self._working = self._shape = self._followed_mesh = None
        self.recalled = self.recalled_mirrored = False
        self._begun = None
        self._followed_s = self._trunk_s = -1.0
        self._mesh = [None] * len(self._mesh)
        self._skipped, self._axes, self._unshaped, self._first_face_s = [], HeadAxes(), {}, None
        self._try_at = len(self._time)
        self._watch, self._stabilisation = self._new_watch(), None
        return known

    def _rests(self, time_s: float, rgb: Rgb) -> bool:
        """Whether the head has hardly moved since it was last followed, a moment ago."""
        if self._head is None or self._head.last is None or self._view is None:
            return False
        if time_s - self._followed_s >= FOLLOWING.longest_pause_s:
            return False
        moved = self._view.moved(rgb)
        if moved is None:
            return False
        shift_px, roll_deg = moved
        px_per_deg = np.radians(1) * TRACKING.alignment.body_radius_m * self._focal / self._head.last.t[2]
        return float(np.hypot(shift_px / px_per_deg, roll_deg)) < FOLLOWING.still_deg

    def _view_of_face(self, rgb: Rgb) -> Thumbnail | None:
        if self._head is None or self._head.last is None:
            return None
        t = self._head.last.t
        middle = self._lens.project((t[:2] / t[2])[None])[0]
        return Thumbnail(rgb, middle, HEAD.face_half_m * self._focal / t[2])

    @property
    def _focal(self) -> float:
        return (self._lens.fx + self._lens.fy) / 2

    def _around_head(self) -> tuple[Floats, float] | None:
        if self._head is None or self._head.last is None or self._working is None:
            return None
        rec, t = self._head.tracker.map.reconstruction, self._head.last.t
        return t[:2] / t[2] * rec.focal + rec.centre, HEAD.reach_m * rec.focal / t[2]

    def _start(self, rgb: Rgb, face: Floats, points: Floats) -> None:
        """Begin to track head and trunk, if the face is near enough to frontal."""
        assert self._first_face_s is not None
        shape, pose = mesh_pose.face_shape(points)
        away, aside = away_and_aside_deg(pose)
        waited_s = self._time[-1] - self._first_face_s
        farthest = HEAD.less_square * HEAD.square_enough_deg
        if away > farthest or aside > (farthest if waited_s > HEAD.wait_for_square_s else HEAD.square_enough_deg):
            return
        earlier = self._earlier
        if earlier is not None and earlier.quarters == self._quarters and waited_s < HEAD.recall_s:
            self._recall(earlier, rgb, points, shape, pose)
            return
        if self._shape is None:
            self._shape = shape
        w = WorkingPicture(self._lens, width_of(face))
        picture = w(rgb)
        focal_sd = self._lens.focal_sd if self._lens.known == "assumed" else 0.0
        region = HeadRegion(shape, w.focal, w.centre)
        head = RigidTracker(FeatureMap(w.focal, w.centre, region, focal_sd=focal_sd))
        head.start(picture, pose)
        if len(head.map.points) < HEAD.least_to_start * head.s.least_inliers:
            return
        self._shape, self._face_width_px = shape, width_of(face)
        self._aside = aside > HEAD.square_enough_deg
        self._begin(w, head, pose)
        self._start_trunk(rgb, picture, shape, pose)

    def _recall(self, earlier: HeadMap, rgb: Rgb, points: Floats, shape: Floats, pose: Pose) -> None:
        """Begin with the map of an earlier recording, if the head is found in it; the trunk anew, as ever."""
        mesh = mesh_pose.fit(earlier.shape, points)
        w = WorkingPicture(self._lens, earlier.face_width_px)
        picture = w(rgb)
        if self._begun is None:
            self._begun = earlier.begun()
        head = RigidTracker(self._begun)
        found = head.track(picture, [mesh, *head.map.nearest_keyframes(mesh.R, 2)], lost=True)
        if found is None or _far_apart(found.pose, mesh):
            self.recalled_mirrored |= self._mirror_image_found(earlier, head, rgb, mesh)
            return
        self.recalled, self.recalled_mirrored = True, False
        self._shape, self._face_width_px, self._aside = earlier.shape, earlier.face_width_px, earlier.aside
        self._begin(w, head, found.pose)
        self._start_trunk(rgb, picture, shape, pose)

    def _mirror_image_found(self, earlier: HeadMap, head: RigidTracker, rgb: Rgb, mesh: Pose) -> bool:
        """Whether the map shows the mirror image of this head; faces are symmetric, their skin is not."""
        picture = WorkingPicture(self._lens.mirrored, earlier.face_width_px)(np.ascontiguousarray(rgb[:, ::-1]))
        swap = np.diag([-1.0, 1.0, 1.0])
        seen = Pose(swap @ mesh.R @ swap, swap @ mesh.t)
        found = head.track(picture, [seen, *head.map.nearest_keyframes(seen.R, 2)], lost=True)
        return found is not None and not _far_apart(found.pose, seen)

    def _begin(self, w: WorkingPicture, head: RigidTracker, pose: Pose) -> None:
        """Track the head from this pose on."""
        self._working = w
        self._head = TrackedBody(head)
        self._head.last = self._head.lost_at = pose

    def _start_trunk(self, rgb: Rgb, picture: tuple[Grey, ...], shape: Floats, pose: Pose) -> None:
        """Track the trunk below a face of this shape in this pose."""
        w = self._working
        assert w is not None
        with PersonOutline() as outline:
            shown = outline.find(rgb) > HEAD.least_outline
        self._watch.start(self._time[-1], rgb, shown)
        person = w.same_view(shown.astype(np.uint8))
        chest = TrunkRegion(pose, shape, person, w.focal, w.centre)
        trunk = RigidTracker(FeatureMap(w.focal, w.centre, chest, TRUNK.tracker))
        trunk.start(picture, chest.start)
        if trunk.started:
            self._trunk = TrackedBody(trunk)
            self._trunk.last = self._trunk.lost_at = chest.start

    def _follow_head(
        self, frame: int, picture: tuple[Grey, ...], mesh: Pose | None, others: tuple[Floats, ...]
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
                guesses = [mesh, *guesses, *head.tracker.map.nearest_keyframes(mesh.R, 2)]
        result = head.tracker.track(picture, guesses, lost=head.last is None)
        if lost and result is not None and mesh is not None and _far_apart(result.pose, mesh):
            result = None
        if result is None and lost and others and self._shape is not None and frame % FOLLOWING.look_round_every == 0:
            result = self._recognised(picture, head.tracker, others)
            if result is not None:
                self._mesh[frame] = None  # it was of somebody else
        if result is not None:
            self._sure[frame] = self._started_sure
        self._inlier_ratio = 0.0 if result is None else result.inlier_ratio
        head.take(frame, self._time[frame], result)
        if result is not None:
            head.tracker.insert_keyframe(picture, result)

    @staticmethod
    def _trunk_pause_s(trunk: TrackedBody) -> float:
        moves = trunk.last and trunk.before and distance_deg(trunk.last.R, trunk.before.R) > TRUNK.moves_deg
        return TRUNK.moving_s if moves else TRUNK.every_s

    def _recognised(
        self, picture: tuple[Grey, ...], head: RigidTracker, faces: tuple[Floats, ...]
    ) -> TrackingResult | None:
        """The lost head in one of these faces (478, 3), if its features are the head's own."""
        assert self._shape is not None
        for face in faces:
            mesh = mesh_pose.fit(self._shape, mesh_pose.lift(face, self._lens))
            result = head.track(picture, [mesh, *head.map.nearest_keyframes(mesh.R, 2)], lost=True)
            if result is not None and not _far_apart(result.pose, mesh):
                return result
        return None

    def _follow_trunk(self, frame: int, picture: tuple[Grey, ...], trunk: TrackedBody) -> None:
        guesses = trunk.guesses(self._time[frame])
        if trunk.last is None:  # people come back to where they began
            guesses += trunk.tracker.map.nearest_keyframes(trunk.tracker.map.reconstruction.R[0], 1)
        result = trunk.tracker.track(picture, guesses, lost=trunk.last is None)
        trunk.take(frame, self._time[frame], result)
        if result is not None:
            trunk.tracker.insert_keyframe(picture, result)

    def finish(self) -> HeadPoses:
        """Second pass over all frames."""
        n = len(self._time)
        if self._shape is not None:
            for frame, points in self._unshaped.items():
                self._mesh[frame] = mesh_pose.fit(self._shape, points)
        (R, t, C), (T, s, CT) = self._finish_bodies(n)
        time, repeated = np.array(self._time), np.array([seen.repeated for seen in self._freshness], bool)
        landmarks = np.array([np.full((3, 3), np.nan) if m is None else m.R for m in self._mesh]).reshape(-1, 3, 3)
        strides = np.hypot(stride_sigma_deg(R), jump_sigma_deg(R, time, landmarks))
        strides = np.hypot(strides, roughness_sigma_deg(R, time))
        rested = np.array(self._skipped, int)
        interpolate(rested, time, 2 * FOLLOWING.longest_pause_s, R, t, C)
        stay(rested, R, t, C)
        interpolate_repeats(np.flatnonzero(repeated & np.isnan(R[:, 0, 0])), time, R, t, C)
        doubt = self._doubt_trunk(R, T)
        interpolate(np.flatnonzero(np.isnan(T[:, 0, 0])), time, 2 * TRUNK.every_s, T, s, CT)
        followed = np.isfinite(R[:, 0, 0])
        extra = bridge_by_landmarks(self._mesh, time, R, t, C)
        seen = np.array([m is not None for m in self._mesh], bool) | followed
        since = int(followed.argmax())  # it may have taken long to come round to the camera
        alone = bool(followed.sum() < FOLLOWING.followed_share * seen[since:].sum())
        if alone:
            extra = take_landmarks_alone(self._mesh, R, t, C)
        clusters = np.where(np.isfinite(R[:, :1, :1]), np.zeros(3), np.nan)
        if self._head is not None and not alone:
            clusters = self._head.cluster_turns_deg(R)
        widths = np.array(self._quality.face_width_px)
        widths = widths[np.isfinite(widths)]
        face_px = float(np.median(widths)) if len(widths) else np.inf
        self.uncertainty = HeadUncertainty.of(
            R, C, clusters, face_px, self._aside, self._lens.maybe_off_middle, self._stretched
        )
        self._head_axes = self._earlier.axes if self.recalled and self._earlier else self._axes.within(R, self._of_test)
        R = R @ self._head_axes
        T = turn_since_first(T)
        camera = self._watch.course(time)
        focal_sds = np.hypot(self._lens.focal_sd, zoom_sd(camera))
        sigma = np.hypot(self.uncertainty.sigma_deg(focal_sds), extra)
        sigma = np.hypot(sigma, np.hypot(parallax_deg(camera), 0.0 if alone else strides))
        self.trunk_uncertainty = TrunkUncertainty.of(T, CT, doubt)
        sigma_trunk = self.trunk_uncertainty.sigma_deg
        T[np.isnan(sigma_trunk)] = np.nan
        valid = np.isfinite(sigma)
        back = Rotation.from_euler("z", 90 * self._quarters, degrees=True).as_matrix()
        # Rounded far below the accuracy: the last bits depend on memory alignment, and results must not.
        track = MotionTrack(
            time_s=time,
            valid=valid,
            head=(back @ R).round(8),
            head_sigma_deg=sigma.round(6),
            head_errors_deg=(self.uncertainty.errors_deg(focal_sds) @ back.T).round(6),
            head_fit_deg=(self.uncertainty.own_errors_deg @ back.T).round(6),
            trunk=(back @ T @ back.T).round(8),
            trunk_sigma_deg=sigma_trunk.round(6),
            way_up_sure=self._way_up_sure,
            quality=PictureQuality(
                brightness=np.array(self._quality.brightness),
                sharpness=np.array(self._quality.sharpness),
                face_width_px=np.array(self._quality.face_width_px),
                distance_m=np.array(self._quality.distance_m),
                faces=np.array(self._faces, np.int64),
                subject_sure=np.array(self._sure, bool),
                repeated=repeated,
                changed=np.array([seen.changed for seen in self._freshness], bool),
                blended=np.array([seen.follows_blend for seen in self._freshness], bool),
            ),
            camera=camera,
        )
        focal_ratio = 1.0
        if self._head is not None and self._working is not None:
            focal_ratio = self._head.tracker.map.reconstruction.focal / self._working.focal
        return HeadPoses(
            track,
            (as_shown(t, camera) @ back.T).round(8),
            alone,
            round(focal_ratio, 6),
            way_up_late_s=self._way_up_late_s,
            subject_late_s=self._subject_late_s,
            least_aside_deg=self._axes.least_aside_deg,
            stretched=self._stretched,
        )

    @property
    def _stretched(self) -> bool:
        """Whether the face has proportions as only a stretched or squashed picture shows; never with a known lens."""
        low, high = HEAD.usual_proportion
        found = self._axes.proportion
        return self._lens.known != "calibrated" and bool(found < low or found > high)

    def leave_out(self, spans_s: Sequence[tuple[float, float]], over_s: float) -> bool:
        """Leave what was seen in these spans of time, and once the test is over, out of the head's map.

        True if that changes what `finish` gives. What else a recording holds would change the angles of the test:
        other postures move the skin, and every keyframe pulls at the depths of all features.
        """
        time = np.array(self._time)
        aside = np.zeros(len(time), bool)
        for start_s, end_s in spans_s:
            aside |= (time >= start_s) & (time <= end_s)
        last = int(np.searchsorted(time, over_s, "right")) - 1
        if self._head is None or not self._head.leave_out(aside, last):
            return False
        self._of_test = ~aside & (np.arange(len(time)) <= last)
        return True

    def head_map(
        self, recording: str, mirrored: bool, errors_deg: Mapping[tuple[Test, MovementName], Floats]
    ) -> HeadMap | None:
        """The map of the head, once finished; None where it was not tracked.

        ``recording`` is the SHA-256 of this one, ``mirrored`` and ``errors_deg`` as in `HeadMap`.
        """
        if self._head is None or self._shape is None or self._head.turns is None:
            return None
        before = self._earlier if self.recalled else None
        return HeadMap(
            recordings=(*(before.recordings if before else ()), recording),
            lens=self._played,
            mirrored=mirrored,
            quarters=self._quarters,
            face_width_px=self._face_width_px,
            aside=self._aside,
            shape=self._shape,
            axes=self._head_axes,
            features=self._head.tracker.map,
            turns=self._head.turns,
            errors_deg=(*(before.errors_deg if before else ()), errors_deg),
        )

    def _finish_bodies(self, n: int) -> tuple[Poses, Poses]:
        """Second pass of head and trunk, side by side: neither knows of the other."""
        with ThreadPoolExecutor(1) as apart:
            trunk = apart.submit(self._finish_trunk, n)
            head = unknown_poses(n) if self._head is None else self._head.finish(n)
            return head, trunk.result()

    def _finish_trunk(self, n: int) -> Poses:
        """Second pass of the trunk, made once: what the head's map leaves out does not change the trunk's."""
        if self._trunk_poses is None:
            self._trunk_poses = unknown_poses(n) if self._trunk is None else self._trunk.finish(n)
        R, t, C = self._trunk_poses
        return R.copy(), t.copy(), C.copy()

    def _doubt_trunk(self, R: Floats, T: Floats) -> Floats:
        """(n,) standard uncertainty from how the halves of the trunk disagree; one not believed is forgotten, in
        place.
        """
        if self._trunk is None:
            return np.zeros(len(T))
        found = belief(np.array(self._time), R, T, self._trunk.halves(len(T)))
        if not found.believed:
            T[:] = np.nan
        return found.doubt_deg


def _far_apart(a: Pose, b: Pose) -> bool:
    """Whether two poses of a lost head contradict each other."""
    return bool(distance_deg(a.R, b.R) > FOLLOWING.far_from_mesh_deg)
