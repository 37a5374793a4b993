"""What a person should know of a measurement, as data: a stable code, the values behind it, and an English sentence.

Pages and reports say the same in the reader's language, by the code: each has a line of its own in the section
``warning`` of every catalogue.
"""

from __future__ import annotations

from romcheck.protocols import PROTOCOLS
from romcheck.protocols.protocol import WORDS
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
    "trunk_unknown": "The trunk could not be measured: angles are head to room instead of head to trunk, a turn of the "
    "trunk is part of them, and the intervals include what seated people's trunks do.",
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
    "others": "The recording holds another test as well, reported under its own name: {test} ({count}).",
    "left_out_circle": "The head went around in a circle, which is no trial: {times}.",
    "left_out_wandering": "The head moved about several axes at once and not out and back along one line, which is no "
    "trial: {times}.",
    "left_out_alone": "A movement of another kind was done once and quickly, and not counted: {times}.",
    "left_out_cut_off": "What was seen begins or ends during a movement, which was not counted: {times}.",
    "start_short_rest": "The start posture was taken from {seconds:.1f} s of rest: it is known to {degrees:.0f}° only, "
    "and what it adds to one side it takes from the other.",
    "start_facing": "The head never rested before a movement: the start posture was taken from where the face came "
    "nearest to looking at the camera, and is known to {degrees:.0f}° only.",
    "start_middle": "The head never rested and never looked at the camera: the middle of both ends was taken for the "
    "start posture, give or take {degrees:.0f}°. How much of the way lies to each side cannot be told.",
    "start_aside": "The start posture looks past the camera and every movement goes to one side of it, so it may be an "
    "end position: where the middle was is not known.",
    "side_unknown": "No rest tells where the middle was, and nothing was seen of this movement: {movement}.",
    "trials_differ": "The trials differ too much to average: {movement} ({angles}).",
    "looks_like": "The movement looks more like {test} than {named}.",
    "upright_unseen": "Begin or end the recording upright, so that the held flexion can be measured.",
    "away": "The head came back up to {degrees:.0f}° away from the start posture between movements.",
    # --- where nothing was a movement
    "nothing_seen": "The head kept still throughout.",
    "seen_part": "The face was seen for {seen_s:.1f} of {all_s:.1f} s, first at {first_s:.1f} s.",
    "seen_small": "The largest movement seen was {degrees:.0f}° at {at_s:.1f} s ({movement}): too small to count.",
    "seen_quick": "The largest movement seen was {degrees:.0f}° at {at_s:.1f} s ({movement}): it was not held, or "
    "did not begin and end in a start posture.",
    "seen_circle": "The largest movement seen was {degrees:.0f}° at {at_s:.1f} s ({movement}): it was part of a "
    "circle.",
    "seen_wandering": "The largest movement seen was {degrees:.0f}° at {at_s:.1f} s ({movement}): it went about "
    "several axes at once, not out and back along one line.",
    "seen_alone": "The largest movement seen was {degrees:.0f}° at {at_s:.1f} s ({movement}): it was done once and "
    "quickly.",
    "seen_cut_off": "The largest movement seen was {degrees:.0f}° at {at_s:.1f} s ({movement}): what was seen begins "
    "or ends on the way.",
    # --- the records
    "made_up": "Made up for the demonstration: nobody was measured.",
}
"""English sentences by their code; values in braces."""

SEEN = tuple(
    code for code in SENTENCES if code.startswith(("seen_", "left_out_")) or code in ("nothing_seen", "others")
)
"""What is told where no movement of a test was found."""

TITLES: dict[Value, str] = {test: protocol.title.lower() for test, protocol in PROTOCOLS.items()}
TITLES.update(WORDS.items())


def notice(code: str, **values: Value) -> Notice:
    """The notice of a code, with its sentence.

    Raises
    ------
    KeyError
        If there is no such code, or its sentence wants a value that was not given.
    """
    words = {name: TITLES.get(value, value) for name, value in values.items()}
    return Notice(code, dict(values), SENTENCES[code].format_map(words))
