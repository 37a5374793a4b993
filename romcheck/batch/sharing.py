"""Recordings that several videos of a study share: one file in several rows of the manifest, or copies of a file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from romcheck.batch.identity import DIGITS
from romcheck.batch.videos import Video
from romcheck.geometry.intrinsics import Lens
from romcheck.i18n.message import Message, message
from romcheck.names import shown

MOST_NAMED = 5
"""Most videos, and most values of a column, in one sentence."""
EMPTY = hashlib.sha256().hexdigest()[:DIGITS]
"""Two empty files are no recording."""


@dataclass(frozen=True)
class Sharing:
    """Which contents have several videos; a content is the start of its SHA-256, as in the names of outcomes.

    Attributes
    ----------
    alike : the videos of each content that has several, in the order in which the report counts them
    contradictions : of those, what is wrong with the ones whose videos cannot all be right, by content
    """

    alike: dict[str, tuple[Video, ...]]
    contradictions: dict[str, Message]

    def same_as(self, content: str | None, video: Video) -> str:
        """Name of the first video with this content; empty where that is this one, or none has it."""
        first, *_ = self.alike.get((content or "")[:DIGITS]) or (video,)
        return "" if first.id == video.id else first.name

    def named(self) -> list[str]:
        """The names of the videos of each content, with how many rows have one; not all of many."""
        lines = []
        for videos in self.alike.values():
            rows = Counter(video.name for video in videos)
            lines.append(_listed(f"{name} × {many}" if many > 1 else name for name, many in rows.items()))
        return sorted(lines)


def sharing_of(videos: Iterable[tuple[str | None, Video]]) -> Sharing:
    """What the videos share, each given with its SHA-256 or the start of it; None where it is not known."""
    groups: dict[str, list[Video]] = {}
    for sha256, video in videos:
        if sha256 and sha256[:DIGITS] != EMPTY:
            groups.setdefault(sha256[:DIGITS], []).append(video)
    shared = {
        content: tuple(sorted(group, key=lambda video: (video.name, video.id)))
        for content, group in groups.items()
        if len(group) > 1
    }
    said = {content: _contradiction(group) for content, group in shared.items()}
    return Sharing(shared, {content: one for content, one in said.items() if one})


def _contradiction(videos: tuple[Video, ...]) -> Message | None:
    """What cannot be true of one recording, by column of the manifest.

    Raters may differ: they judge the same recording. So may tests, of which it may show several, and corrections: it
    may be measured with and without. A lens or orientation that only some rows state contradicts nothing; a mirror
    image that only some state does, as left and right are swapped.
    """
    cameras: dict[Lens, str] = {}  # one lens may have several files
    for video in videos:
        if video.lens:
            cameras.setdefault(video.lens, video.camera)
    columns: dict[str, list[str]] = {
        "participant": [video.participant for video in videos],
        "visit": [video.visit for video in videos],
        "camera": list(cameras.values()),
        "upright": [f"{video.upright_deg}" for video in videos if video.upright_deg is not None],
        "mirrored": ["yes" if video.mirrored else "no" for video in videos],
    }
    differs = [f"{name}: {_listed(values)}" for name, values in columns.items() if len(set(values)) > 1]
    if not differs:
        return None
    return message("said.shared_recording", videos=_listed([video.name for video in videos]), differs=differs)


def _listed(values: Iterable[str]) -> str:
    distinct = [shown(value) or "–" for value in dict.fromkeys(values)]
    return ", ".join(distinct[:MOST_NAMED]) + (", …" if len(distinct) > MOST_NAMED else "")
