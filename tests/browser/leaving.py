"""Whether the browser asks before it leaves a page."""

from __future__ import annotations

from playwright.sync_api import Page

ASKS = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
"""Whether leaving would be asked about; nothing is left."""


def stay(page: Page) -> None:
    """Reload, and stay when the browser asks."""
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.evaluate("() => void setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"
