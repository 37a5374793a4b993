"""Fitting the lens to views of the board: which distortion terms the views support, how certain the fit is, and whether
it is good enough.

After Zhang (2000), A flexible new technique for camera calibration, as OpenCV carries it out. A sheet is seldom quite
flat, and edges that stand up by 2 mm would make the focal length 0.6 to 1 % too short, so the bow is found together
with the lens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from romcheck.arrays import Floats
from romcheck.calibrate.views import Coverage, View, coverage
from romcheck.errors import CameraError
from romcheck.geometry.intrinsics import FOCAL_SD, Lens
from romcheck.i18n.message import Message, message

PARAMETERS = ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3")

# What a calibration must reach. A focal length 15 % wrong costs a head angle 2 to 7 degrees, so that 1 % costs up to
# half a degree, which is as much as a calibration may add.
MIN_VIEWS = 8
"""Three would do for exact corners; eight leave enough over to notice a bad one."""
MIN_TILTED = 4
"""Half of them sideways, half up or down: a board square to the camera looks the same through a long lens from afar
as through a short one from near by."""
MIN_CELLS = 6
"""Ninths of the picture that must be seen: distortion is not known where no corner was."""
MAX_REPROJECTION = 1 / 800
"""Root mean square, as a part of the longer side (0.8 pixel of 640). Flat boards and still hands give a third of it."""
MAX_FOCAL_SD = 0.005
"""Relative: two of them are the 1 % above."""
MAX_CENTRE_SD = 0.006
"""Of the principal point, as a part of the longer side (4 pixels of 640)."""
MAX_ASPECT = 0.02
"""Difference of fx and fy, each of which is then 1 % off. Pixels of cameras are square; printers are good to 1 %."""
FOV_RANGE_DEG = (25.0, 125.0)
"""Across the longer side; outside it the five-term model, or the calibration, is not to be trusted."""

MAX_BEND_MM = 3.0
"""Between the highest and the lowest corner; the edges of the sheet then stand up by 8 mm, and the bow is no longer as
simple as is assumed."""

OUTLIER = 2.5
"""Views whose error is this many times the median view's are dropped: paper bent, board moving, corners misread."""

_FIX_ALL_DISTORTION = (
    cv2.CALIB_FIX_K1 | cv2.CALIB_FIX_K2 | cv2.CALIB_FIX_K3 | cv2.CALIB_FIX_K4 | cv2.CALIB_FIX_K5 | cv2.CALIB_FIX_K6
)
_TANGENTIAL = cv2.CALIB_ZERO_TANGENT_DIST
# From simple to full: flags of what stays zero, and how many terms are fitted.
MODELS: dict[str, tuple[int, int]] = {
    "none": (_FIX_ALL_DISTORTION | _TANGENTIAL, 0),
    "k1": ((_FIX_ALL_DISTORTION & ~cv2.CALIB_FIX_K1) | _TANGENTIAL, 1),
    "k1 k2": (cv2.CALIB_FIX_K3 | _TANGENTIAL, 2),
    "k1 k2 p1 p2": (cv2.CALIB_FIX_K3, 4),
    "k1 k2 p1 p2 k3": (0, 5),
}
_CRITERIA = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-6)
_GROUPS = 10
_BEND_STEP_MM = 1.0
_BEND_REACH_MM = 100.0


@dataclass(frozen=True)
class Calibration:
    """A lens with what is known about how well it is known.

    Attributes
    ----------
    lens : known "calibrated"; its focal_sd holds the fit's and what a fit cannot see
    sd : standard deviation of fx, fy, cx, cy (pixels), k1, k2, p1, p2, k3; 0 for a term that was not fitted
    reprojection_px : root mean square distance of corner and projected point over all views
    model : the distortion terms fitted
    views : used for the fit
    dropped : names of views left out as outliers
    bend_mm : how far the sheet bows, highest to lowest corner; 0 where the views show no bow
    coverage : what the views used show
    """

    lens: Lens
    sd: dict[str, float]
    reprojection_px: float
    model: str
    views: tuple[View, ...] = field(repr=False)
    dropped: tuple[str, ...]
    bend_mm: float
    coverage: Coverage

    @property
    def fit_focal_sd(self) -> float:
        """Relative standard deviation of the focal length, from the fit alone."""
        return max(self.sd["fx"] / self.lens.fx, self.sd["fy"] / self.lens.fy)


@dataclass(frozen=True)
class _Fit:
    parameters: Floats  # (9,) in the order of PARAMETERS
    sd: Floats  # (9,)
    view_rms: Floats  # (views,) pixels
    rms: float
    bic: float


