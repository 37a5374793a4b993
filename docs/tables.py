"""Write the tables of the documents that the program itself knows: python docs/tables.py.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end of table -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from romcheck.motion.gates import GATES
from romcheck.motion.rotations import anatomical, compose, relative
from romcheck.person.settings import PERSON
from romcheck.tracking.settings import TRACKING, TrackerSettings
from romcheck.tracking.sourced import constants

FOLDER = Path(__file__).parent


def camera_yaw_deg(turn_deg: float, flexion_deg: float) -> float:
    """Direction of the nose about the upright vertical after a turn about the head's own axis in flexion.

    This is what a reading of "yaw" in upright or camera axes gives.
    """
    nose = compose(0, flexion_deg, 0) @ compose(turn_deg, 0, 0) @ np.array([0, 0, 1.0])
    return float(np.degrees(np.arctan2(nose[0], nose[2])))


def rotation_deg(turn_deg: float, flexion_deg: float) -> float:
    """Rotation romcheck reads for the same turn, counted from the flexed posture."""
    flexed = compose(0, flexion_deg, 0)
    return float(anatomical(relative(flexed, flexed @ compose(turn_deg, 0, 0))).rotation)


def table(*rows: Iterable[str]) -> str:
    """Markdown table, headings first."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|---" * (lines[0].count("|") - 1) + "|")
    return "\n".join(lines)


def camera_yaw() -> str:
    """Camera's yaw against the turn about the head's own axis."""
    flexions = (30, 45, 60)
    rows = [
        [f"{turn}°", *(f"{camera_yaw_deg(turn, f):.1f}°" for f in flexions), f"{rotation_deg(turn, 45):.1f}°"]
        for turn in (20, 30, 32, 45)
    ]
    heading = ["true turn", *(f"yaw at {f}° of flexion" for f in flexions), "romcheck's rotation, at any of them"]
    return table(heading, *rows)


def reasons() -> str:
    """Every reason code with its threshold and advice."""
    rows = [
        [
            f"`{gate.code}`",
            gate.verdict,
            "" if gate.threshold is None else f"{gate.threshold:g} {gate.unit}".replace(" °", "°"),
            gate.why,
            gate.advice,
        ]
        for gate in GATES.values()
    ]
    return table(["code", "quality at best", "threshold", "why", "advice"], *rows)


def constants_of(*settings: Any) -> str:
    """Every constant of settings objects."""
    rows = [
        [f"`{constant.name}`", value_of(constant.value), constant.reason, constant.source]
        for held in settings
        for constant in constants(held)
    ]
    return table(["constant", "value", "reason", "source"], *rows)


def value_of(value: Any) -> str:
    """A constant's value; of settings within settings, what is not as usual."""
    if is_dataclass(value):
        usual = type(value)()
        return ", ".join(
            f"`{f.name}` {value_of(getattr(value, f.name))}"
            for f in fields(value)
            if getattr(value, f.name) != getattr(usual, f.name)
        )
    return ", ".join(map(value_of, value)) if isinstance(value, tuple) else f"{value:g}"


TABLES: dict[str, dict[str, Callable[[], str]]] = {
    "angles.md": {"camera yaw": camera_yaw},
    "result.md": {"reasons": reasons},
    "tracker.md": {
        "tracking": lambda: constants_of(TrackerSettings(), TRACKING),
        "person": lambda: constants_of(PERSON),
    },
}


def filled(name: str) -> str:
    """Text of a document with its tables as the program knows them now."""
    text = (FOLDER / name).read_text("utf-8")
    for title, make in TABLES[name].items():
        pattern = rf"(<!-- table: {title} -->\n).*?(\n<!-- end of table -->)"
        text, found = re.subn(pattern, lambda m, make=make: m[1] + make() + m[2], text, flags=re.DOTALL)
        if found != 1:
            raise ValueError(f"{name} should hold the table {title!r} once, not {found} times.")
    return text


if __name__ == "__main__":
    for document in TABLES:
        (FOLDER / document).write_text(filled(document), "utf-8", newline="\n")
