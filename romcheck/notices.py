"""What a person should know of a measurement, as data: a stable code, the values behind it, and an English sentence.

Pages and reports say the same in the reader's language, by the code: each has a line of its own in the section
``warning`` of every catalogue.
"""

from __future__ import annotations

from romcheck.protocols import PROTOCOLS
from romcheck.results import Notice, Value

SENTENCES = {
    # --- the pictures
    "frames_without_time": "Frames without a time: {count}; they were taken to follow each other at the stated frame "
    "rate.",
    "times_backward": "Timestamps that repeat or go backwards: {count}; they were repaired, and times near them may be "
    "off by a frame.",
    "time_gaps": "Timestamps that leap ahead by more than {most_s:.0f} s: {count}; each such gap was shortened to "
    "that.",
    "size_changes": "The size of the picture changes within the video; every frame was brought to the size of the "
    "first.",
    "damaged": "Parts of the video are damaged, or it was cut off: what could be decoded was measured.",
    "cut_off": "The video ends after {seconds:.1f} s of the {stated_s:.1f} s it should last: it was cut off, and what "
    "is there was measured.",
    "not_kept": "The video could not be kept: {reason}",
    # --- the lens and the bodies
    "lens_assumed": "The lens of the camera is not known and was assumed, which widens the uncertainty; calibrate the "
    "camera once or state its field of view.",
    "landmarks_alone": "The head's own features could not be followed in this video (too few pixels, blur or noise): "
    "the angles rest on face landmarks alone, which read large turns too small.",
    "trunk_unknown": "The trunk could not be measured: a turn of the trunk would count as a turn of the neck.",
    "trunk_unseen": "Movements in which the trunk was not seen: {count}; it was taken to turn evenly there.",
    "more_faces": "More than one person was seen; the one followed from the start was measured.",
    "way_up_unsure": "Which way up the picture is could not be told, so that left and right may be swapped: state it "
    "with --upright, or show head and shoulders.",
    "way_up_late": "Which way up the picture is was seen only at {seconds:.1f} s; what came before was not measured. "
    "State it with --upright, and the whole recording is.",
    "subject_late": "The face followed at first never moved and was taken for a picture; the person was followed from "
    "{seconds:.1f} s on.",
    "unseen": "The head was not seen for a second or more, so that a movement made then is missing: {times}.",
    # --- the movements
    "false_starts": "Taken for false starts and not counted: {times}.",
    "others": "Other movements were seen and not counted: {test} ({count}).",
    "looks_like": "The movement looks more like {test} than {named}.",
    "upright_unseen": "Begin or end the recording upright, so that the held flexion can be measured.",
    "away": "The head came back up to {degrees:.0f}° away from the start posture between movements.",
    # --- the records
    "made_up": "Made up for the demonstration: nobody was measured.",
}
"""English sentences by their code; values in braces."""

TITLES: dict[Value, str] = {test: protocol.title.lower() for test, protocol in PROTOCOLS.items()}


def notice(code: str, **values: Value) -> Notice:
    """The notice of a code, with its sentence.

    Raises
    ------
    KeyError
        If there is no such code, or its sentence wants a value that was not given.
    """
    words = {name: TITLES.get(value, value) for name, value in values.items()}
    return Notice(code, dict(values), SENTENCES[code].format_map(words))
