"""The lens from a room that a turning camera saw, or why it cannot be had from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from romcheck.arrays import Floats, Ints, Rgb
from romcheck.calibrate.lens_check import MAX_FOCAL_CHANGE
from romcheck.calibrate.lens_fit import FOV_RANGE_DEG, PARAMETERS, folds
from romcheck.calibrate.scene_features import features_of, first_model, kept, matched, placed, spun
from romcheck.calibrate.scene_fit import SceneFit, SceneModel, Sightings, adjusted
from romcheck.calibrate.scene_views import SceneView, SceneWatch
from romcheck.errors import CameraError
from romcheck.geometry.intrinsics import FOCAL_SD, Lens
from romcheck.names import shown
from romcheck.sources.video import VideoFile

LEAST_VIEWS = 8
"""Different views; a turn of ten seconds gives about twenty."""
LEAST_SIDEWAYS_DEG, LEAST_UP_DEG = 20.0, 10.0
"""From one end of the turn to the other; what is asked for is about twice that."""
MOST_BLANK, MOST_LOST = 0.3, 0.15
"""Shares of the pictures."""
LEAST_AGREED = 0.75
"""Share of the corners that move as one from picture to picture."""
LEAST_FEATURES = 80
MOST_OUTLIERS = 0.3
"""Share of the observations that a turn does not explain."""
MOST_NOISE_PX = 0.5
"""Scatter of the features; sharp pictures give a tenth of a pixel, smeared ones half of one and more."""
MOST_CARRIED = 0.12
"""How far the camera may be from where it was, over the distance of what it sees: 30 cm in a room of 2.5 m."""
MOST_ZOOM = 0.012
"""Change of the focal length during the turn."""
FREE_ZOOM_SD = 0.1
MAX_FOCAL_SD = 0.01
"""Relative; nothing that is 4 % off is then accepted by chance."""
LOOK_EVERY_S, LOOKED_AT_PX = 1.0, 640
"""Pictures kept to look for a face in where there is no lens to be had."""
OUTLIER_WEIGHT = 0.2
"""An observation that counts less is an outlier."""


@dataclass(frozen=True)
class SceneCalibration:
    """A lens found without a board.

    Attributes
    ----------
    lens : known "calibrated"; its focal_sd holds the fit's and what a fit cannot see
    sd : standard deviation of fx, fy, cx, cy (pixels), k1, k2, p1, p2, k3; 0 for a term that was not fitted
    scatter_px : standard deviation of the features
    views, features : used for the fit
    sideways_deg, up_deg : how far the camera was turned, from one end to the other
    carried : how far it was carried meanwhile, over the distance of what it saw
    """

    lens: Lens
    sd: dict[str, float]
    scatter_px: float
    views: int
    features: int
    sideways_deg: float
    up_deg: float
    carried: float

    @property
    def fit_focal_sd(self) -> float:
        """Relative standard deviation of the focal length, from the fit alone."""
        return self.sd["fx"] / self.lens.fx


def watched(video: Path, progress: Callable[[str], None] = lambda _: None) -> SceneCalibration:
    """Lens of the camera that recorded a video while it was turned.

    Raises
    ------
    VideoError
        if it cannot be read.
    CameraError
        if it does not show the lens.
    """
    progress(shown(video.name))
    watch, looks = SceneWatch(), list[Rgb]()
    with VideoFile(video) as frames:
        for frame in frames:
            watch.see(frame.time_s, np.asarray(cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY), np.uint8))
            if frame.time_s >= len(looks) * LOOK_EVERY_S:
                scale = min(1.0, LOOKED_AT_PX / max(frame.rgb.shape))
                looks.append(np.asarray(cv2.resize(frame.rgb, None, fx=scale, fy=scale), np.uint8))
            if watch.full:
                break
    try:
        return calibrated_scene(watch)
    except CameraError as error:
        if _show_somebody(looks):
            raise CameraError("scene_person", why=error.message) from error
        raise


def _show_somebody(pictures: Sequence[Rgb]) -> bool:
    """Whether most of the pictures show a face."""
    from romcheck.person.landmarks import FaceFinder

    with FaceFinder() as finder:
        return 2 * sum(bool(len(finder.find(picture))) for picture in pictures) > len(pictures)


def calibrated_scene(watch: SceneWatch) -> SceneCalibration:
    """Lens from what was watched.

    Raises
    ------
    CameraError
        with what was seen instead of a turn, and what to do.
    """
    views = watch.views
    _refuse_pictures(watch, len(views))
    try:
        fit, seen, spare = _fitted(views)
        _refuse(watch, fit, seen)
        focal_sd = max(float(fit.sd[0]), spare)
    except np.linalg.LinAlgError as error:
        raise CameraError("scene_unclear") from error
    if focal_sd > MAX_FOCAL_SD:
        raise CameraError("scene_unsure", found=100 * focal_sd, most=100 * MAX_FOCAL_SD)
    return _calibration(watch, fit, focal_sd)


def _refuse_pictures(watch: SceneWatch, views: int) -> None:
    """Refuse what cannot be fitted at all."""
    lost = watch.lost > MOST_LOST * watch.seen
    if watch.blank > MOST_BLANK * watch.seen or (lost and 2 * watch.blank > watch.lost):
        raise CameraError("scene_blank")
    if lost:
        raise CameraError("scene_lost", share=100 * watch.lost / watch.seen)
    if watch.seen and watch.agreed < LEAST_AGREED and views > 1:
        raise CameraError("scene_moving", share=100 * (1 - watch.agreed))
    if views < LEAST_VIEWS:
        raise CameraError("scene_short", views=views)


def _fitted(views: list[SceneView]) -> tuple[SceneFit, Sightings, float]:
    """Return the fit, its observations, and half of how far the fits to either half of the features differ."""
    model, own, pixel = features_of(first_model(views), views)
    seen = matched(model, views, own, pixel, (2, 1), 3)
    part, seen, chosen = kept(model, seen, 3)
    _refuse_few(len(chosen))
    rough = adjusted(part, seen, ("turned", "moved"))
    model = spun(placed(rough.model, chosen, own, pixel), views)
    seen = matched(model, views, own, pixel, (1, 0), None)
    part, seen, chosen = kept(model, seen, 3)
    _refuse_few(len(chosen))
    fit = adjusted(part, seen, ("turned", "moved", "all"))
    halves = []
    for half in (0, 1):
        some, of_some = _some(fit.model, seen, np.flatnonzero(np.arange(len(chosen)) % 2 == half))
        halves.append(adjusted(some, of_some, ("all",)).model.focal)
    return fit, seen, abs(float(np.log(halves[0] / halves[1]))) / 2


def _some(model: SceneModel, seen: Sightings, features: Ints) -> tuple[SceneModel, Sightings]:
    """Only some of the features."""
    number = np.full(len(model.direction), -1)
    number[features] = np.arange(len(features))
    use = number[seen.feature] >= 0
    part = replace(model, direction=model.direction[features], log_near=model.log_near[features])
    return part, Sightings(seen.view[use], number[seen.feature[use]], seen.pixel[use], seen.own[use])


def _refuse_few(features: int) -> None:
    if features < LEAST_FEATURES:
        raise CameraError("scene_few", count=features)


def _refuse(watch: SceneWatch, fit: SceneFit, seen: Sightings) -> None:
    """Refuse what a turn does not explain."""
    model = fit.model
    sideways, up = _turned_deg(model)
    if sideways < LEAST_SIDEWAYS_DEG or up < LEAST_UP_DEG:
        raise CameraError(
            "scene_little", sideways=sideways, up=up, least_sideways=LEAST_SIDEWAYS_DEG, least_up=LEAST_UP_DEG
        )
    outliers = float((fit.weight[~seen.own] < OUTLIER_WEIGHT).mean())
    carried = _carried(model)
    zoom = float(np.ptp(model.zoom))
    if carried > MOST_CARRIED or zoom > MOST_ZOOM or outliers > MOST_OUTLIERS or fit.noise_px > MOST_NOISE_PX:
        # A zoom and a step forward look alike at first: which of them explains more?
        with suppress(np.linalg.LinAlgError):
            zoom = max(zoom, float(np.ptp(adjusted(model, seen, ("all",), FREE_ZOOM_SD).model.zoom)))
        if zoom > MOST_ZOOM and zoom > carried / 2:
            raise CameraError("scene_zoomed", change=100 * (np.exp(zoom) - 1))
        if carried > MOST_CARRIED:
            raise CameraError("scene_carried", carried=100 * carried)
        if outliers > MOST_OUTLIERS:
            raise CameraError("scene_moving", share=100 * outliers)
        raise CameraError("scene_smeared", speed=100 * watch.speed)
    lens = _lens(watch, model, 0.0)
    fov = float(np.degrees(2 * np.arctan(max(lens.width, lens.height) / 2 / lens.fx)))
    if not FOV_RANGE_DEG[0] <= fov <= FOV_RANGE_DEG[1] or folds(lens):
        raise CameraError("scene_unclear")


def _turned_deg(model: SceneModel) -> tuple[float, float]:
    """How far the line of sight went sideways and up and down, degrees."""
    ahead = model.R[:, 2]
    return (
        float(np.degrees(np.ptp(np.arctan2(ahead[:, 0], ahead[:, 2])))),
        float(np.degrees(np.ptp(np.arcsin(np.clip(ahead[:, 1], -1, 1))))),
    )


def _carried(model: SceneModel) -> float:
    """Largest distance of two places of the camera over the features' distance."""
    near = float(np.exp(np.median(model.log_near)))
    return near * float(np.linalg.norm(model.c[:, None] - model.c[None], axis=-1).max())


