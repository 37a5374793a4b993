"""The pictures of a kept video on their way to the page: recorded, never stored, and refused with the reason."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from measured import ended
from recordings import numbered, write_video
from replayed import pictures_of

from romcheck.live.session import checks
from romcheck.live.state import CheckPlan
from romcheck.measure import Measurement
from romcheck.places import VIDEOS
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person
from romcheck.records.videos import video_of
from romcheck.reports.moving_pictures import HEADER
from romcheck.ui.records import let_go


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
    return pictures_of({"measurement": record.id, "movement": movement, **how})


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


def test_a_check_that_is_not_saved_is_shown_to_its_page_alone_and_stored_nowhere(store, data):
    (data / VIDEOS).mkdir()
    path = write_video(data / VIDEOS / "check.mkv", numbered(120, 64, 48), fps=10)
    result, frames = made_up("rotation", 50, 40, seed=1, trials=1)
    check = checks.plan(CheckPlan("rotation"), path)
    asked = {"check": check.token, "movement": 1}
    assert pictures_of(asked).status_code == 404
    ended_so = ended(Measurement(result, frames, None, None, None))
    check.standing, check.outcome = ended_so.standing, ended_so.outcome
    before = files(data)
    shown = pictures_of(asked)
    begins, _ = HEADER.unpack_from(shown.body)
    assert result.movements[1].start_s - 1.0 <= begins <= result.movements[1].start_s
    assert shown.headers["cache-control"] == "no-store"
    assert files(data) == before
    assert pictures_of({"check": "other", "movement": 1}).status_code == 404
    assert pictures_of({**asked, "movement": 99}).status_code == 422
    path.unlink()
    assert pictures_of(asked).status_code == 422
    check.keep = None
    assert pictures_of(asked).status_code == 422
    del check
    assert pictures_of(asked).status_code == 404


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
