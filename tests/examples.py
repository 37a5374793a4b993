"""How many examples a property is tried on."""

from __future__ import annotations

from hypothesis import settings


def examples(most: int, **how: object) -> settings:
    """Examples: this number in the whole run, fewer in the quick one, if the profile has fewer."""
    return settings(max_examples=min(most, settings.default.max_examples), **how)  # type: ignore[arg-type]
