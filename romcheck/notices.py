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
    "track_default": "The file holds {count} video tracks. Track {number} ({width}×{height}) was measured: it is the "
    "one the file names to be played. To measure another, save it as a file of its own.",
    "track_face": "The file holds {count} video tracks. Track {number} ({width}×{height}) was measured: a face is seen "
    "in it. To measure another, save it as a file of its own.",
    "track_largest": "The file holds {count} video tracks. Track {number} ({width}×{height}) was measured: it is the "
    "largest, and the file does not say which one is to be played. To measure another, save it as a file of its own.",
    "repeated_pictures": "Pictures are repeated: of {shown:.0f} a second about {rate:.0f} show something new.",
    "pictures_blended": "Pictures are mixed out of two, to reach another frame rate: use the recording as the camera "
    "made it.",
    "picture_froze": "The picture stood still while the head moved on: {times}.",
    # --- the camera, the lens and the bodies
    "camera_moved": "The camera or its picture moved, by up to {degrees:.1f}° from {time_s:.1f} s on; it was set right "
    "by what lies behind the person. Fix the camera, and turn off auto-framing (Center Stage) and stabilisation.",
    "zoomed": "The picture was zoomed, up to {factor:.2f} times from {time_s:.1f} s on; it was set right by what lies "
    "behind the person. Turn off auto-framing (Center Stage) and zoom.",
    "another_view": "What lies behind the person is no longer the same from {time_s:.1f} s on: the camera was moved, "
    "or somebody stood before it.",
    "background_unseen": "What lies behind the person shows too little to tell whether the camera kept still.",
    "lens_assumed": "The lens of the camera is not known and was assumed, which widens the uncertainty; calibrate the "
    "camera once or state its field of view.",
    "landmarks_alone": "The head's own features could not be followed in this video (too few pixels, blur or noise): "
    "the angles rest on face landmarks alone, which read large turns too small.",
    "trunk_unknown": "The trunk could not be measured: a turn of the trunk would count as a turn of the neck.",
    "trunk_unseen": "Movements in which the trunk was not seen: {count}; it was taken to turn evenly there.",
    "more_faces": "More than one face was seen; the largest steady one was measured.",
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
