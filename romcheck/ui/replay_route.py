"""The pictures of a video for a page, on their way from where it is stored to the browser; nothing is written."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from romcheck.errors import RomcheckError
from romcheck.i18n.languages import LANGUAGES, Language
from romcheck.i18n.texts import Texts
from romcheck.live.session import LiveCheck, checks
from romcheck.results import Result
from romcheck.sources.times import REPAIRED
from romcheck.ui.problems import problem_text

AT_ONCE = threading.BoundedSemaphore(2)
"""Videos decoded at the same time: before and after."""
PRIVATE = {"Cache-Control": "no-store"}
"""The browser keeps no copy of a face either."""


async def replay(request: Request) -> Response:
    """Pictures of one movement: ``movement`` (its place), ``blurred``, ``language``, and of what it is a movement.

    That is a ``measurement`` of the records by its number, a ``check`` that was not saved yet by its token, or a
    ``video`` of the study on the page. There is no answer in ranges: a movement is the part of the video asked for.
    """
    asked = request.query_params
    language: Language = next((one for one in LANGUAGES if one == asked.get("language")), "en")
    movement = _number(asked.get("movement"))
    check, measurement = checks.ended(asked.get("check", "")), _number(asked.get("measurement"))
    if movement is None or (check is None and measurement is None and "video" not in asked):
        return Response("No such movement.", 404, PRIVATE)
    if check is not None:
        work = partial(_of_check, check)
    elif measurement is not None:
        work = partial(_of_measurement, measurement)
    else:
        work = partial(_of_study, asked["video"])
    try:
        content = await asyncio.to_thread(_pictures, work, movement, asked.get("blurred") == "1")
    except RomcheckError as error:
        return JSONResponse({"problem": problem_text(error, Texts(language))}, 422, PRIVATE)
    return Response(content, headers=PRIVATE, media_type="application/octet-stream")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 16 else None


def _of_check(check: LiveCheck) -> tuple[Result, Callable[[], Path]]:
    from romcheck.records.problems import NotFoundError

    def video() -> Path:
        if check.keep is None or not check.keep.is_file():
            raise NotFoundError("not_there", entry="video")
        return check.keep

    if check.outcome is None or check.outcome.measurement is None:
        raise NotFoundError("not_there", entry="measurement")
    return check.outcome.measurement.result, video


def _of_measurement(measurement_id: int) -> tuple[Result, Callable[[], Path]]:
    # Loaded with the first page that needs them: the server would start a second later.
    from romcheck.records.videos import seen_video
    from romcheck.ui.records import store

    return store().measurement(measurement_id).result, partial(seen_video, store(), measurement_id)


def _of_study(video_id: str) -> tuple[Result, Callable[[], Path]]:
    """Of a video of the study on the page: nothing else of this computer can be asked for.

    A study is begun only on a server for this computer alone.
    """
    from romcheck.batch.hosted import host
    from romcheck.batch.places import local_path
    from romcheck.records.problems import DatabaseError, NotFoundError
    from romcheck.records.video_files import unchanged

    run = host.standing().run
    found = None if run is None else run.measured(video_id)
    if found is None:
        raise NotFoundError("not_there", entry="measurement")
    video, result, _ = found
    path = local_path(video.location)

    def there() -> Path:
        if path is None or not path.is_file():
            raise NotFoundError("not_there", entry="video")
        if not unchanged(path, result.source.sha256):
            raise DatabaseError("video_changed", path=path)
        return path

    return result, there


def _pictures(find: Callable[[], tuple[Result, Callable[[], Path]]], place: int, blurred: bool) -> bytes:
    from romcheck.records.problems import NotFoundError
    from romcheck.reports.moving_pictures import pictures
    from romcheck.reports.replay import take

    result, video = find()
    if place >= len(result.movements):
        raise NotFoundError("not_there", entry="measurement")
    one = take(result, None, result.movements[place])
    mirrored = bool(result.software.settings.get("mirrored"))
    # Results from before notices had codes do not say what was repaired.
    codes = {notice.code for notice in result.notices}
    seekable = codes.isdisjoint(REPAIRED) and bool(codes or not result.warnings)
    path = video()
    with AT_ONCE:
        return pictures(path, one.start_s, one.end_s, blurred=blurred, mirrored=mirrored, seekable=seekable)
