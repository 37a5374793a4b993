"""Which track of a file is measured, if there are several."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import av
from av.error import FFmpegError

from romcheck.errors import VideoError
from romcheck.names import shown
from romcheck.notices import notice
from romcheck.results import Notice
from romcheck.sources.opening import MOST_PIXELS, open_container, refuse_large

LOOKED_AT = 8
"""Pictures of a track that are searched for a face."""

LOOK_EVERY = 8
"""Interval between these, in pictures: the first may be dark."""

LOOKED_AT_PX = 960
"""Longer side to which pictures are scaled for the search."""


def picture_stream(container: av.container.InputContainer, path: Path) -> tuple[av.VideoStream, list[Notice]]:
    """Choose the video stream, and report the choice if there were several.

    Cover pictures do not count. Of several tracks, the one marked as default in the file is chosen; if none or several
    are, the one that shows a face; else the largest.

    Returns
    -------
    The stream, and notices on the choice.

    Raises
    ------
    VideoError
        When there is none, or none that can be decoded; or one whose pictures are too large.
    """
    attached = av.stream.Disposition.attached_pic | av.stream.Disposition.still_image
    streams = [stream for stream in container.streams.video if not stream.disposition & attached]
    known = [stream for stream in streams if stream.codec_context is not None]
    # A sequence of pictures (AVIF, HEIF) has its first one also as a separate track, for viewers of stills.
    decodable = [stream for stream in known if stream.frames != 1] or known
    if not decodable:
        if streams:
            raise VideoError("format_unknown", name=shown(path.name))
        raise VideoError("sound_only" if container.streams.audio else "no_moving_picture", name=shown(path.name))
    chosen, why = decodable[0], None
    if len(decodable) > 1:
        chosen, why = _chosen(decodable, path)
    context = chosen.codec_context
    refuse_large(context.width, context.height, shown(path.name))
    # Picture sizes may change within a file: the decoder rejects larger ones.
    context.options = {**context.options, "max_pixels": str(MOST_PIXELS)}
    if why is None:
        return chosen, []
    facts = {"count": len(decodable), "number": decodable.index(chosen) + 1}
    return chosen, [why(width=context.width, height=context.height, **facts)]


def _chosen(streams: list[av.VideoStream], path: Path) -> tuple[av.VideoStream, Callable[..., Notice]]:
    default = [stream for stream in streams if stream.disposition & av.stream.Disposition.default]
    if len(default) == 1:
        return default[0], partial(notice, "track_default")
    candidates = default or streams
    faces = _faces_in(path, [stream.index for stream in candidates])
    most = max(faces)
    if most > 0 and faces.count(most) == 1:
        return candidates[faces.index(most)], partial(notice, "track_face")
    rest = [stream for stream, count in zip(candidates, faces, strict=True) if count == most]
    best = max(rest, key=lambda stream: stream.codec_context.width * stream.codec_context.height)
    return best, partial(notice, "track_largest")


def _faces_in(path: Path, indices: list[int]) -> list[int]:
    """For each track, the number of its first frames that show a face."""
    from romcheck.person.landmarks import FaceMesh

    counts = []
    for index in indices:
        # Opened separately, so that reading afterwards starts at the beginning.
        with open_container(path) as container, closing(FaceMesh()) as mesh:
            stream, seen, looked = container.streams[index], 0, 0
            try:
                refuse_large(stream.codec_context.width, stream.codec_context.height, shown(path.name))
                stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
                for number, picture in enumerate(container.decode(stream)):
                    if number % LOOK_EVERY:
                        continue
                    scale = min(1.0, LOOKED_AT_PX / max(picture.width, picture.height))
                    small = picture.reformat(
                        width=max(1, round(picture.width * scale)),
                        height=max(1, round(picture.height * scale)),
                        format="rgb24",
                    )
                    seen += bool(mesh.find(small.to_ndarray()))
                    looked += 1
                    if looked == LOOKED_AT:
                        break
            except (FFmpegError, VideoError):
                pass  # the part that can be decoded decides
            counts.append(seen)
    return counts
