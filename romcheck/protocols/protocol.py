"""The tests: which movements count, which gates apply, and the words used for them."""

from __future__ import annotations

from dataclasses import dataclass

from romcheck.motion import gates
from romcheck.results import MovementName, Test

WORDS: dict[MovementName, str] = {
    "rotation_left": "rotation to the left",
    "rotation_right": "rotation to the right",
    "flexion": "flexion",
    "extension": "extension",
    "lateral_flexion_left": "lateral flexion to the left",
    "lateral_flexion_right": "lateral flexion to the right",
    "return_from_left": "return from the left",
    "return_from_right": "return from the right",
}
"""How each movement is named to a reader. Left and right are the subject's."""

_ALWAYS = frozenset(
    gate.code
    for gate in (
        gates.TWO_FACES, gates.WAY_UP, gates.BEYOND_REACH, gates.UNSURE, gates.FACE_LOST, gates.TRUNK_TURNED,
        gates.TRUNK_LEANED, gates.TRUNK_UNKNOWN, gates.NO_HOLD, gates.FRAME_RATE_LOW, gates.LOW_LIGHT, gates.BLURRED,
        gates.FACE_SMALL, gates.TOO_FAR, gates.TOO_NEAR, gates.START_DRIFT, gates.CUT_OFF, gates.START_UNSURE,
        gates.NO_RETURN, gates.CAMERA_UNSTEADY, gates.CAMERA_MOVED, gates.ZOOMED, gates.PICTURE_FROZE,
        gates.PICTURES_BLENDED,
    )
)  # fmt: skip
_FLEXED = frozenset(
    gate.code for gate in (gates.FLEXION_LOST, gates.FLEXION_UNKNOWN, gates.FLEXION_SMALL, gates.FLEXION_SLIGHT)
)
_LEVEL = frozenset({gates.SIDE_BENT.code})
_PLAIN = frozenset({gates.MIXED.code})
# Of a return neither the hold at the end range nor the way back from it is asked for.
_RETURN = frozenset(
    gate.code
    for gate in (
        gates.NOT_RETURNED, gates.RETURN_BENT, gates.RETURN_BRIEF, gates.TRUNK_SHIFTED, gates.NEUTRAL_DRIFTED,
    )
)  # fmt: skip
_OUT_AND_BACK = frozenset(
    gate.code
    for gate in (
        gates.BEYOND_REACH, gates.NO_HOLD, gates.NO_RETURN, gates.START_DRIFT, gates.TRUNK_TURNED, gates.START_UNSURE,
    )
)  # fmt: skip


@dataclass(frozen=True)
class Protocol:
    """One test.

    Attributes
    ----------
    test : its name in results and on the command line
    title : its name to a reader
    axis : which anatomical angle is measured: 0 rotation, 1 flexion, 2 lateral flexion
    positive, negative : the movement that makes this angle grow, and the opposite one
    gates : codes of the gates that apply
    """

    test: Test
    title: str
    axis: int
    positive: MovementName
    negative: MovementName
    gates: frozenset[str]

    @property
    def movements(self) -> tuple[MovementName, MovementName]:
        """The two movements, in the order of reports: left first, flexion first."""
        return (self.negative, self.positive) if self.axis == 2 else (self.positive, self.negative)

    def name(self, sign: float) -> MovementName:
        """Name the movement whose angle has this sign."""
        return self.positive if sign > 0 else self.negative


PROTOCOLS: dict[Test, Protocol] = {
    protocol.test: protocol
    for protocol in (
        Protocol(
            test="flexion-rotation",
            title="Flexion-rotation test",
            axis=0,
            positive="rotation_left",
            negative="rotation_right",
            gates=_ALWAYS | _FLEXED | _LEVEL,
        ),
        Protocol(
            test="rotation",
            title="Rotation",
            axis=0,
            positive="rotation_left",
            negative="rotation_right",
            gates=_ALWAYS | _LEVEL | _PLAIN,
        ),
        Protocol(
            test="flexion-extension",
            title="Flexion and extension",
            axis=1,
            positive="flexion",
            negative="extension",
            gates=_ALWAYS | _PLAIN,
        ),
        Protocol(
            test="lateral-flexion",
            title="Lateral flexion",
            axis=2,
            positive="lateral_flexion_right",
            negative="lateral_flexion_left",
            gates=_ALWAYS | _PLAIN,
        ),
        Protocol(
            test="joint-position",
            title="Joint position error",
            axis=0,
            positive="return_from_left",
            negative="return_from_right",
            gates=(_ALWAYS - _OUT_AND_BACK) | _RETURN,
        ),
    )
}
"""The tests by name."""

RANGES: tuple[Protocol, ...] = tuple(p for p in PROTOCOLS.values() if p.test != "joint-position")
"""The tests of how far the neck moves; the other one is of how well it comes back."""
