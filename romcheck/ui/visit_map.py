"""The map of the head of whoever was measured last, for the next check of the same visit.

It is kept with the open window only, and given up as soon as the next check is somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import streamlit as st

from romcheck.live.journey import Journey
from romcheck.live.session import LiveCheck
from romcheck.person.head_map import HeadMap
from romcheck.ui.records import target_of

VISIT = timedelta(hours=2)
"""After so long it is another visit."""


@dataclass(frozen=True)
class _Kept:
    whose: tuple[str, int | None]
    at: datetime
    head_map: HeadMap


def keep(check: LiveCheck, way: Journey) -> None:
    """Keep the map of a check that ended, if it is known whose it is."""
    whose, outcome = _whose(way), check.outcome
    found = None if outcome is None or outcome.measurement is None else outcome.measurement.head_map
    if whose is not None and found is not None:
        st.session_state["visit_map"] = _Kept(whose, datetime.now(), found)


def kept(way: Journey) -> HeadMap | None:
    """The map of this person, if one was kept; that of anybody else is given up."""
    one = cast("_Kept | None", st.session_state.get("visit_map"))
    if one is None:
        return None
    if one.whose != _whose(way) or datetime.now() - one.at > VISIT:
        del st.session_state["visit_map"]
        return None
    return one.head_map


def _whose(way: Journey) -> tuple[str, int | None] | None:
    """Who is measured; None where a therapist has not said."""
    if way.who == "self":
        return "self", None
    target = target_of(way)
    return None if target is None else ("therapist", target.person_id)
