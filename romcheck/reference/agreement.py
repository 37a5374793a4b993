"""Agreement between two ways of measuring one angle.

Source: Bland & Altman 1986 (Lancet 327:307): bias, and limits between which 95 % of the differences lie.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Floats
from romcheck.statistics import mae, rmse
from romcheck.statistics.limits import limits_of_agreement

BANDS_DEG = ((0, 20), (20, 40), (40, 60), (60, 180))
"""Angle bands by the reference, lower end included."""


@dataclass(frozen=True)
class Agreement:
    """Agreement of a measurement with a reference, degrees; None if there are too few values.

    A difference is positive where the reading makes the movement larger than the reference does, whatever its side.

    Attributes
    ----------
    n : number of pairs
    bias_deg : mean difference
    sd_deg : standard deviation of the differences, n - 1
    lower_deg, upper_deg : 95 % limits of agreement, bias ∓ 1.96 sd
    rmse_deg, mae_deg : root mean square and mean absolute difference
    """

    n: int
    bias_deg: float | None
    sd_deg: float | None
    lower_deg: float | None
    upper_deg: float | None
    rmse_deg: float | None
    mae_deg: float | None


@dataclass(frozen=True)
class BandAgreement:
    """Agreement for reference angles between two limits."""

    from_deg: int
    to_deg: int
    agreement: Agreement


def larger_by(reading: Floats, reference: Floats) -> Floats:
    """Differences (n,), + where the reading is the larger movement: taken towards the reference's side."""
    return np.where(reference < 0, -1.0, 1.0) * (reading - reference)


def agreement(reading: Floats, reference: Floats) -> Agreement:
    """Agreement of paired signed angles (n,), degrees; pairs with a NaN are left out."""
    both = np.isfinite(reading) & np.isfinite(reference)
    d = larger_by(reading[both], reference[both])
    n = len(d)
    if n == 0:
        return Agreement(0, None, None, None, None, None, None)
    found = limits_of_agreement(float(d.mean()), float(d.std(ddof=1)) if n > 1 else math.nan, n)
    sd, lower, upper = (None if math.isnan(v) else v for v in (found.sd, found.lower.value, found.upper.value))
    return Agreement(n, found.bias.value, sd, lower, upper, rmse(d), mae(d))


def by_band(reading: Floats, reference: Floats) -> tuple[BandAgreement, ...]:
    """Agreement in each of `BANDS_DEG`, by the size of the reference."""
    size = np.abs(reference)
    return tuple(
        BandAgreement(low, high, agreement(reading[inside], reference[inside]))
        for low, high in BANDS_DEG
        for inside in [(size >= low) & (size < high)]
    )
