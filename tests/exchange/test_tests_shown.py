"""A recording of several tests in every place where numbers are read."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from occasions import SEATED_ACTIVE, occasion
from rich.console import Console

from romcheck.clinical import Occasion, every_test
from romcheck.errors import VideoError
from romcheck.exchange.fhir import fhir_bundle
from romcheck.exchange.files import read_result, result_json
from romcheck.i18n.languages import LANGUAGES
from romcheck.i18n.texts import Texts
from romcheck.i18n.wording import Wording
from romcheck.measure import no_movement
from romcheck.notices import notice
from romcheck.reports.table import result_table
from romcheck.results import Examination, Result
from romcheck.ui.result_view import result_view

LEFT, RIGHT = "rotation_left", "rotation_right"


def several(**changes) -> Occasion:
    """Turns first, then bends to the side."""
    turns = occasion({LEFT: (60, 62), RIGHT: (55, 57)}, SEATED_ACTIVE, test="rotation")
    bends = occasion({"lateral_flexion_left": (30,)}, SEATED_ACTIVE, test="lateral-flexion").result
    tests = tuple(Examination(r.test, r.movements, r.summary, r.differences) for r in (turns.result, bends))
    return replace(turns, result=replace(turns.result, tests=tests, **changes))


def printed(result: Result) -> str:
    out = io.StringIO()
    Console(file=out, width=140).print(result_table(result))
    return out.getvalue()


def apart(occasion: Occasion) -> Occasion:
    """The same, its turns to the left too different to average."""
    left, *others = occasion.result.summary
    summary = (replace(left, mean_deg=None, uncertainty_deg=None, reason="trials_differ"), *others)
    main = replace(occasion.result.examinations[0], summary=summary, differences=())
    tests = (main, *occasion.result.tests[1:])
    return replace(occasion, result=replace(occasion.result, summary=summary, differences=(), tests=tests))


def test_the_file_keeps_every_test_and_older_ones_are_read(tmp_path):
    result = several().result
    file = tmp_path / "a.result.json"
    file.write_text(result_json(result), "utf-8")
    assert [e.test for e in read_result(file).tests] == ["rotation", "lateral-flexion"]
    content = json.loads(file.read_text("utf-8"))
    assert content["tests"][0]["movements"] == content["movements"]
    del content["tests"]
    for summary in content["summary"]:
        del summary["reason"]
    file.write_text(json.dumps(content), "utf-8")
    older = read_result(file)
    assert older.tests == ()
    assert [e.test for e in older.examinations] == ["rotation"]


def test_the_table_of_the_terminal_shows_all():
    shown = printed(several().result)
    assert shown.index("Rotation left") < shown.index("Lateral flexion left")
    assert "found as well" in shown


def test_fhir_has_an_observation_for_every_side_of_every_test():
    entries = json.loads(fhir_bundle([several()], "P"))["entry"]
    seen = [e["resource"] for e in entries if e["resource"]["resourceType"] == "Observation"]
    assert [o["code"]["text"].split(",")[0] for o in seen] == ["Rotation", "Rotation", "Lateral flexion"]
    assert len({o["id"] for o in seen}) == 3


def test_an_occasion_for_each_test():
    first, second = every_test(several())
    assert (first.result.test, second.result.test) == ("rotation", "lateral-flexion")
    assert second.result.movements[0].movement == "lateral_flexion_left"
    assert every_test(second) == (second,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_trials_of_the_other_test(language):
    view = result_view(several().result, "active", "seated", Texts(language))
    (other,) = view.others
    assert len(other.rows) == 1
    assert Texts(language)("test.lateral-flexion") in other.heading


def test_trials_too_different_are_shown_one_by_one_everywhere():
    how = apart(several())
    assert "60.0°, 62.0°: they differ too much to average" in printed(how.result).replace("\n", " ")
    side = result_view(how.result, "active", "seated", Texts("fr")).sides[0]
    assert side.mean == "pas de moyenne"
    assert "60,0°, 62,0°" in side.trials
    entries = json.loads(fhir_bundle([how], "P"))["entry"]
    left = next(e["resource"] for e in entries if e["resource"]["resourceType"] == "Observation")
    assert left["dataAbsentReason"]["text"] == "The trials differ too much to average."
    assert "valueQuantity" not in left


def test_what_is_too_unsure_is_no_number_anywhere():
    how = several()
    wide = tuple(replace(s, uncertainty_deg=15.1, reason="unsure") for s in how.result.summary)
    first = replace(how.result.tests[0], summary=wide)
    how = replace(how, result=replace(how.result, summary=wide, tests=(first, *how.result.tests[1:])))
    assert "15.1" not in printed(how.result)
    view = result_view(how.result, "active", "seated", Texts("en"))
    assert [side.mean for side in view.sides] == ["too uncertain to state"] * 2
    entries = json.loads(fhir_bundle([how], "P"))["entry"]
    turns = [e["resource"] for e in entries if e["resource"]["resourceType"] == "Observation"][:2]
    assert all("valueQuantity" not in o for o in turns)
    assert Texts("en").degrees(50.0, 15.0) == "50.0° ± 15.0°"


@pytest.mark.parametrize(
    ("code", "values", "french"),
    [
        (
            "seen_wandering",
            {"degrees": 24.0, "at_s": 3.25, "movement": "flexion"},
            "Le plus grand mouvement vu était de 24° à 3,2 s (",
        ),
        ("left_out_circle", {"times": "2.0–5.1 s (31°)"}, "La tête a décrit un cercle, ce qui n’est pas un essai : "),
    ],
)
def test_why_there_is_no_movement_is_said_in_french(code, values, french):
    """In a study the sentence is all that is left of what was seen."""
    refused = VideoError("no_movement", file="a.b.mp4", no_movement=no_movement([notice(code, **values)]))
    there = Wording("fr").say(refused.message, page=True).replace("\N{NO-BREAK SPACE}", " ")
    assert french in there
    assert "Aucun mouvement" in there
    assert "--test" not in there
