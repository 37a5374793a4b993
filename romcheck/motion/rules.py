"""Thresholds for finding movements, each with its reason. Degrees and seconds throughout."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """What counts as still, as a turn, as a hold."""

    # --- smoothing
    window_s: float = 0.2
    """Reach of the smoothing to each side. A turn of 60° and back within 1 s loses less than 0.2° at its peak."""
    outlier_deg: float = 3.0
    """A single frame this far from its neighbours is not believed: three times the worst frame noise expected (1°)."""
    jump_deg: float = 10.0
    jump_deg_per_s2: float = 12000.0
    """A step that differs from the steps around it by this much, and this suddenly, is the tracker's: a turn of 60° in
    a quarter of a second accelerates at 5500°/s², and no examination is done faster."""
    shortest_segment_s: float = 0.15
    """A segment between two jumps shorter than this is a false lock."""
    fastest_deg_per_s: float = 250.0
    """Top speed of a head: rendered heads were followed at 165°/s at most, and a fast turn of 88° in 1 s has 165°/s."""

    # --- rest
    still_window_s: float = 0.5
    still_spread_deg: float = 1.0
    """A head is at rest when it strays by no more than this (standard deviation) within the window: about 7°/s."""
    still_shortest_s: float = 0.4
    still_drift_deg_per_s: float = 3.0
    """A steady drift faster than this is a slow movement, not a posture."""
    same_rest_deg: float = 8.0
    """Rests within this of each other are returns to one posture: people return to within a few degrees."""

    aside_deg: float = 15.0
    """If every rest is turned or bent aside by this much more than other frames, the recording lacks a rest in the
    starting position; people who look ahead face the camera to within about 10°."""
    tie_deg: float = 6.0
    """Rests that differ by less than this in how central they are count as equal: trials of one
    side differ by a few degrees, and so do returns."""

    first_rest: float = 1.75
    """How much farther from every movement than the middle the first rest may be, to be the starting position all the
    same: a test to one side reaches twice as far from there as from its middle."""

    # --- excursions
    smallest_deg: float = 8.0
    """Least excursion that counts. Severe restriction in flexion-rotation still leaves 10-15°; fidgets and incomplete
    returns stay below about 7°."""
    smallest_quick_deg: float = 15.0
    """Least excursion without a hold: nods and glances while talking reach 10° but come straight back."""
    leave_deg: float = 5.0
    """Beyond this from the starting position an excursion may have begun."""
    valley: float = 0.5
    """Coming back by less than this share of the excursion is a pause or a second effort, not a new trial."""
    false_start: float = 1 / 3
    false_start_quick: float = 0.6
    brief_s: float = 0.5
    """An excursion below this share of the largest to its side (the second, if it had at most a brief hold) is a
    false start: repeated trials of one person differ by a few degrees, not by half."""
    dominance: float = 0.7
    """The movement asked for must reach this share of the largest of the three angles: coupled side-bending of
    10-20° goes with full rotation, but a side-bend that carries some rotation is not a rotation."""
    onset: float = 0.05
    onset_deg: float = 1.5
    """An excursion begins and ends this share of its size, but at least so many degrees, from the rest around it."""

    # --- what is no trial
    bow_deg: float = 12.0
    bow: float = 0.5
    """A trial goes out and comes back along about one line: the head strays from it by no more than so many degrees,
    or than this share of how far it went. A circle around the middle strays by as much as it goes out, a look from
    one corner to another by half of it and more; side-bending coupled to a turn stays within a third."""
    bow_flexed_deg: float = 25.0
    bow_flexed: float = 0.75
    """The same inside a held flexion, where flexion given up during a turn is told of each trial by itself."""
    loop: float = 0.35
    """Half way out and half way back the head is at the same place, within `bow_deg` or this share of the way: an
    oval that is half as wide as long differs by 0.87 of it."""
    held_still: float = 0.25
    """In a hold the whole head keeps still: the other angles travel by no more than this share of the excursion, or
    `held_still_deg`. In a slow circle each angle stands still for a moment while another passes."""
    held_still_deg: float = 8.0
    alone_quick_deg: float = 25.0
    """A movement of another test than the main one counts where it was held for `brief_s`, or where a larger one than
    this was done more than once: a look at the floor or glasses put on are neither."""
    one_stretch_s: float = 2.0
    """What is no trial and follows within this is told as one."""
    circle_deg: float = 270.0
    """Going around the middle by this much is circling."""

    # --- the starting position
    return_s: float = 2.0
    return_deg: float = 6.0
    """Within this time before a trial and after it the head pauses this near to the starting position; people return to
    1-3°."""
    short_rest_s: float = 0.4
    """A starting position taken from a rest shorter than this is doubted."""
    facing_sigma_deg: float = 5.0
    """Without a rest the starting position is where the face came nearest to looking at the camera: people who look
    ahead do so within about 10°."""
    side_on_deg: float = 20.0
    """A camera that no view of the face comes nearer to than this stands to the side: it does not tell where ahead
    is, and the middle of both ends is taken."""

    # --- coming back, in the joint position test
    away_deg: float = 20.0
    away_share: float = 0.5
    """A turn from which the head is to come back goes this far, and this share of the usual one of the recording:
    returns miss the middle by less."""
    returned_s: float = 0.8
    """A pause this long is the return; a second is asked for, and smoothing takes something off both ends."""
    mark_deg: float = 1.5
    """Who sees the mark meets it to within this; with closed eyes people usually miss it by more."""
    read_s: float = 1.5
    """Of the pause this much is read: what comes later may be a look at the mark."""

    # --- holds
    hold_shortest_s: float = 0.3
    """Shortest plateau that is a hold; protocols ask for 1-2 s."""
    hold_speed: float = 0.15
    hold_deg_per_s: float = 5.0
    """In a hold the speed stays below this share of the excursion's top speed, or below this (creep), or below what
    noise alone feigns."""
    hold_level: float = 0.8
    """A plateau below this share of the peak is a pause on the way."""
    hold_pause_s: float = 0.15
    """Twitches shorter than this do not end a hold."""

    # --- losing the face
    gap_s: float = 0.3
    """Missing frames for longer than this are a gap that may hide something."""
    absence_s: float = 5.0
    """Away for longer than this, the person has left: no hold is asked for that long."""
    unseen_s: float = 1.0
    """Out of sight for longer than this a turn could have been made and missed; the quickest with a hold takes as
    long."""
    edge_s: float = 0.15
    """A peak or hold this near to a gap adjoins it."""

    # --- the flexed posture of the flexion-rotation test
    flexed_deg: float = 20.0
    """Least held flexion that tells the test from rotation: stiff necks reach 25°, coupled flexion in upright
    rotation stays below 15°."""
    flexed_named_deg: float = 10.0
    """The same where the test was named, so that only upright and flexed have to be told apart."""
    flexed_aside_deg: float = 20.0
    """The flexed posture is in the middle: no more rotation or side-bend than this from upright."""

    # --- trunk
    trunk_share: float = 0.5
    trunk_sigma_deg: float = 5.0
    """The trunk is taken into account when measured in this share of frames with at most this uncertainty; a worse
    reading would add more error than seated trunks turn."""
    trunk_growth_deg_per_s: float = 4.0
    trunk_unknown_deg: float = 5.0
    """Between measured frames the trunk is taken to move evenly; its uncertainty grows at this rate up to this, or up
    to what unseen trunks do, whichever is more."""
    trunk_strays_deg: float = 1.5
    """A trunk that rests so far from where it was, with the head turned back by as much, may have been misread; sway
    is half a degree."""
    trunk_joins: float = 0.18
    """Share of a turn of the head in the room that the trunk does unseen, as a standard uncertainty. In a full turn
    seated people turn 146.4° between trunk and head and compensate by 25.7° (standard deviation 17.9°; Niewiadomski
    2019), which is 0.15 (0.10) of the whole; both together as a root mean square. For bending it is an assumption."""


RULES = Rules()
