"""Whether two measurements were taken under the same conditions, so that they can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from romcheck.change.ranges import first_side, flexion_held
from romcheck.clinical import Occasion
from romcheck.notices import SIDES_IN_DOUBT
from romcheck.results import FLEXED_LEAST_DEG, Software

Matter = Literal["test", "sides", "flexion", "mode", "posture", "moved_by", "camera", "lens", "software"]
"""What must be the same at both times."""

Remark = Literal["rest", "first_side", "practice", "hour"]
"""What should be the same, with a remark where it was not: rests between turns in flexion; the side turned to first and
the practice movements within one day, the time of day between days."""

FLEXION_APART_DEG = 8.0
"""A larger difference of held flexion makes another test: the smaller it is, the more the lower neck turns too."""

HOURS_APART = 4.0
"""Hours between times of day from which there is a remark."""


@dataclass(frozen=True)
class Obstacle:
    """One matter that differs, with what it was at both times."""

    matter: Matter
    before: str
    after: str


@dataclass(frozen=True)
class Comparability:
    """Obstacles to a comparison, items not recorded both times, and remarks stated with a change."""

    obstacles: tuple[Obstacle, ...]
    unknown: tuple[Matter, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def comparable(self) -> bool:
        """True where nothing known differs."""
        return not self.obstacles

    @property
    def same_camera(self) -> bool:
        """True where the same camera and lens are known to have been used."""
        return not {"camera", "lens"} & {*self.unknown, *(o.matter for o in self.obstacles)}


def comparability(before: Occasion, after: Occasion) -> Comparability:
    """Compare the conditions of two measurements.

    Notes
    -----
    The lens differs where its numbers or the size of the picture do. A lens that is not calibrated has the same
    assumed numbers in every camera: then the camera's name decides, and without a name it is not known whether the
    camera was the same. The flexion held is that of the trials that count. Software is the same where engine, models
    and the first two numbers of the version are.
    """
    a, b = before.conditions, after.conditions
    obstacles: list[Obstacle] = []
    unknown: list[Matter] = []

    def hold(matter: Matter, first: str | None, second: str | None) -> None:
        if first is None or second is None:
            unknown.append(matter)
        elif first != second:
            obstacles.append(Obstacle(matter, first, second))

    hold("test", before.result.test, after.result.test)
    hold("sides", _sides(before), _sides(after))
    if "flexion-rotation" == before.result.test == after.result.test:
        held = [flexion for o in (before, after) if (flexion := flexion_held(o.result)) is not None]
        if len(held) == 2 and (abs(held[0] - held[1]) > FLEXION_APART_DEG or min(held) < FLEXED_LEAST_DEG):
            obstacles.append(Obstacle("flexion", *(f"{value:.0f}°" for value in held)))
    hold("mode", a.mode, b.mode)
    hold("posture", a.posture, b.posture)
    # In an active test only the person can move the head.
    hold("moved_by", "self" if a.mode == "active" else a.moved_by, "self" if b.mode == "active" else b.moved_by)
    hold("lens", _lens(before), _lens(after))
    calibrated = before.result.camera.known == after.result.camera.known == "calibrated"
    if a.camera is not None or b.camera is not None or not calibrated:
        hold("camera", a.camera, b.camera)
    hold("software", _version(before.result.software), _version(after.result.software))
    # An active and a passive test necessarily differ in who moved the head: stated once.
    if any(o.matter == "mode" for o in obstacles):
        obstacles = [o for o in obstacles if o.matter != "moved_by"]
        unknown = [m for m in unknown if m != "moved_by"]
    return Comparability(tuple(obstacles), tuple(unknown), tuple(_remarks(before, after)))


def _remarks(before: Occasion, after: Occasion) -> Iterator[Remark]:
    a, b = before.conditions, after.conditions
    if None not in (a.rest, b.rest) and a.rest != b.rest:
        yield "rest"
    if before.on != after.on:
        # Visits alternate in the side they begin with.
        if before.at is not None and after.at is not None and hours_apart(before.at, after.at) > HOURS_APART:
            yield "hour"
        return
    first, second = first_side(before.result), first_side(after.result)
    if None not in (first, second) and first != second:
        yield "first_side"
    if None not in (a.practice, b.practice) and a.practice != b.practice:
        yield "practice"


def hours_apart(one: datetime, other: datetime) -> float:
    """Hours between two times of day, 0 to 12, whatever the days."""
    apart = abs((one - other) / timedelta(hours=1)) % 24
    return min(apart, 24 - apart)


def _sides(occasion: Occasion) -> str:
    """Whether left is left: where one of two may be a mirror image, one side is compared with the other."""
    return "sure" if SIDES_IN_DOUBT.isdisjoint(told.code for told in occasion.result.notices) else "in_doubt"


def _lens(occasion: Occasion) -> str:
    """Lens in a line; two cameras with the same numbers give the same line."""
    c = occasion.result.camera
    distortion = ", ".join(f"{k:.4g}" for k in c.distortion)
    return f"{c.known}, {c.width} × {c.height}, f {c.fx:.1f}, {c.fy:.1f}, c {c.cx:.1f}, {c.cy:.1f}, k {distortion}"


def _version(software: Software) -> str:
    models = ", ".join(f"{name} {digest[:8]}" for name, digest in sorted(software.models.items()))
    minor = ".".join(software.romcheck.split(".")[:2])
    return f"romcheck {minor}, {software.engine} {software.engine_version}, {models}".rstrip(", ")
