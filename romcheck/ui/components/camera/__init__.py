"""The camera on a page: live pictures to the measuring process, its state back to the screen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

import streamlit as st

from romcheck.live.engine import IN_FLIGHT, PATIENCE_S
from romcheck.live.session import LiveCheck
from romcheck.live.state import HOLD_FOR_S
from romcheck.protocols import PROTOCOLS

Event = Literal["framing", "ended", "fault", "again"]
"""``framing``: the camera is connected; ``ended``: there is an outcome; ``fault``: it was interrupted, the camera says
why; ``again``: a new check is wanted."""

LOADER = """
export default async (component) =>
  (await import(new URL("/romcheck/scripts/main.js", location.origin))).default(component);
"""
STYLE = (Path(__file__).parent / "camera.css").read_text("utf-8")


def camera(check: LiveCheck, texts: Mapping[str, str], language: str) -> Event | None:
    """Show the camera of a check, from its framing to its end.

    Parameters
    ----------
    check : planned, not yet connected, or the one this page showed before
    texts : its sentences, by key
    language : of the texts, as browsers name it

    Returns
    -------
    The last event of this check; None while there is none
    """
    show = st.components.v2.component("romcheck_camera", js=LOADER, css=STYLE)
    protocol = PROTOCOLS[check.plan.test]
    shown = show(
        key="camera",
        data={
            "token": check.token,
            "texts": dict(texts),
            "language": language,
            "movements": [protocol.positive, protocol.negative],
            "limits": {"holdS": HOLD_FOR_S, "inFlight": IN_FLIGHT, "patienceMs": PATIENCE_S * 1000},
        },
        on_event_change=lambda: None,
    )
    event = shown.event
    # An event of an earlier check is ignored.
    if not isinstance(event, dict) and not hasattr(event, "get"):
        return None
    if event.get("token") != check.token:
        return None
    kind = event.get("kind")
    return kind if kind in get_args(Event) else None
