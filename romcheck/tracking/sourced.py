"""Constants with their reason and source, for the settings of a package.

A number was *chosen*, and the reason is all there is; or chosen by what a script *measured*, which anybody can run
again to see the effect; or *published*, in a source that is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Constant:
    """One constant: its name within the settings, its value, its reason, and its source."""

    name: str
    value: Any
    reason: str
    source: str


def chosen(value: T, reason: str) -> T:
    """Field of a settings class whose value was chosen and is not supported by a script."""
    return _sourced(value, reason, "chosen")


def measured(value: T, reason: str, by: str) -> T:
    """Field of a settings class whose number was chosen by what a script, at the path ``by``, measures."""
    return _sourced(value, reason, f"chosen by what `{by}` measures")


def published(value: T, reason: str, source: str) -> T:
    """Field of a settings class whose number was published."""
    return _sourced(value, reason, source)


def constants(settings: Any, under: str = "") -> Iterator[Constant]:
    """Every constant of a settings object, those of its parts named ``part.name``."""
    for item in fields(settings):
        value = getattr(settings, item.name)
        name = f"{under}{item.name}"
        if "reason" in item.metadata:
            yield Constant(name, value, item.metadata["reason"], item.metadata["source"])
        elif is_dataclass(value):
            yield from constants(value, f"{name}.")
        else:
            raise ValueError(f"{name} has no reason")


def _sourced(value: T, reason: str, source: str) -> T:
    return field(default=value, metadata={"reason": reason, "source": source})
