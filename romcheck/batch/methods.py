"""A methods paragraph for authors to adapt, with its references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from romcheck.batch.identity import Program
from romcheck.geometry.intrinsics import ASSUMED_FOV_DEG
from romcheck.protocols import PROTOCOLS
from romcheck.results import LensKnowledge, Quality, Test

ATTENTION_MESH = (
    "Grishchenko I, Ablavatski A, Kartynnik Y, Raveendran K, Grundmann M. Attention Mesh: high-fidelity face mesh "
    "prediction in real-time. arXiv:2006.10962, 2020."
)
FACE_MESH = (
    "Kartynnik Y, Ablavatski A, Grishchenko I, Grundmann M. Real-time facial surface geometry from monocular video on "
    "mobile GPUs. arXiv:1907.06724, 2019."
)
BUNDLE_ADJUSTMENT = (
    "Triggs B, McLauchlan PF, Hartley RI, Fitzgibbon AW. Bundle adjustment – a modern synthesis. In: Vision "
    "Algorithms: Theory and Practice. Lecture Notes in Computer Science 1883. Springer, 2000:298–372."
)
TILT_TWIST = (
    "Crawford NR, Yamaguchi GT, Dickman CA. A new technique for determining 3-D joint angles: the tilt/twist method. "
    "Clin Biomech 1999;14:153–165."
)
CITED = (FACE_MESH, ATTENTION_MESH, BUNDLE_ADJUSTMENT, TILT_TWIST)

LENSES: dict[LensKnowledge, str] = {
    "calibrated": "with a calibrated lens",
    "stated": "with the field of view as stated",
    "assumed": f"with an assumed field of view of {ASSUMED_FOV_DEG:.0f}°, adjusted to how the head turned",
}


def methods(
    program: Program,
    recordings: int,
    participants: int,
    tests: Sequence[Test],
    lenses: Sequence[LensKnowledge],
    trials: Mapping[Quality, int],
) -> list[str]:
    """Sentences of a methods section, by paragraph.

    Parameters
    ----------
    recordings, participants : how many were measured, shared recordings once; 0 participants where none are named
    tests, lenses : that occur
    trials : how many of each quality
    """
    who = f" of {participants} participants" if participants else ""
    done = _listed([PROTOCOLS[test].title.lower() for test in tests])
    how = _listed([LENSES[lens] for lens in lenses])
    whole = sum(trials.values())
    return [
        f"Neck movements were measured from {recordings} video recordings{who} ({done}) with romcheck "
        f"{program.romcheck}, {how}. Face landmarks (MediaPipe {program.engine_version}, refined face mesh [1, 2]) "
        "started the tracking of the head; the measurement itself rests on features of the head's own texture, "
        "followed in every frame and adjusted together with their depths over the whole recording (bundle adjustment "
        "[3]). The trunk was followed as a second rigid body where its texture allowed.",
        "Angles are those of the head relative to the trunk from the starting position of the test (relative to the "
        "room where the trunk could not be followed; reason trunk_unknown), decomposed into a twist about the head's "
        "longitudinal axis (rotation) and the remaining tilt (flexion–extension and lateral flexion), in the manner of "
        "the tilt/twist method [4]. A trial's angle is the median over the hold at the end range. Each "
        "angle carries the half-width of its 95 % interval, which covers the measurement and not how a person's range "
        "varies from day to day.",
        f"Of {whole} trials, {trials.get('good', 0)} passed every check, {trials.get('usable', 0)} were doubted but "
        f"used, and {trials.get('rejected', 0)} were rejected and left out of means. Movements, holds and trials were "
        "found by the program, with the same settings for all recordings unless the table of inputs says otherwise.",
        "The accuracy of the method has been checked on synthetic heads of known pose, not against motion capture on "
        "people (docs/accuracy.md of the software); say so, or validate it in your own setting.",
    ]


def _listed(items: Sequence[str]) -> str:
    return " and ".join(items) if len(items) < 3 else f"{', '.join(items[:-1])} and {items[-1]}"
