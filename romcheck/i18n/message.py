"""A message before it is a sentence: a stable code and its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Union

MessageValue = Union[str, int, float, date, "Message", Sequence[Any]]
"""A word as it is, a number, a day, a sentence within the sentence, or several of them."""


@dataclass(frozen=True)
class Message:
    """One sentence by its code; as text it is English.

    Attributes
    ----------
    code : key in the catalogue
    values : values of the placeholders of its sentence, by name
    """

    code: str
    values: Mapping[str, MessageValue] = field(default_factory=dict)

    def __str__(self) -> str:
        from romcheck.i18n.texts import Texts

        return Texts("en").say(self)

    def with_words(self, change: Callable[[str], str]) -> Message:
        """The same with a function applied to every text among its values, also in nested messages."""

        def changed(value: MessageValue) -> MessageValue:
            if isinstance(value, Message):
                return value.with_words(change)
            if isinstance(value, (list, tuple)):
                return [changed(one) for one in value]
            return change(value) if isinstance(value, str) else value

        return Message(self.code, {name: changed(value) for name, value in self.values.items()})

    def as_data(self) -> dict[str, Any]:
        """The same as texts, numbers and lists, for JSON; a day becomes its ISO text."""
        return {"code": self.code, "values": {name: _as_data(value) for name, value in self.values.items()}}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Message:
        """Inverse of :meth:`as_data`."""
        return cls(str(data["code"]), {name: _from_data(value) for name, value in data.get("values", {}).items()})


def message(code: str, /, **values: object) -> Message:
    """A message, its values by name.

    An error among the values is replaced by its message, any other object, such as a path, by its text.
    """
    return Message(code, {name: _value(value) for name, value in values.items()})


def _value(value: object) -> MessageValue:
    carried = getattr(value, "message", None)
    if isinstance(carried, Message):
        return carried
    if isinstance(value, (list, tuple)):
        return [_value(one) for one in value]
    return value if isinstance(value, (str, int, float, date, Message)) else str(value)


def _as_data(value: MessageValue) -> Any:
    if isinstance(value, Message):
        return value.as_data()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_as_data(one) for one in value]
    return value


def _from_data(value: Any) -> MessageValue:
    if isinstance(value, Mapping):
        return Message.from_data(value)
    return [_from_data(one) for one in value] if isinstance(value, list) else value
