"""Movements played beside their curves: kept pictures, or a drawing of the head made from the angles."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from romcheck.arrays import Floats
from romcheck.i18n.texts import Texts
from romcheck.reports.replay import Take

Align = Literal["hold", "start"]
"""Where two movements are at the same time: in the middle of their holds, or when they begin."""

HERE = Path(__file__).parent
SCRIPT, STYLE = (HERE / "replay.js").read_text("utf-8"), (HERE / "replay.css").read_text("utf-8")
WORDS = (
    "time", "to_hold", "slowly", "play", "pause", "axis", "hold", "loading", "lost", "instead", "undecoded",
    "no_angle", "moving", "going", "back", "picture", "drawing",
)  # fmt: skip


RAISED_DEG, RAISED_FLEXED_DEG = 10.0, -30.0
"""How far from above a drawn head is seen; in flexion from below, as by that test's camera, or its face is hidden."""


@dataclass(frozen=True)
class Scene:
    """One movement on the stage.

    Attributes
    ----------
    kind : how its curve is drawn, as in the charts
    label, which : whose it is among two, and which movement
    note : shown under it; empty for none
    pictures : what the route of :mod:`romcheck.ui.replay_route` is asked for; None for the drawing
    """

    take: Take
    kind: Literal["before", "after"]
    label: str
    which: str
    note: str = ""
    pictures: Mapping[str, str] | None = None


def replay(scenes: Sequence[Scene], description: str, texts: Texts, *, align: Align, blurred: bool, key: str) -> None:
    """Show movements, each beside the other, with one curve chart and one control."""
    content: dict[str, Any] = {
        "texts": {name: texts(f"replay.{name}") for name in WORDS} | {"seconds": texts("replay.seconds", s="{s}")},
        "language": texts.language,
        "description": description,
        "takes": [_told(scene, texts, align, blurred) for scene in scenes],
    }
    content["key"] = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    show = st.components.v2.component("romcheck_replay", js=SCRIPT, css=STYLE)
    show(key=key, data=content)


def _told(scene: Scene, texts: Texts, align: Align, blurred: bool) -> dict[str, Any]:
    take, movement = scene.take, scene.take.movement
    zero = take.moment_s if align == "hold" else movement.start_s
    held = movement.hold_start_s, movement.hold_end_s
    address = ""
    if scene.pictures is not None:
        asked = {**scene.pictures, "blurred": int(blurred), "language": texts.language}
        address = f"/romcheck/replay?{urlencode(asked)}"
    return {
        "kind": scene.kind,
        "label": scene.label,
        "which": scene.which,
        "note": scene.note,
        "raised": RAISED_DEG if movement.flexion_held_deg is None else RAISED_FLEXED_DEG,
        "address": address,
        "zero": zero,
        "from": round(take.start_s - zero, 3),
        "to": round(take.end_s - zero, 3),
        "begin": round(movement.start_s - zero, 3),
        "end": round(movement.end_s - zero, 3),
        "moment": round(take.moment_s - zero, 3),
        "hold": None if None in held else [round((at or 0.0) - zero, 3) for at in held],
        "times": _rounded(take.time_s - zero, 3),
        "angles": _rounded(take.angle_deg, 2),
        "head_times": _rounded(take.head_times_s - zero, 3),
        "heads": np.round(take.heads.reshape(-1, 9), 4).tolist(),
        "trunks": _rounded(take.trunks_deg, 1),
    }


def _rounded(values: Floats, digits: int) -> list[float | None]:
    return [round(value, digits) if math.isfinite(value) else None for value in values.tolist()]
