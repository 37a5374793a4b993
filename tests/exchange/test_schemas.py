"""The published JSON Schemas: fresh, kept by what the program writes, and refusing what it refuses."""

import importlib.util
import json
import zipfile
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from romcheck.exchange.files import result_json
from romcheck.records.archive import export_person
from romcheck.records.demo_motion import made_up
from romcheck.records.entries import Person, Visit
from romcheck.records.store import Records

ROOT = Path(__file__).parents[2]
LATER = {"notices", "tests"}
"""Keys of a result that came after the first results were written."""


@pytest.fixture(scope="module")
def schemas():
    spec = importlib.util.spec_from_file_location("schemas", ROOT / "docs" / "schemas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def fits(schemas):
    """Check content against the published schema of a format."""

    def check(name, content):
        schema = json.loads(schemas.path_of(name).read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(content, schema, cls=jsonschema.Draft202012Validator)

    return check


def test_the_schemas_are_fresh(schemas):
    for name in schemas.FORMATS:
        assert schemas.path_of(name).read_text("utf-8") == schemas.text_of(name), "Run python docs/schemas.py"
    assert {path.name for path in schemas.FOLDER.iterdir()} == {schemas.path_of(name).name for name in schemas.FORMATS}


def test_a_result_fits_an_older_one_too_and_another_does_not(fits, result):
    content = json.loads(result_json(result))
    fits("romcheck.result/1", content)
    fits("romcheck.result/1", {key: value for key, value in content.items() if key not in LATER})
    first = content["movements"][0]
    for wrong in (
        {"schema": "romcheck.result/2"},
        {"test": "jumping"},
        {"movements": [first | {"angle_deg": "41°"}]},
        {"movements": [{key: value for key, value in first.items() if key != "uncertainty_deg"}]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            fits("romcheck.result/1", content | wrong)


def test_an_archive_fits(fits, tmp_path):
    with Records(tmp_path / "data", url="") as records:
        person = records.add_person(Person("K-17", birth_year=1970))
        visit = records.add_visit(Visit(person.id, date(2025, 3, 3)))
        records.add_measurement(visit.id, *made_up("flexion-rotation", 40, 25, seed=1))
        path = export_person(records, person.id, tmp_path / "a.zip")
    with zipfile.ZipFile(path) as packed:
        content = json.loads(packed.read("person.json"))
    fits("romcheck.person/1", content)
    content["measurements"][0]["visit"] = "first"
    with pytest.raises(jsonschema.ValidationError):
        fits("romcheck.person/1", content)