def _fit(views: Sequence[View], model: str, start: Floats | None = None) -> _Fit:
    flags, terms = MODELS[model]
    K, distortion = np.eye(3), np.zeros(5)
    if start is not None:
        flags |= cv2.CALIB_USE_INTRINSIC_GUESS
        K = np.array([[start[0], 0, start[2]], [0, start[1], start[3]], [0, 0, 1.0]])
        distortion = start[4:].copy()
    points = [v.points.astype(np.float32) for v in views]
    corners = [v.corners.astype(np.float32) for v in views]
    try:
        rms, matrix, terms_found, _, _, sd, _, view_rms = cv2.calibrateCameraExtended(
            points, corners, views[0].size, K, distortion, flags=flags, criteria=_CRITERIA
        )
    except cv2.error as error:
        raise CameraError("views_alike") from error
    n = 2 * sum(len(v.corners) for v in views)
    bic = n * np.log(max(rms, 1e-6) ** 2) + (4 + terms) * np.log(n)
    (fx, _, cx), (_, fy, cy), _ = np.asarray(matrix, np.float64)
    parameters = np.r_[fx, fy, cx, cy, np.ravel(terms_found)[:5]].astype(np.float64)
    return _Fit(parameters, np.ravel(sd)[:9].astype(float), np.ravel(view_rms).astype(float), float(rms), float(bic))


def _best_fit(views: Sequence[View], start: Floats | None = None) -> tuple[str, _Fit]:
    """Model of lowest Bayesian information criterion: a further term must earn more than it costs."""
    fits: dict[str, _Fit] = {}
    for model in MODELS:
        fits[model] = _fit(views, model, start)
        start = fits[model].parameters
    model = min(fits, key=lambda name: fits[name].bic)
    return model, fits[model]


def _bent(views: Sequence[View], bend: Floats) -> list[View]:
    """Bend the sheet of the views by z = bend · (x², xy, y²), mm at 100 mm from its middle."""
    middle = np.concatenate([v.points for v in views]).mean(0)

    def raised(points: Floats) -> Floats:
        x, y = ((points - middle)[:, :2] / _BEND_REACH_MM).T
        return np.column_stack([points[:, :2], bend @ (x * x, x * y, y * y)])

    return [replace(v, points=raised(v.points)) for v in views]


def _bend(views: Sequence[View], model: str, flat: _Fit) -> Floats:
    """Bow of the sheet, (3,) as in :func:`_bent`, at the minimum of the parabola through ten fits."""

    def cost(bend: Floats) -> float:
        return _fit(_bent(views, bend), model, flat.parameters).rms ** 2

    steps = _BEND_STEP_MM * np.eye(3)
    here = flat.rms**2
    up, down = (np.array([cost(sign * step) for step in steps]) for sign in (1, -1))
    slope = (up - down) / 2
    curve = np.diag(up + down - 2 * here)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        both = cost(steps[i] + steps[j])
        curve[i, j] = curve[j, i] = both - here - slope[i] - slope[j] - (curve[i, i] + curve[j, j]) / 2
    if np.min(np.linalg.eigvalsh(curve)) <= 0:  # the views do not show it
        return np.zeros(3)
    return np.asarray(-_BEND_STEP_MM * np.linalg.solve(curve, slope))


def _with_bend(views: Sequence[View], model: str, flat: _Fit) -> tuple[list[View], str, _Fit]:
    """Return views, model and fit with the sheet's bow, if it earns its three terms; as given otherwise."""
    bent = _bent(views, _bend(views, model, flat))
    straight_lens = np.r_[flat.parameters[:4], np.zeros(5)]
    bent_model, fit = _best_fit(bent, straight_lens)
    n = 2 * sum(len(v.corners) for v in views)
    if fit.bic + 3 * np.log(n) < flat.bic:
        return bent, bent_model, fit
    return list(views), model, flat


def _jackknife_sd(views: Sequence[View], model: str, best: _Fit) -> Floats:
    """Return the standard deviation of each parameter by leaving out a tenth of the views at a time, (9,).

    The fit's own holds for independent errors of the corners; bent paper and a rolling shutter move all corners
    of a view together.
    """
    groups = min(_GROUPS, len(views))
    found = np.array(
        [
            _fit([v for i, v in enumerate(views) if i % groups != g], model, best.parameters).parameters
            for g in range(groups)
        ]
    )
    return np.asarray(np.sqrt((groups - 1) / groups * ((found - found.mean(0)) ** 2).sum(0)))


