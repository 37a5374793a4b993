"""The live check, step by step, at a single address so that no other skips a step."""

from __future__ import annotations

from romcheck.ui.common import journey
from romcheck.ui.pages import after, choose, live, ready, result, safety, save, welcome

STEPS = {
    "welcome": welcome.show,
    "choose": choose.show,
    "safety": safety.show,
    "referred": safety.show_referred,
    "ready": ready.show,
    "camera": live.show,
    "after": after.show,
    "result": result.show,
}


def page() -> None:
    """Show the current step of this visit."""
    save.for_whom(journey())
    STEPS[journey().step]()
