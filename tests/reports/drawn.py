"""Measurements whose angles are known, to be drawn."""

from __future__ import annotations

import numpy as np

from romcheck.protocols import PROTOCOLS
from romcheck.results import Camera, Frames, Movement, Result, Software, Source, Summary, Test

RAMP_S, HOLD_S, PAUSE_S = 1.5, 1.5, 1.0


def measured(
    test: Test = "rotation", angles: tuple[float, ...] = (47.7, -41.2), fps: float = 30.0
) -> tuple[Result, Frames]:
    """One movement an angle, in turn: 1 s of rest, 1.5 s there, 1.5 s held, 1.5 s back. Signs as in the contract."""
    protocol = PROTOCOLS[test]
    knots, movements, now = [(0.0, 0.0)], [], PAUSE_S
    for angle in angles:
        name = protocol.name(angle)
        there, back = now + RAMP_S, now + RAMP_S + HOLD_S
        knots += [(now, 0.0), (there, angle), (back, angle), (back + RAMP_S, 0.0)]
        movements.append(
            Movement(
                movement=name,
                trial=1 + sum(m.movement == name for m in movements),
                start_s=now,
                end_s=back + RAMP_S,
                hold_start_s=there,
                hold_end_s=back,
                angle_deg=abs(angle),
                uncertainty_deg=2.9,
                at_least=False,
                quality="good",
                reasons=(),
            )
        )
        now = back + RAMP_S + PAUSE_S
    time = np.arange(0, now, 1 / fps)
    values = np.interp(time, *np.transpose(knots))
    still = np.zeros(len(time))
    three = [still, still, still]
    three[protocol.axis] = values
    frames = Frames(
        time, np.ones(len(time), bool), *three, trunk_rotation_deg=still.copy(), sigma_deg=np.full(len(time), 1.2)
    )
    summary = tuple(
        Summary(
            name,
            tuple(m.trial for m in movements if m.movement == name),
            float(np.mean([m.angle_deg for m in movements if m.movement == name] or [np.nan])),
            None,
            None,
            2.9,
        )
        for name in protocol.movements
        if any(m.movement == name for m in movements)
    )
    result = Result(
        test=test,
        test_recognised=True,
        source=Source("someone.mp4", "0" * 64, 640, 480, float(time[-1] + 1 / fps), len(time), fps),
        software=Software("0.1.0", "engine", "1", {}, {}),
        camera=Camera(640, 480, 550.0, 550.0, 320.0, 240.0, (0.0,) * 5, "assumed"),
        movements=tuple(movements),
        summary=summary,
        differences=(),
        warnings=(),
    )
    return result, frames
