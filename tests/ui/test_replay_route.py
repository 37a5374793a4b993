"""The pictures of a kept video on their way to the page: recorded, never stored, and refused with the reason."""

from __future__ import annotations

import asyncio
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from recordings import numbered, write_video
from starlette.requests import Request

from romcheck.places import VIDEOS
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person
from romcheck.records.videos import video_of
from romcheck.reports.moving_pictures import HEADER
from romcheck.ui.records import let_go
from romcheck.ui.replay_route import replay


@pytest.fixture
def kept(store, data):
    """A measurement whose video was kept."""
    (data / VIDEOS).mkdir()
    path = write_video(data / VIDEOS / "kept.mkv", numbered(120, 64, 48), fps=10)
    result, frames = made_up("rotation", 50, 40, seed=1, trials=1)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    result = replace(result, source=replace(result.source, file=path.name, sha256=sha256))
    visit = store.visit_on(store.add_person(Person("P-1")).id)
    yield store.add_measurement(visit.id, result, frames)
    let_go()


def ask(record, movement=0, **how):
    asked = {"measurement": record.id, "movement": movement, "blurred": 0, "language": "en", **how}
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": urlencode(asked).encode()}
    # In a thread of its own: Playwright leaves its loop running in the one that used it.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, replay(Request(scope))).result()


def files(folder):
    return {
        path: path.stat().st_size for path in folder.rglob("[!.]*") if path.is_file() and "romcheck.db" not in path.name
    }


def test_the_movement_asked_for_is_shown_recorded_once_and_stored_nowhere(kept, store, data):
    before = files(data)
    first, second = ask(kept), ask(kept, 1)
    assert first.headers["cache-control"] == second.headers["cache-control"] == "no-store"
    for answer, movement in zip((first, second), kept.result.movements, strict=True):
        begins, _ = HEADER.unpack_from(answer.body)
        assert movement.start_s - 1.0 <= begins <= movement.start_s
    assert files(data) == before
    said = [line.detail for line in store.audit(kept.person_id) if line.action == "saw"]
    assert said.count(f"video of measurement {kept.id}") == 1


@pytest.mark.parametrize("how", [{"movement": "x"}, {"movement": -1}, {"measurement": ""}, {"measurement": "9" * 30}])
def test_what_is_no_number_finds_nothing(kept, how):
    assert ask(kept, **how).status_code == 404


def test_what_is_not_there_is_said_in_the_language_of_the_page(kept, store):
    assert ask(kept, 99).status_code == 422
    assert ask(kept, measurement=kept.id + 1).status_code == 422
    path = video_of(store, kept.id)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-10])
    answer = ask(kept, language="fr")
    assert answer.status_code == 422
    assert "a changé depuis la mesure" in json.loads(answer.body)["problem"]
    path.unlink()
    assert ask(kept).status_code == 422
    assert not [line for line in store.audit(kept.person_id) if line.detail.startswith("video")]
