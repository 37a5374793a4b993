"""A person's correction, made from one recording with markers."""

from __future__ import annotations

import math

import numpy as np

from romcheck.i18n.message import message
from romcheck.protocols import PROTOCOLS
from romcheck.reference.comparison import MarkerComparison
from romcheck.reference.profile import FARTHEST_FROM_ONE, LEAST_MOVEMENTS, Gain, Profile, ProfileError
from romcheck.results import MovementName
from romcheck.statistics import t_factor

LEAST_DEG = 20.0
"""Least movement: in smaller ones the error of the starting position outweighs a gain."""


def profile_of(comparison: MarkerComparison) -> Profile:
    """Gains of each side: least squares through zero of the markers' angle on the face's, over movements.

    Raises
    ------
    ProfileError
        If the lens was not calibrated, a side has fewer than `LEAST_MOVEMENTS` of at least `LEAST_DEG`, or a gain is
        farther from 1 than any person's.
    """
    if comparison.camera.known != "calibrated":
        raise ProfileError("profile_lens")
    gains: dict[MovementName, Gain] = {}
    for name in PROTOCOLS[comparison.test].movements:
        pairs = [
            (p.face_deg, p.markers_deg)
            for p in comparison.each_movement
            if p.movement == name and p.compared and min(p.face_deg or 0, p.markers_deg or 0) >= LEAST_DEG
        ]
        if len(pairs) < LEAST_MOVEMENTS:
            raise ProfileError(
                "profile_few",
                name=message(f"clinical_movement.{name}"),
                count=len(pairs),
                least_deg=LEAST_DEG,
                least_movements=LEAST_MOVEMENTS,
            )
        face, markers = np.array(pairs, float).T
        gain = float(face @ markers / (face @ face))
        if abs(gain - 1) > FARTHEST_FROM_ONE:
            raise ProfileError("profile_gain", name=message(f"clinical_movement.{name}"), gain=gain)
        freedom = len(pairs) - 1
        scatter = math.sqrt(float(np.sum((markers - gain * face) ** 2)) / freedom / float(face @ face))
        # The markers' own error at the start and in the hold does not scatter within one recording.
        own = math.sqrt(2) * comparison.marker_sigma_deg / float(face.mean())
        sd = math.hypot(scatter * t_factor(freedom) / t_factor(math.inf), own)
        gains[name] = Gain(gain=round(gain, 4), sd=round(sd, 4), movements=len(pairs))
    return Profile(
        schema="romcheck.profile/1",
        test=comparison.test,
        gains=gains,
        trunk_measured=comparison.trunk_measured,
        romcheck=comparison.romcheck,
    )
