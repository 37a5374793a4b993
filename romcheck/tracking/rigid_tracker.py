"""Follow a rigid body by its own image features, from any side it has shown.

Every picture is matched against the views nearest in rotation, never against the picture before it, so that no error
is handed on; coming back to a posture meets the same features again. Features are aligned together: one pose moves
all patches (Engel, Koltun & Cremers 2018, "Direct sparse odometry", joins patches in the same way), so that an edge,
which holds a patch in one direction only, still counts for what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from romcheck.arrays import Floats, Ints, Mask
from romcheck.geometry.pose import Pose
from romcheck.geometry.projection import pose_jacobian, project
from romcheck.geometry.rotations import orthonormal, turn_deg, turns_deg
from romcheck.tracking.bundle_adjustment import Observations, Prior, Scene, adjust, as_pose
from romcheck.tracking.patch_alignment import FINE, LEVELS, Atlas, Picture, Skin, Templates, compare, templates
from romcheck.tracking.prior_surface import Places, tangents
from romcheck.tracking.surface_error import smooth_error

SKIN_RADIUS_M = 0.09
"""Distance of a head's skin from its axis of rotation, metres, to compare shifts with turns."""


ALIGNING_STEPS = 3
OWN_STEPS = 3
SHADING = 0.003
"""Share of a patch's contrast that light adds and takes as the head turns: it shifts a smooth patch far, a finely
textured one hardly."""
NEAR_DEG = 15.0
"""Features first seen within this should be found if the pose is right; from farther round many are lost anyway."""
LEAST_GROWTH = 0.3
"""Where the surface lies nearly along the viewing ray its depth says little about its shape."""
MOST_BENT = 0.2
"""Relative change of a depth by bending the surface; more would be another body."""
SETTLING_STEPS = 8
"""Steps of adjusting all views together that new ones are worth before the end."""
SETTLED_PX = 0.03
"""Alignment ends when patches move less than this."""
FLOOR_PX, FLOOR_PX_A_DEGREE = 0.12, 0.045
"""No patch places a point better than this, and less well the farther round from where it was first seen: skin is not
flat, and light slides over it. Found by comparing with heads whose shape is known."""


@dataclass(frozen=True)
class TrackerSettings:
    """How a body is followed. Angles in degrees, lengths in pixels of the working picture."""

    reach_deg: float = 28.0  # a patch seen from farther round than this no longer looks like itself
    most_features: int = 96  # more do not make one picture's pose better
    most_guessed: int = 56  # and a first guess is judged, in the smaller picture, by fewer
    most_recorded: int = 400  # but views are adjusted together the better the more features they share
    alike: float = 0.55  # correlation from which a patch counts as found
    least_found: int = 18
    least_share: float = 0.30
    learn_share: float = 0.40  # share found from which a pose is sure enough to take new features from
    sure_share: float = 0.50  # share found from which a pose is believed without one before it
    new_view_deg: float = 8.0
    recorded_view_deg: float = 3.5
    views_a_place: int = 6
    features_a_view: int = 100
    spacing_px: float = 6.0
    steepest: float = 0.30  # cosine of skin to viewing ray below which a patch is too slanted
    depth_sd: float = 0.015  # relative: 9 mm at 0.6 m, what the bent surface is wrong by on living heads
    reshape_rounds: int = 3  # how often the rough surface is bent to what was found, at the end, a step each
    poor_share: float = 0.35  # a feature found more seldom than this was not on the body
    most_step_deg: float = 25.0
    farthest_own_px: float = 3.0  # a patch that moves on farther than this by itself has met another one


@dataclass(frozen=True)
class Fit:
    """A picture that was matched: pose, features found, their pixels and information, share found."""

    pose: Pose
    features: Ints
    pixel: Floats
    information: Floats
    share: float


Seen = tuple[Floats, Floats]
"""How patches compare with a picture; see ``patches.compare``."""

Region = Callable[[Picture, Pose], tuple[Mask, Callable[[Floats], Places]]]
"""Given a picture and the pose, where new features may lie (mask), and a function from pixels (n, 2) to their places
in space."""


