"""What was typed of a person stands in no error and no log, whatever goes wrong."""

import logging
import traceback

import pytest
from sqlalchemy import insert

from romcheck.records.models import PersonRow

SECRET = "Annelise-Secret-4711"


def test_an_error_of_the_database_does_not_repeat_what_was_entered(records, caplog):
    """A row that breaks a constraint: the statement is named, its values are not."""
    caplog.set_level(logging.DEBUG)
    person = {"name": SECRET, "notes": SECRET}  # no code, which must be there
    with pytest.raises(Exception) as caught:  # noqa: PT011
        records.database.write(lambda session: session.execute(insert(PersonRow).values(**person)))
    said = "".join(traceback.format_exception(caught.value))
    assert "people" in said or "person" in said
    assert SECRET not in said
    assert SECRET not in caplog.text
