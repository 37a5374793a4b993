"""Error messages in the reader's language."""

from __future__ import annotations

from romcheck.errors import RomcheckError
from romcheck.i18n.texts import Texts


def problem_text(error: RomcheckError, texts: Texts) -> str:
    """The reason and what to do, as shown on a page."""
    return texts.say(error.message, page=True)