def fit_lens(views: Sequence[View]) -> Calibration:
    """Lens from chosen views, outlying views left out. See :func:`refusals` for whether to use it.

    Parameters
    ----------
    views : all of one size

    Raises
    ------
    CameraError
        if the views are fewer than MIN_VIEWS or determine no lens at all.
    """
    if len(views) < MIN_VIEWS:
        raise CameraError("views_few", reasons=too_few(len(views), coverage(views)))
    kept = list(views)
    dropped: list[str] = []
    while True:
        model, fit = _best_fit(kept)
        bad = fit.view_rms > OUTLIER * np.median(fit.view_rms)
        if not bad.any() or len(kept) - bad.sum() < MIN_VIEWS:
            break
        dropped += [v.name for v, out in zip(kept, bad, strict=True) if out]
        kept = [v for v, out in zip(kept, bad, strict=True) if not out]

    bent, model, fit = _with_bend(kept, model, fit)
    heights = np.concatenate([v.points[:, 2] for v in bent])
    sd = np.maximum(fit.sd, _jackknife_sd(bent, model, fit))
    fx, fy, cx, cy = (float(x) for x in fit.parameters[:4])
    k1, k2, p1, p2, k3 = (float(x) for x in fit.parameters[4:])
    # A camera that focuses by itself changes its focal length between board and head by about as much as
    # FOCAL_SD says, which no view of the board shows.
    focal_sd = float(np.hypot(max(sd[0] / fx, sd[1] / fy), FOCAL_SD["calibrated"]))
    width, height = kept[0].size
    lens = Lens(width, height, fx, fy, cx, cy, (k1, k2, p1, p2, k3), "calibrated", focal_sd)
    return Calibration(
        lens=lens,
        sd=dict(zip(PARAMETERS, (float(x) for x in sd), strict=True)),
        reprojection_px=fit.rms,
        model=model,
        views=tuple(kept),
        dropped=tuple(dropped),
        bend_mm=float(np.ptp(heights)),
        coverage=coverage(kept, lens),
    )


def too_few(n: int, seen: Coverage, others: Sequence[Message] = ()) -> list[Message]:
    """The error for too few views: their number, why the ``others`` were left out, and what to film."""
    return [message("board.views", count=n, least=MIN_VIEWS), *others, *seen.missing()]


def folds(lens: Lens) -> bool:
    """Whether the distortion turns back inside the picture: two rays for one pixel."""
    corners = np.array([[0, 0], [lens.width, 0], [0, lens.height], [lens.width, lens.height]], float)
    reach = np.max(np.hypot(*((corners - (lens.cx, lens.cy)) / (lens.fx, lens.fy)).T))
    k1, k2, _, _, k3 = lens.distortion
    r2 = np.linspace(0, 2 * reach, 400) ** 2
    slope = 1 + 3 * k1 * r2 + 5 * k2 * r2**2 + 7 * k3 * r2**3
    r = np.sqrt(r2)
    distorted = r * (1 + k1 * r2 + k2 * r2**2 + k3 * r2**3)
    turned = np.flatnonzero(slope <= 0)
    return bool(len(turned)) and bool(distorted[turned[0]] < reach)


def refusals(calibration: Calibration) -> list[Message]:
    """Why a calibration is not good enough; empty where it is."""
    lens, seen = calibration.lens, calibration.coverage
    longer = max(lens.width, lens.height)
    out = []
    if len(calibration.views) < MIN_VIEWS:
        out.extend(too_few(len(calibration.views), seen))
    left, right, upper, lower = seen.tilts
    if min(seen.tilted // 2, left + right, upper + lower) < MIN_TILTED // 2:
        out.append(message("board.tilted", tilted=seen.tilted))
    if 9 - len(seen.empty_cells) < MIN_CELLS:
        out.append(message("board.too_little", cells=seen.empty_cells))
    if calibration.reprojection_px > MAX_REPROJECTION * longer:
        out.append(message("board.corners", found_px=calibration.reprojection_px, most_px=MAX_REPROJECTION * longer))
    if calibration.bend_mm > MAX_BEND_MM:
        out.append(message("board.bent", bend_mm=calibration.bend_mm))
    fov = float(np.degrees(2 * np.arctan(longer / 2 / (lens.fx if lens.width >= lens.height else lens.fy))))
    if not FOV_RANGE_DEG[0] <= fov <= FOV_RANGE_DEG[1]:
        out.append(message("board.fov", fov_deg=fov))
    if calibration.fit_focal_sd > MAX_FOCAL_SD:
        out.append(message("board.focal", found=100 * calibration.fit_focal_sd, most=100 * MAX_FOCAL_SD))
    if max(calibration.sd["cx"], calibration.sd["cy"]) > MAX_CENTRE_SD * longer:
        out.append(message("board.centre"))
    if abs(lens.fx / lens.fy - 1) > MAX_ASPECT:
        out.append(message("board.scale", found=100 * abs(lens.fx / lens.fy - 1)))
    if folds(lens):
        out.append(message("board.distortion"))
    return out
