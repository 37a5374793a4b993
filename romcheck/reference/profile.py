"""A person's correction: the ratio of the true movement to the face-based measurement, for each side.

A profile contains no name and no picture.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from romcheck.arrays import Floats
from romcheck.errors import RomcheckError, system_says
from romcheck.exchange.atomic import written_whole
from romcheck.i18n.message import message
from romcheck.protocols import PROTOCOLS
from romcheck.results import Difference, Examination, Frames, Movement, MovementName, Result, Summary, Test
from romcheck.statistics import t_factor

LEAST_MOVEMENTS = 2
"""Least movements of each side, so that the gain's uncertainty can be estimated."""
FARTHEST_FROM_ONE = 0.2
"""A gain farther from 1 is not due to the person but to an error."""


class ProfileError(RomcheckError):
    """A profile that cannot be made from a recording, read, or used for a test."""


class Gain(BaseModel):
    """Movement by the markers as a multiple of that by the face.

    ``sd`` is its standard uncertainty, already widened for the few movements behind it (Student's t / 1.96).
    """

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    gain: Annotated[float, Field(ge=1 - FARTHEST_FROM_ONE, le=1 + FARTHEST_FROM_ONE)]
    sd: Annotated[float, Field(ge=0, lt=1)]
    movements: Annotated[int, Field(ge=LEAST_MOVEMENTS)]


class Profile(BaseModel):
    """One person's gains in one test, by movement."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    schema_: Literal["romcheck.profile/1"] = Field("romcheck.profile/1", alias="schema")
    test: Test
    gains: dict[MovementName, Gain]
    trunk_measured: bool
    romcheck: str


def write_profile(profile: Profile, path: str | Path) -> None:
    """Write a profile as JSON, completely or not at all."""
    with written_whole(path) as unfinished:
        unfinished.write_text(json.dumps(profile.model_dump(by_alias=True), indent=2) + "\n", "utf-8", newline="\n")


def read_profile(path: str | Path) -> Profile:
    """Read a profile.

    Raises
    ------
    ProfileError
        When the file cannot be read or is not a profile.
    """
    try:
        return Profile.model_validate_json(Path(path).read_bytes())
    except OSError as error:
        raise ProfileError("profile_unreadable", path=path, why=system_says(error)) from error
    except ValidationError as error:
        raise ProfileError("not_a_profile", path=path) from error


def corrected(result: Result, frames: Frames, profile: Profile) -> tuple[Result, Frames]:
    """Apply a person's correction to a measurement, and state it in the result.

    Every angle of the test's movements is multiplied by the gain of its side, every half-width too and widened by
    the gain's own; nothing else changes. The uncertainty is not reduced by the correction.

    Raises
    ------
    ProfileError
        If the profile is of another test.
    """
    if result.test != profile.test:
        raise ProfileError(
            "profile_test",
            test=message(f"clinical_test.{profile.test}"),
            test2=message(f"clinical_test.{result.test}"),
        )
    movements = tuple(_movement(m, profile) for m in result.movements)
    summary = tuple(_summary(s, profile) for s in result.summary)
    differences = tuple(_difference(d, summary, profile) for d in result.differences)
    main = Examination(result.test, movements, summary, differences)
    settings = {**result.software.settings, "profile": {name: g.model_dump() for name, g in profile.gains.items()}}
    said = ", ".join(f"{_words(name)} × {gain.gain:.3f}" for name, gain in profile.gains.items())
    warnings = (*result.warnings, f"A person's correction was applied to every angle: {said}.")
    return (
        replace(
            result,
            movements=movements,
            summary=summary,
            differences=differences,
            tests=(main, *result.tests[1:]) if result.tests else (),
            software=replace(result.software, settings=settings),
            warnings=warnings,
        ),
        _frames(frames, profile),
    )


def _words(name: MovementName) -> str:
    return name.replace("_", " ")


def _widened(half_width: float | None, angle: float, gain: Gain) -> float | None:
    return None if half_width is None else math.hypot(gain.gain * half_width, t_factor(math.inf) * gain.sd * angle)


def _movement(movement: Movement, profile: Profile) -> Movement:
    gain = profile.gains.get(movement.movement)
    if gain is None or movement.angle_deg is None:
        return movement
    return replace(
        movement,
        angle_deg=gain.gain * movement.angle_deg,
        uncertainty_deg=_widened(movement.uncertainty_deg, movement.angle_deg, gain),
    )


def _summary(summary: Summary, profile: Profile) -> Summary:
    gain = profile.gains.get(summary.movement)
    if gain is None or summary.mean_deg is None:
        return summary
    return replace(
        summary,
        mean_deg=gain.gain * summary.mean_deg,
        sd_deg=None if summary.sd_deg is None else gain.gain * summary.sd_deg,
        max_deg=None if summary.max_deg is None else gain.gain * summary.max_deg,
        uncertainty_deg=_widened(summary.uncertainty_deg, summary.mean_deg, gain),
        covariance_deg2=tuple(gain.gain**2 * one for one in summary.covariance_deg2),
    )


def _difference(difference: Difference, summary: tuple[Summary, ...], profile: Profile) -> Difference:
    """Difference of the corrected means; including the uncertainties of both gains."""
    means = {s.movement: s.mean_deg for s in summary}
    left, right = PROTOCOLS[profile.test].movements
    a, b = means.get(left), means.get(right)
    if a is None or b is None or left not in profile.gains or right not in profile.gains:
        return difference
    own = [profile.gains[name].sd * angle / profile.gains[name].gain for name, angle in ((left, a), (right, b))]
    largest = max(profile.gains[left].gain, profile.gains[right].gain)
    width = math.hypot(largest * difference.uncertainty_deg, t_factor(math.inf) * math.hypot(*own))
    return replace(difference, left_minus_right_deg=a - b, uncertainty_deg=width)


def _frames(frames: Frames, profile: Profile) -> Frames:
    """Scale the main angle of the test, and its sigma, by the gain of each frame's side."""
    protocol = PROTOCOLS[profile.test]
    name = ("rotation_deg", "flexion_deg", "lateral_flexion_deg")[protocol.axis]
    angle: Floats = getattr(frames, name)
    gains = {sign: profile.gains.get(protocol.name(sign)) for sign in (1, -1)}
    values = {sign: (1.0, 0.0) if g is None else (g.gain, g.sd) for sign, g in gains.items()}
    gain = np.where(angle >= 0, values[1][0], values[-1][0])
    sd = np.where(angle >= 0, values[1][1], values[-1][1])
    scaled: dict[str, Any] = {name: gain * angle, "sigma_deg": np.hypot(gain * frames.sigma_deg, sd * np.abs(angle))}
    return replace(frames, **scaled)