class RigidTracker:
    """One body in one video.

    Parameters
    ----------
    focal, centre : of the working picture, pixels
    region : where features may lie
    settings : how the body is followed
    focal_sd : relative standard uncertainty of the focal length, to find it in the end from how the body turned; 0: it
        is known
    """

    def __init__(
        self,
        focal: float,
        centre: Floats,
        region: Region,
        settings: TrackerSettings | None = None,
        focal_sd: float = 0.0,
    ) -> None:
        self.s = settings or TrackerSettings()
        self._prior_focal, self._focal_sd = focal, focal_sd
        self._region = region
        self._atlas = Atlas()
        empty = np.zeros(0)
        self.scene = Scene(
            np.zeros((0, 3, 3)), np.zeros((0, 3)), np.zeros(0, np.int64), np.zeros((0, 2)), empty, focal, centre
        )
        self._rough_depth = self._prior_depth = empty
        self._normals = np.zeros((0, 3))
        self._points = np.zeros((0, 3))
        self._tangents = np.zeros((0, 3, 2))
        self._curvature = np.zeros((0, 2, 2))
        self._home_skin = Skin(np.zeros((0, 2, 2)), np.zeros((0, 2)), self._curvature)
        self._trust = np.zeros(0)
        self._tried = np.zeros(0)
        self._found = np.zeros(0)
        self._has_features: list[bool] = []
        self._seen: list[Observations] = []
        self._unsettled = 0

    @property
    def started(self) -> bool:
        """True once there is something to follow."""
        return len(self._points) > 0

    # -- following ---------------------------------------------------------------------------------------------

    def follow(self, picture: tuple[Picture, ...], guesses: Sequence[Pose], lost: bool = False) -> Fit | None:
        """Find the body in a picture, starting from the guess that looks most like it; None if it is not there.

        A body that was lost must be found more surely than one that is followed: a wrong place, once believed, would
        be learnt and look right ever after.
        """
        start = self._best_guess(picture, guesses)
        if start is None:
            return None
        guess, chosen, drawn, seen = start
        pose = self._align(picture, chosen, drawn, guess, seen)[0]
        chosen = self._choose(pose, picture[0].shape, self.s.most_features)
        if len(chosen) < self.s.least_found:
            return None
        drawn = self._draw(chosen, pose, 0)
        pose, pixels, seen = self._align(picture, chosen, drawn, pose)
        found = seen[0] > self.s.alike
        near = turns_deg(self.scene.R, pose.R)[self.scene.home[chosen]] < NEAR_DEG
        share = float(found[near if near.sum() >= self.s.least_found else slice(None)].mean())
        least_found = min(1.7 * self.s.least_found, 0.6 * len(chosen)) if lost else self.s.least_found
        if found.sum() < least_found or share < (self.s.sure_share if lost else self.s.least_share):
            return None
        if turn_deg(guess.R, pose.R) > self.s.most_step_deg:
            return None
        # Counted only where the body is: while it is out of sight no feature is a poor one.
        self._tried[chosen] += 1
        self._found[chosen[found]] += 1
        return self._observe(picture, chosen[found], drawn.part(found), pixels[found], seen[1][found], pose, share)

    def _best_guess(
        self, picture: tuple[Picture, ...], guesses: Sequence[Pose]
    ) -> tuple[Pose, Ints, Templates, Seen] | None:
        best, best_score = None, 0.15
        for guess in guesses:
            chosen = self._choose(guess, picture[0].shape, self.s.most_guessed)
            if len(chosen) < self.s.least_found:
                continue
            drawn = self._draw(chosen, guess, 1)
            pixels, _ = project(self._points[chosen], guess, self.scene.focal, self.scene.centre)
            seen = compare(drawn, picture, pixels)
            score = float(np.clip(seen[0], 0, 1).mean())
            if score > best_score:
                best, best_score = (guess, chosen, drawn, seen), score
            if score > 0.75:
                break
        return best

    def _choose(self, pose: Pose, shape: tuple[int, ...], most: int) -> Ints:
        """Features that should be seen at a pose, no more than ``most``."""
        away = turns_deg(self.scene.R, pose.R)[self.scene.home]
        pixels, x = project(self._points, pose, self.scene.focal, self.scene.centre)
        normals = self._normals @ pose.R.T
        facing = -(normals * x).sum(1) / np.linalg.norm(x, axis=1)
        margin = FINE.radius + 2
        inside = ((pixels > margin) & (pixels < np.array([shape[1], shape[0]]) - margin - 1)).all(1)
        poor = (self._tried > 12) & (self._found < self.s.poor_share * self._tried)
        usable = np.flatnonzero(
            (away < self.s.reach_deg) & (facing > self.s.steepest) & inside & (x[:, 2] > 0.05) & ~poor
        )
        if len(usable) <= most:
            return usable
        # Near and far homes evenly: near ones hold the pose firmly, far ones keep its scale.
        order = usable[np.argsort(away[usable], kind="stable")]
        return order[np.linspace(0, len(order) - 1, most).round().astype(int)]

    def _draw(self, chosen: Ints, pose: Pose, level: int) -> Templates:
        x = self._points[chosen] @ pose.R.T + pose.t
        new = self._skin(chosen, x, pose.R)
        return templates(self._atlas, chosen, self._home_skin.part(chosen), new, level)

    def _skin(self, features: Ints, x: Floats, R: Floats) -> Skin:
        """How the skin about features lies in a picture; ``x`` (n, 3) in camera axes, ``R`` (3, 3) or one for each."""
        ray, per_metre = x[:, :2] / x[:, 2:], (self.scene.focal / x[:, 2])[:, None]
        along, out = R @ self._tangents[features], (R @ self._normals[features, :, None])[..., 0]
        slope = per_metre[..., None] * (along[:, :2] - ray[..., None] * along[:, 2:])
        inward = -per_metre * (out[:, :2] - ray * out[:, 2:])
        return Skin(slope, inward, self._curvature[features])

    def _align(
        self, picture: tuple[Picture, ...], chosen: Ints, drawn: Templates, pose: Pose, seen: Seen | None = None
    ) -> tuple[Pose, Floats, Seen]:
        """Move the pose until all patches together fit best.

        Returns the pose, and the features' pixels (n, 2) with how the patches compare there, at that pose or a last
        small step before it. ``seen`` is how they compare at the pose to begin with, where that is known already.
        """
        scale = LEVELS[drawn.level].scale
        points = self._points[chosen]
        for steps_left in range(ALIGNING_STEPS, -1, -1):
            pixels, x = project(points, pose, self.scene.focal, self.scene.centre)
            seen = seen or compare(drawn, picture, pixels)
            if not steps_left:
                break
            likeness, b = seen
            weight = self._trust[chosen] * np.clip(likeness, 0, 1) ** 2 / (1 + ((1 - likeness) / 0.3) ** 2)
            J = pose_jacobian(x, pose, self.scene.focal) / scale
            JH = J.transpose(0, 2, 1) @ (drawn.H * weight[:, None, None])
            A = (JH @ J).sum(0)
            g = np.einsum("nij,ni->j", J, b * weight[:, None])
            A[np.diag_indices(6)] *= 1.001
            step = np.linalg.solve(A + 1e-9 * np.eye(6), g)
            pose = Pose(Rotation.from_rotvec(step[:3]).as_matrix() @ pose.R, pose.t + step[3:])
            if float(np.abs(J @ step).mean()) < SETTLED_PX * scale:
                break
            seen = None
        assert seen is not None
        # Rounded, so that the last bit, which hangs on where memory lies, does not grow into another result.
        return Pose(orthonormal(pose.R).round(9), pose.t.round(9)), pixels, seen

    def _observe(
        self,
        picture: tuple[Picture, ...],
        found: Ints,
        drawn: Templates,
        start: Floats,
        b: Floats,
        pose: Pose,
        share: float,
    ) -> Fit:
        """Pixels of the features found, each moved on by itself to its own best place, and how sure that place is.

        The moving on must run to its end: a place left half-way would repeat the pose it is meant to test. ``start``
        (n, 2) and ``b`` (n, 2) are where the pose puts the features and how they compare there.
        """
        loose = np.linalg.inv(drawn.H + 1e-3 * np.eye(2))
        pixels = start
        for _ in range(OWN_STEPS):
            pixels = pixels + np.clip(np.einsum("nij,nj->ni", loose, b), -1, 1)
            likeness, b = compare(drawn, picture, pixels)
        near = np.linalg.norm(pixels - start, axis=1) < self.s.farthest_own_px
        noise = 2 * (1 - likeness) / len(FINE.offsets) + 1e-5
        away = turns_deg(self.scene.R, pose.R)[self.scene.home[found]]
        floor = FLOOR_PX**2 + (FLOOR_PX_A_DEGREE * away) ** 2
        information = np.linalg.inv(loose * (noise + SHADING)[:, None, None] + floor[:, None, None] * np.eye(2))
        information *= self._trust[found, None, None]
        return Fit(pose, found[near], pixels[near].round(5), information[near].round(5), share)

    # -- learning ----------------------------------------------------------------------------------------------

    def start(self, picture: tuple[Picture, ...], pose: Pose) -> None:
        """Take the features of a first view at a given pose."""
        self._add_view(picture, pose, None)

    def learn(self, picture: tuple[Picture, ...], fit: Fit) -> None:
        """Record a view that shows the body from a new side, with new features if it shows new skin."""
        away = self._moved_deg(fit)
        bearing = away[np.array(self._has_features)]
        if bearing.min() > self.s.new_view_deg and fit.share > self.s.learn_share:
            self._add_view(picture, fit.pose, fit)
            self._adjust_near()
            self._unsettled = SETTLING_STEPS
        elif away[-1] > self.s.recorded_view_deg and (away < self.s.recorded_view_deg).sum() < self.s.views_a_place:
            self._record(picture, fit.pose, fit)
            self._has_features.append(False)

    def _moved_deg(self, fit: Fit) -> Floats:
        """(v,) how far the body has moved since each view, as the turn that would move its skin as far.

        A shift counts too: where a turn and a shift look alike, the pose may say one when the truth is the other, and
        only a new view can tell them apart.
        """
        s = self.scene
        points = self._points[fit.features]
        x = np.einsum("vij,nj->vni", s.R, points) + s.t[:, None]
        pixels = x[..., :2] / np.maximum(x[..., 2:], 0.05) * s.focal + s.centre
        moved = np.linalg.norm(pixels - fit.pixel, axis=-1).mean(1)
        a_degree = np.radians(1) * SKIN_RADIUS_M * s.focal / fit.pose.t[2]
        return np.maximum(turns_deg(s.R, fit.pose.R), moved / a_degree)

    def _record(self, picture: tuple[Picture, ...], pose: Pose, fit: Fit | None) -> int:
        """Keep a view, with the places of all features that can be found in it."""
        view = len(self.scene.R)
        self.scene = replace(
            self.scene, R=np.concatenate([self.scene.R, pose.R[None]]), t=np.vstack([self.scene.t, pose.t])
        )
        if fit is not None:
            every = self._look_closer(picture, fit)
            number = np.full(len(every.features), view)
            self._seen.append(Observations(number, every.features, every.pixel, every.information))
        return view

    def _look_closer(self, picture: tuple[Picture, ...], fit: Fit) -> Fit:
        """The same fit with all features that can be found, not only as many as its pose needs."""
        chosen = self._choose(fit.pose, picture[0].shape, self.s.most_recorded)
        if not len(chosen):  # a long step, from where its features could still be seen
            return fit
        drawn = self._draw(chosen, fit.pose, 0)
        pixels, _ = project(self._points[chosen], fit.pose, self.scene.focal, self.scene.centre)
        likeness, b = compare(drawn, picture, pixels)
        found = likeness > self.s.alike
        return self._observe(picture, chosen[found], drawn.part(found), pixels[found], b[found], fit.pose, fit.share)

    def _add_view(self, picture: tuple[Picture, ...], pose: Pose, fit: Fit | None) -> None:
        view = self._record(picture, pose, fit)
        self._has_features.append(True)
        mask, place = self._region(picture[0], pose)
        if fit is not None:
            for u, v in fit.pixel:
                cv2.circle(mask, (round(u), round(v)), int(self.s.spacing_px), 0, -1)
        corners = cv2.goodFeaturesToTrack(
            picture[0], self.s.features_a_view, 0.01, self.s.spacing_px, mask=mask, blockSize=7
        )
        if corners is None:
            return
        pixels = corners[:, 0].astype(np.float64)
        new = place(pixels)
        pixels, new = pixels[new.usable], new.part(new.usable)
        n = len(pixels)
        self._atlas.add(picture, pixels)
        s = self.scene
        self.scene = replace(
            s,
            home=np.concatenate([s.home, np.full(n, view)]),
            ray=np.vstack([s.ray, (pixels - s.centre) / s.focal]),
            depth=np.concatenate([s.depth, new.depth]),
        )
        self._rough_depth = np.concatenate([self._rough_depth, new.depth])
        self._prior_depth = np.concatenate([self._prior_depth, new.depth])
        self._normals = np.vstack([self._normals, new.normals])
        self._trust = np.concatenate([self._trust, new.trust])
        self._tried = np.concatenate([self._tried, np.zeros(n)])
        self._found = np.concatenate([self._found, np.zeros(n)])
        along = tangents(new.normals)
        self._tangents = np.concatenate([self._tangents, along])
        self._curvature = np.concatenate([self._curvature, along.transpose(0, 2, 1) @ new.curvature @ along])
        self._refresh()

    def _refresh(self) -> None:
        """Bring what is derived from the scene up to date."""
        s = self.scene
        self._points = s.points()
        x = np.column_stack([s.ray, np.ones(len(s.ray))]) * s.depth[:, None]
        self._home_skin = self._skin(np.arange(len(x)), x, s.R[s.home])

    def _adjust_near(self) -> None:
        """Adjust the newest views and their features; older views hold the frame."""
        near = np.argsort(turns_deg(self.scene.R, self.scene.R[-1]), kind="stable")[:6]
        free = np.zeros(len(self.scene.R), bool)
        free[near] = True
        free[0] = False
        if not free.any():
            return
        seen = self._all_seen()
        features = np.unique(np.concatenate([seen.feature[free[seen.view]], np.flatnonzero(free[self.scene.home])]))
        self._adjust(free, features, 3, seen, focal_sd=0.0)

    def settle(self) -> None:
        """A step of adjusting all views together, if there is new skin among them.

        Of new views only the nearest are adjusted at once. For when there is time: while the body rests.
        """
        if self._unsettled:
            self._unsettled -= 1
            self._reshape(1, focal_sd=0.0)

    def _all_seen(self) -> Observations:
        return Observations(
            *(np.concatenate([getattr(o, k) for o in self._seen]) for k in ("view", "feature", "pixel", "information"))
        )

    def _adjust(
        self, free: NDArray[np.bool_], features: Ints, iterations: int, seen: Observations, focal_sd: float
    ) -> None:
        number = np.full(len(self.scene.depth), -1)
        number[features] = np.arange(len(features))
        use = number[seen.feature] >= 0
        part = seen.part(use)
        part = replace(part, feature=number[part.feature])
        s = self.scene
        scene = replace(s, home=s.home[features], ray=s.ray[features], depth=s.depth[features])
        prior = Prior(self._prior_depth[features], np.full(len(features), self.s.depth_sd), self._prior_focal, focal_sd)
        out = adjust(scene, part, prior, free, iterations)
        depth = s.depth.copy()
        depth[features] = out.depth
        ray = s.ray * (s.focal / out.focal)
        self.scene = replace(s, R=out.R.round(7), t=out.t.round(7), depth=depth.round(7), focal=out.focal, ray=ray)
        self._refresh()

    def finish(self) -> None:
        """Adjust everything once more, all views together."""
        if len(self.scene.R) > 1:
            self._reshape(self.s.reshape_rounds, self._focal_sd)
            every = np.arange(len(self.scene.depth))
            self._adjust(self._all_but_first(), every, 25, self._all_seen(), self._focal_sd)

    def _reshape(self, rounds: int, focal_sd: float) -> None:
        """Adjust all views a step, and bend the rough surface to what was found, so many times."""
        free, every, seen = self._all_but_first(), np.arange(len(self.scene.depth)), self._all_seen()
        times_seen = np.bincount(seen.feature, minlength=len(every))
        for _ in range(rounds):
            self._adjust(free, every, 1, seen, focal_sd)
            self._bend(times_seen)

    def _all_but_first(self) -> NDArray[np.bool_]:
        return np.arange(len(self.scene.R)) > 0

    def _bend(self, times_seen: Ints) -> None:
        """Bend the rough surface smoothly to the depths found, and believe the bent one from now on."""
        s = self.scene
        ray = np.einsum("nji,nj->ni", s.R[s.home], np.column_stack([s.ray, np.ones(len(s.ray))]))
        rough = ray * self._rough_depth[:, None] - np.einsum("nji,nj->ni", s.R[s.home], s.t[s.home])
        radius = np.linalg.norm(rough, axis=1)
        direction = rough / radius[:, None]
        # How the radius grows with the depth along the viewing ray, the surface being flat there.
        grows = (self._rough_depth * (ray * self._normals).sum(1)) / (radius * (direction * self._normals).sum(1))
        known = (times_seen > 3) & (np.abs(grows) > LEAST_GROWTH)
        grows = np.where(np.abs(grows) > 1e-3, grows, 1e-3)
        error = smooth_error(
            direction,
            grows * np.log(s.depth / self._rough_depth),
            np.where(known, np.abs(grows) * self.s.depth_sd, np.inf),
        )
        self._prior_depth = self._rough_depth * np.exp(np.clip(error / grows, -MOST_BENT, MOST_BENT))

    @property
    def points(self) -> Floats:
        """(n, 3) features in body axes."""
        return self._points

    def nearest_views(self, R: Floats, count: int) -> list[Pose]:
        """Poses of the recorded views nearest in rotation to ``R``."""
        order = np.argsort(turns_deg(self.scene.R, R), kind="stable")[:count]
        return [as_pose(self.scene, int(k)) for k in order]
