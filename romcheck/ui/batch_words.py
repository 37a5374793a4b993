"""Changes of settings and program since the last run, in the reader's language."""

from __future__ import annotations

from romcheck.batch.identity import GIVEN, Change
from romcheck.i18n.wording import Wording


def change_words(change: Change, t: Wording) -> str:
    """Changes of settings since the last run."""
    what, count = t(f"batch_change.{change.key}"), str(change.videos)
    if change.before == change.now:
        return t("batch_change.other", what=what, count=count)
    before, now = (_value(change.key, value, t) for value in (change.before, change.now))
    return t("batch_change.from_to", what=what, before=before, now=now, count=count)


def _value(key: str, value: str, t: Wording) -> str:
    if not value:
        return t("batch_change.recognised" if key == "test" else "batch_change.not_given")
    if key == "test":
        return t(f"title.{value}")
    return t("batch_change.given") if value == GIVEN else value
