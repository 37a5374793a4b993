"""Low-order error of a prior surface, which is smooth and much the same at neighbouring points.

A head that is longer, broader or more sloping than the prior surface shifts the depths of hundreds of features
together. Treated as independent, their depths would seem well known, and the rotation would be biased; so the smooth
part of the error is estimated from all features jointly and removed.
"""

from __future__ import annotations

import numpy as np

from romcheck.arrays import Floats
from romcheck.tracking.settings import TRACKING


def low_order_error(direction: Floats, error: Floats, sd: Floats) -> Floats:
    """Low-order part of a surface's radial error, from its error at scattered places.

    Parameters
    ----------
    direction : (n, 3) unit vectors from the body's centre to the points
    error : (n,) natural logarithm of true over prior radius, as far as known
    sd : (n,) standard deviation of each; infinite where nothing is known

    Returns
    -------
    (n,) the error's part in spherical harmonics up to the second degree (size, position, tilt and proportions), fitted
    by least squares with a normal prior of standard deviation ``low_order_sd`` on each
    """
    x, y, z = direction.T
    basis = np.stack([np.ones_like(x), x, y, z, x * y, y * z, z * x, x * x - y * y, 3 * z * z - 1], 1)
    weight = 1 / sd**2
    normal = basis.T @ (basis * weight[:, None]) + np.eye(basis.shape[1]) / TRACKING.surface.low_order_sd**2
    return np.asarray(basis @ np.linalg.solve(normal, basis.T @ (weight * error)))
