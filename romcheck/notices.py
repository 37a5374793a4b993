"""Remarks on a measurement, as data: a stable code, its values, and an English sentence.

Each code has a sentence ``warning.CODE`` in every catalogue. Where files and the command line say it with more of the
craft than a page does, theirs is ``notice.CODE``.
"""

from __future__ import annotations

from dataclasses import replace

from romcheck.i18n.message import Message, message
from romcheck.i18n.message import MessageValue as MessageValue
from romcheck.protocols import PROTOCOLS
from romcheck.protocols.protocol import WORDS
from romcheck.results import Notice, Value

CODES = (
    # --- the pictures
    "frames_without_time",
    "times_backward",
    "time_gaps",
    "size_changes",
    "damaged",
    "cut_off",
    "not_kept",
    "track_default",
    "track_face",
    "track_largest",
    "repeated_pictures",
    "pictures_blended",
    "picture_froze",
    "writing_backwards",
    "writing_forwards",
    "writing_unread",
    # --- the camera, the lens and the bodies
    "camera_moved",
    "zoomed",
    "another_view",
    "background_unseen",
    "lens_assumed",
    "picture_cropped",
    "picture_framed",
    "picture_stretched",
    "picture_tiled",
    "landmarks_alone",
    "another_lens",
    "head_not_recalled",
    "mirror_image_of_earlier",
    "trunk_unknown",
    "trunk_unseen",
    "more_faces",
    "way_up_unsure",
    "way_up_late",
    "subject_late",
    "unseen",
    # --- the movements
    "false_starts",
    "others",
    "left_out_circle",
    "left_out_wandering",
    "left_out_alone",
    "left_out_cut_off",
    "start_short_rest",
    "start_facing",
    "start_middle",
    "start_aside",
    "side_unknown",
    "trials_differ",
    "looks_like",
    "upright_unseen",
    "away",
    "eyes_unknown",
    "neutral_drifted",
    "neutral_end_unseen",
    "few_returns",
    # --- where nothing was a movement
    "nothing_seen",
    "seen_part",
    "seen_small",
    "seen_quick",
    "seen_circle",
    "seen_wandering",
    "seen_alone",
    "seen_cut_off",
    "seen_no_neutral",
    # --- the records
    "made_up",
)
"""Every code there is."""

IN_FULL = frozenset(
    {
        "track_default",
        "track_face",
        "track_largest",
        "lens_assumed",
        "landmarks_alone",
        "writing_backwards",
        "writing_forwards",
        "trunk_unknown",
        "way_up_unsure",
        "way_up_late",
        "looks_like",
        "upright_unseen",
    }
)
"""Codes of which files and the command line have a sentence of their own."""

SIDES_IN_DOUBT = frozenset({"writing_backwards", "writing_forwards", "mirror_image_of_earlier", "way_up_unsure"})
"""Left and right may be swapped."""

OF_THE_WHOLE = SIDES_IN_DOUBT | {
    "picture_cropped",
    "picture_stretched",
    "picture_tiled",
    "eyes_unknown",
    "neutral_drifted",
    "neutral_end_unseen",
    "few_returns",
}
"""What puts a whole measurement in doubt, and reports say: sides may be swapped, the test may not have been done, the
lens may be another one."""

SEEN = tuple(code for code in CODES if code.startswith(("seen_", "left_out_")) or code in ("nothing_seen", "others"))
"""What is told where no movement of a test was found."""


def notice(code: str, **values: Value) -> Notice:
    """The notice of a code, with its sentence.

    Raises
    ------
    KeyError
        If its sentence wants a value that was not given.
    """
    told = Notice(code, dict(values))
    return replace(told, text=str(notice_message(told, clinical=True)))


def notice_message(told: Notice, clinical: bool = False) -> Message:
    """What a notice says, for any language, with tests and movements in plain words or the clinic's."""
    kind = "clinical_" if clinical else ""
    section = "notice" if clinical and told.code in IN_FULL else "warning"
    words: dict[str, MessageValue] = {}
    for name, value in told.values.items():
        of = "test" if value in PROTOCOLS else "movement" if value in WORDS else None
        words[name] = message(f"{kind}{of}.{value}") if of else value
    return Message(f"{section}.{told.code}", words)
