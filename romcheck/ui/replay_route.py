"""The pictures of a kept video for a page, on their way from the records to the browser; nothing is written."""

from __future__ import annotations

import asyncio
import threading

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from romcheck.errors import RomcheckError
from romcheck.i18n.languages import LANGUAGES, Language
from romcheck.i18n.texts import Texts
from romcheck.ui.problems import problem_text

AT_ONCE = threading.BoundedSemaphore(2)
"""Videos decoded at the same time: before and after."""
PRIVATE = {"Cache-Control": "no-store"}
"""The browser keeps no copy of a face either."""


async def replay(request: Request) -> Response:
    """Pictures of one movement: ``measurement``, ``movement`` (its place there), ``blurred``, ``language``."""
    asked = request.query_params
    language: Language = next((one for one in LANGUAGES if one == asked.get("language")), "en")
    measurement, movement = asked.get("measurement", ""), asked.get("movement", "")
    if not all(number.isdecimal() and len(number) < 16 for number in (measurement, movement)):
        return Response("No such movement.", 404, PRIVATE)
    try:
        content = await asyncio.to_thread(_pictures, int(measurement), int(movement), asked.get("blurred") == "1")
    except RomcheckError as error:
        return JSONResponse({"problem": problem_text(error, Texts(language))}, 422, PRIVATE)
    return Response(content, headers=PRIVATE, media_type="application/octet-stream")


def _pictures(measurement_id: int, place: int, blurred: bool) -> bytes:
    # Loaded with the first page that needs them: the server would start a second later.
    from romcheck.records.problems import NotFoundError
    from romcheck.records.videos import seen_video
    from romcheck.reports.moving_pictures import pictures
    from romcheck.reports.replay import take
    from romcheck.ui.records import store

    record = store().measurement(measurement_id)
    if place >= len(record.result.movements):
        raise NotFoundError("not_there", entry="measurement")
    path = seen_video(store(), measurement_id)
    one = take(record.result, None, record.result.movements[place])
    mirrored = bool(record.result.software.settings.get("mirrored"))
    with AT_ONCE:
        return pictures(path, one.start_s, one.end_s, blurred=blurred, mirrored=mirrored)
