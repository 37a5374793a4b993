"""The sentences used by the camera script in the browser, by the keys it uses."""

from __future__ import annotations

from romcheck.i18n.catalogue import catalogue
from romcheck.i18n.texts import Texts
from romcheck.live.framing import LIMITS
from romcheck.live.state import CheckPlan

LYING = "_lying"
"""Suffix of alternative sentences where the person is lying: someone else moves the camera."""


def camera_texts(texts: Texts, plan: CheckPlan) -> dict[str, str]:
    """All sentences of framing and check; changing numbers are still in braces.

    ``say.*`` and ``coach.*`` address the person, or in the passive mode whoever moves the head. Someone lying sees
    a picture in any orientation: the position of the face is then described without left and right.
    """
    found: dict[str, str] = {}
    spoken = f"check.{plan.mode}."
    for key, text in catalogue(texts.language).items():
        if key.startswith(spoken):
            name = key.removeprefix(spoken)
            found[f"say.{name}"] = found[f"coach.{name}"] = text
        elif key.startswith(("camera.", "framing.", "movement.", "phase.")):
            found[key] = text
    for key in [key for key in found if key.startswith("framing.")]:
        for name, limit in LIMITS.items():
            found[key] = found[key].replace(f"{{{name}}}", texts.number(limit))
    if plan.posture == "supine":
        for side in ("off_left", "off_right", "too_high", "too_low"):
            found[f"framing.middle.{side}"] = found["framing.middle.off"]
        for key in [key for key in found if key.endswith(LYING)]:
            found[key.removesuffix(LYING)] = found[key]
    return found
