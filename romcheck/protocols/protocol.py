"""The four tests: which movements count, which gates apply, and the words used for them."""

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


@dataclass(frozen=True)
class Protocol:
    """One test.

    Attributes
    ----------
    test : its name in results and on the command line
    title : its name to a reader
    start : the start posture, in words
    axis : which anatomical angle is measured: 0 rotation, 1 flexion, 2 lateral flexion
    positive, negative : the movement that makes this angle grow, and the opposite one
    gates : codes of the gates that apply
    steps : what the person is asked to do
    """

    test: Test
    title: str
    start: str
    axis: int
    positive: MovementName
    negative: MovementName
    gates: frozenset[str]
    steps: tuple[str, ...]

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
            start="neck fully flexed and held so",
            axis=0,
            positive="rotation_left",
            negative="rotation_right",
            gates=_ALWAYS | _FLEXED | _LEVEL,
            steps=(
                "Look straight ahead for two seconds.",
                "Bring the chin down to the chest as far as it goes, and keep it there.",
                "Turn the head to one side as far as it goes, hold for one to two seconds, return to the middle.",
                "The same to the other side. Three times each.",
                "Come back up.",
            ),
        ),
        Protocol(
            test="rotation",
            title="Rotation",
            start="upright, looking straight ahead",
            axis=0,
            positive="rotation_left",
            negative="rotation_right",
            gates=_ALWAYS | _LEVEL | _PLAIN,
            steps=(
                "Look straight ahead for two seconds.",
                "Turn the head to one side as far as it goes, hold for one to two seconds, return to the middle.",
                "The same to the other side. Three times each.",
            ),
        ),
        Protocol(
            test="flexion-extension",
            title="Flexion and extension",
            start="upright, looking straight ahead",
            axis=1,
            positive="flexion",
            negative="extension",
            gates=_ALWAYS | _PLAIN,
            steps=(
                "Look straight ahead for two seconds.",
                "Bring the chin down to the chest as far as it goes, hold for one to two seconds, come back up.",
                "Look up to the ceiling as far as it goes, hold for one to two seconds, come back. Three times each.",
            ),
        ),
        Protocol(
            test="lateral-flexion",
            title="Lateral flexion",
            start="upright, looking straight ahead",
            axis=2,
            positive="lateral_flexion_right",
            negative="lateral_flexion_left",
            gates=_ALWAYS | _PLAIN,
            steps=(
                "Look straight ahead for two seconds.",
                "Bring one ear towards its shoulder as far as it goes, hold for one to two seconds, come back.",
                "The same to the other side. Three times each.",
            ),
        ),
    )
}
"""The four tests by name."""
