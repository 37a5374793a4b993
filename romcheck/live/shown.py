"""The states of framing and check as the browser draws them: every sentence written out, ready for JSON."""

from __future__ import annotations

import math
from typing import Any

from romcheck.circumstances import Mode, Posture
from romcheck.live.framing import FramingItem, FramingState
from romcheck.live.state import HOLD_FOR_S, CheckState, Line, LiveTrial, Plan
from romcheck.protocols import PROTOCOLS
from romcheck.results import MovementName
from romcheck.texts import Texts

SYMBOLS = {"ok": "✓", "change": "!", "unknown": "…", "good": "✓", "usable": "~", "rejected": "✗", "practice": "○"}
"""Shape as well as colour says how something stands."""
MIDDLE_DEG = 3.0
"""An angle this small is called the middle."""


def check_shown(state: CheckState, plan: Plan, texts: Texts) -> dict[str, Any]:
    """State of a check.

    Parameters
    ----------
    state, plan : of the check
    texts : in the language of the reader

    Returns
    -------
    dict
        ``phase``, ``instruction`` (large letters), ``trial`` ("Trial 2 of 3"), ``practice``, ``ring`` (share of the
        hold, 0-1), ``held`` (the same in words), ``angle`` and ``flexion`` (``degrees`` or None, ``text``),
        ``positive`` and ``negative`` (names of the gauge's ends), ``trials`` (a list), ``coaching``, ``cue`` (``id``,
        ``tone``, ``text``), ``over``, ``stopped``.
    """
    protocol = PROTOCOLS[plan.test]
    return {
        "stage": "check",
        "language": texts.language,
        "phase": state.phase,
        "instruction": line_text(_instruction(state, plan), plan.mode, texts),
        "asked": state.asked,
        "trial": _trial_text(state, texts) if state.asked is not None else "",
        "practice": state.practice,
        "ring": round(min(state.held_s / HOLD_FOR_S, 1.0), 3),
        "held": texts("check.shown.held", seconds=texts.number(state.held_s, 1)) if state.held_s else "",
        "angle": {
            "degrees": number(state.angle_deg),
            "text": _gauge(state.angle_deg, protocol.positive, protocol.negative, texts),
        },
        "flexion": {
            "degrees": number(state.flexion_deg),
            "text": ""
            if math.isnan(state.flexion_deg)
            else texts("check.shown.flexion", degrees=max(0.0, state.flexion_deg)),
        },
        "positive": texts(f"movement.{protocol.positive}"),
        "negative": texts(f"movement.{protocol.negative}"),
        "trials": [_trial(trial, texts) for trial in state.made],
        "coaching": "" if state.coaching is None else line_text(state.coaching, plan.mode, texts),
        "cue": {
            "id": state.cue.id,
            "tone": state.cue.tone,
            "text": " ".join(line_text(line, plan.mode, texts) for line in state.cue.say),
        },
        "over": state.over,
        "stopped": state.stopped,
    }


def framing_shown(state: FramingState, posture: Posture, texts: Texts) -> dict[str, Any]:
    """State of the framing: ``ready``, ``possible``, ``title``, ``advice`` (what to mend first) and ``items``."""
    first = state.first
    title = "ready" if state.ready else "possible" if state.possible else "mend"
    if title == "mend" and first is not None and first.status == "unknown":
        title = "wait"
    return {
        "stage": "framing",
        "language": texts.language,
        "ready": state.ready,
        "possible": state.possible,
        "title": texts(f"framing.title.{title}"),
        "advice": "" if first is None else _framing_advice(first, posture, texts),
        "items": [
            {
                "name": item.name,
                "status": item.status,
                "symbol": SYMBOLS[item.status],
                "label": texts(f"framing.{item.name}"),
                "status_text": texts(f"framing.status.{item.status}"),
                "advice": _framing_advice(item, posture, texts),
                "value": number(item.value),
            }
            for item in state.items
        ],
    }


def line_text(line: Line, mode: Mode, texts: Texts) -> str:
    """One sentence of the check, spoken to the person or to whoever moves the head."""
    return texts(f"check.{mode}.{line.key}", **dict(line.numbers))


def number(value: float) -> float | None:
    """A number JSON can carry: None for NaN, one decimal."""
    return round(value, 1) + 0.0 if math.isfinite(value) else None


def _instruction(state: CheckState, plan: Plan) -> Line:
    if state.phase == "stopped":
        return Line(f"stopped.{state.stopped}")
    if state.phase == "turn" and state.asked is not None:
        return Line(f"{'turn_flexed' if plan.test == 'flexion-rotation' else 'turn'}.{state.asked}")
    return Line(state.phase)


def _trial_text(state: CheckState, texts: Texts) -> str:
    if state.practice:
        return texts("check.shown.practice")
    return texts("check.shown.trial", trial=state.trial, trials=state.trials)


def _gauge(angle_deg: float, positive: MovementName, negative: MovementName, texts: Texts) -> str:
    if math.isnan(angle_deg):
        return ""
    if abs(angle_deg) < MIDDLE_DEG:
        return texts("check.shown.middle")
    side = texts(f"movement.{positive if angle_deg > 0 else negative}")
    return texts("check.shown.gauge", angle=f"{texts.number(abs(angle_deg))}°", side=side)


def _trial(trial: LiveTrial, texts: Texts) -> dict[str, Any]:
    verdict = "practice" if trial.practice else trial.verdict
    return {
        "movement": trial.movement,
        "label": texts(f"movement.{trial.movement}"),
        "degrees": number(trial.angle_deg),
        "text": f"{texts.number(trial.angle_deg)}°",
        "verdict": verdict,
        "verdict_text": texts(f"check.shown.verdict.{verdict}"),
        "symbol": SYMBOLS[verdict],
        "reason": texts(f"reason.{trial.reasons[0]}") if trial.reasons else "",
    }


def _framing_advice(item: FramingItem, posture: Posture, texts: Texts) -> str:
    if item.status == "ok":
        return ""
    advice = item.advice
    if item.name == "middle" and posture == "supine" and advice != "no_face":
        advice = "off"  # lying, the picture may be turned any way round
    return texts(f"framing.{item.name}.{advice}", value=0.0 if math.isnan(item.value) else item.value)