def _lens(watch: SceneWatch, model: SceneModel, focal_sd: float) -> Lens:
    """Lens for the pictures as they came."""
    scale = watch.width / model.size[0]
    cx, cy = (float(x) for x in (model.centre + 0.5) * scale - 0.5)
    focal = model.focal * scale
    bent = (model.k1, model.k2, 0.0, 0.0, 0.0)
    return Lens(watch.width, watch.height, focal, focal, cx, cy, bent, "calibrated", focal_sd)


def _calibration(watch: SceneWatch, fit: SceneFit, fit_focal_sd: float) -> SceneCalibration:
    # As with a board: focusing changes the focal length between the room and the head.
    lens = _lens(watch, fit.model, float(np.hypot(fit_focal_sd, FOCAL_SD["calibrated"])))
    scale = watch.width / fit.model.size[0]
    focal = fit_focal_sd * lens.fx
    _, k1, k2, cx, cy, _, _ = (float(x) for x in fit.sd)
    sd: Floats = np.array([focal, focal, cx * scale, cy * scale, k1, k2, 0.0, 0.0, 0.0])
    sideways, up = _turned_deg(fit.model)
    return SceneCalibration(
        lens=lens,
        sd=dict(zip(PARAMETERS, (float(x) for x in sd), strict=True)),
        scatter_px=fit.noise_px * scale,
        views=len(fit.model.R),
        features=len(fit.model.direction),
        sideways_deg=sideways,
        up_deg=up,
        carried=_carried(fit.model),
    )


@dataclass(frozen=True)
class Contradiction:
    """How another lens of the same camera differs from what the room shows.

    Attributes
    ----------
    ratio : how much larger things appear through the other lens than through the one the room shows
    sd : its standard deviation
    """

    ratio: float
    sd: float

    @property
    def contradicts(self) -> bool:
        """Whether the other lens cannot be right, within twice what both are known to."""
        return abs(self.ratio - 1) > MAX_FOCAL_CHANGE + 2 * self.sd


def compared(calibration: SceneCalibration, other: Lens) -> Contradiction:
    """Compare another lens for the same pictures with what the room shows."""
    lens = calibration.lens
    # Over the part of the picture in which a head is: a lens may have another distortion and still fit there.
    reach = 0.35 * max(lens.width, lens.height) / lens.fx
    ray = np.array([[x, 0.0] for x in np.linspace(-reach, reach, 9) if x])
    middle = (lens.cx, lens.cy), (other.cx, other.cy)
    own, others = (a.project(ray)[:, 0] - m[0] for a, m in zip((lens, other), middle, strict=True))
    return Contradiction(float(np.mean(others / own)), float(np.hypot(lens.focal_sd, other.focal_sd)))
