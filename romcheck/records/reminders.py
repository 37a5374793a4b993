"""Reminders as a calendar file (RFC 5545): the diary, the exercise at home, and the follow-ups that lie ahead.

It contains no names: calendars are shared, and stored elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone

from romcheck.i18n.wording import Wording
from romcheck.records.entries import PersonPage

LASTS = timedelta(minutes=10)
MOST_WEEKS = 104


MADE_BY = "-//romcheck//reminders//EN"
"""What says in a calendar file that it is one of these."""


def reminders(
    found: PersonPage,
    words: Wording,
    *,
    begin: date,
    until: date,
    diary_at: time | None,
    exercise_at: Sequence[time],
) -> bytes:
    """Write a calendar.

    Parameters
    ----------
    found : whose follow-ups
    words : of the language of the reminders
    begin, until : first and last day of the daily reminders
    diary_at, exercise_at : times of day on the clock of whoever reads it; none for no reminder

    Returns
    -------
    The file; the same for the same day and entries, so that a second import replaces the first.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", MADE_BY)
    calendar.add("version", "2.0")
    stamp = datetime.combine(begin, time(), timezone.utc)
    daily = [("diary", diary_at)] if diary_at is not None else []
    daily += [("exercise", at) for at in sorted(set(exercise_at))]
    for what, at in daily:
        uid = _uid(found, what, f"{at:%H%M}" if what == "exercise" else "")
        event = _event(uid, stamp, words(f"reminder.{what}"))
        start = datetime.combine(begin, at)
        event.add("dtstart", start)
        event.add("dtend", start + LASTS)
        event.add("rrule", {"freq": "daily", "until": datetime.combine(until, time(23, 59))})
        _alarm(event, timedelta(0))
        calendar.add_component(event)
    for step in found.follow_ups:
        if step.state != "open" or step.due_on < begin:
            continue
        key = f"plan.{step.label.replace(' ', '_')}"
        label = words(key) if key in words else step.label
        event = _event(_uid(found, "follow-up", step.label), stamp, words("reminder.follow_up", label=label))
        event.add("dtstart", step.due_on)
        event.add("dtend", step.due_on + timedelta(1))
        _alarm(event, timedelta(hours=-15))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(uid: str, stamp: datetime, summary: str):  # type: ignore[no-untyped-def]
    from icalendar import Event

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("summary", summary)
    event.add("transp", "TRANSPARENT")
    return event


def _alarm(event, before: timedelta) -> None:  # type: ignore[no-untyped-def]
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event["summary"])
    alarm.add("trigger", before)
    event.add_component(alarm)


def _uid(found: PersonPage, what: str, more: str) -> str:
    """A stable, anonymous identifier of a reminder."""
    text = f"{found.person.uid}:{what}:{more}"
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}@romcheck"
