"""The map of a person's head, kept for another recording of the same visit.

Measured in one map, two recordings share the errors of its features, axes and lens, and these cancel in a change. It
holds patches of the face: it stays in memory, and ends with the visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from romcheck.arrays import Floats
from romcheck.geometry.intrinsics import Lens
from romcheck.results import MovementName, Test
from romcheck.tracking.feature_map import FeatureMap


@dataclass(frozen=True)
class HeadMap:
    """The map of a head.

    Attributes
    ----------
    recordings : SHA-256 of those it was made from, the oldest first
    lens : of their frames, as played
    quarters : quarter turns that set the person upright in them, as in ``ImageOrientation``
    face_width_px : of the face in the picture it began with, which sets the size of the working picture
    aside : whether that face was seen from the side
    shape : (478, 3) face in the axes the head is tracked with
    axes : (3, 3) the head's axes in these
    features : keyframes and features
    turns : (c, v, 3) rotation of its keyframes by each cluster of features, see ``FeatureMap.cluster_turns``
    errors_deg : for each recording, of the mean of each movement of a test, the change by each source of error
    mirrored : whether they were said to be mirror images
    """

    recordings: tuple[str, ...]
    lens: Lens
    quarters: int
    face_width_px: float
    aside: bool
    shape: Floats
    axes: Floats
    features: FeatureMap
    turns: Floats
    errors_deg: tuple[Mapping[tuple[Test, MovementName], Floats], ...] = ()
    mirrored: bool = False

    def begun(self) -> FeatureMap:
        """A copy to go on with, in which all there is stays as it is."""
        features = deepcopy(self.features)
        features.fix(self.turns)
        return features

    def covariances_deg2(self, test: Test, movement: MovementName, errors_deg: Floats) -> tuple[float, ...]:
        """Covariance of the error of a movement's mean with that of the same movement in each of the recordings.

        0 where that has no mean. ``errors_deg`` is the change of the mean by each source of error, of which those that
        the earlier recordings know come first.
        """
        found = []
        for of_recording in self.errors_deg:
            earlier = of_recording.get((test, movement), np.zeros(0))
            found.append(float(earlier @ errors_deg[: len(earlier)]))
        return tuple(found)
