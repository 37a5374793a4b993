"""What the server writes of an error says where it happened, and repeats nothing that was entered."""

from __future__ import annotations

import logging

import pytest

from romcheck.ui.logs import REFUSED_SOCKET, keep_names_out, without_messages

ENTERED = "Wilhelmina Quux"


@pytest.fixture
def kept_out():
    """Names are kept out of the log for one test."""
    factory, uvicorn = logging.getLogRecordFactory(), logging.getLogger("uvicorn.error")
    filters = list(uvicorn.filters)
    keep_names_out()
    yield
    logging.setLogRecordFactory(factory)
    uvicorn.filters[:] = filters


def failing():
    try:
        raise ValueError(f"the code {ENTERED} is taken")
    except ValueError as error:
        raise RuntimeError(ENTERED) from error


@pytest.mark.parametrize("name", ["some.library", "uvicorn.error", "asyncio"])
def test_no_logger_repeats_the_message_of_an_exception(kept_out, caplog, name):
    try:
        failing()
    except RuntimeError:
        logging.getLogger(name).exception("Uncaught app execution")
    for said in (
        "Uncaught app execution",
        "test_logs.py",
        "in failing",
        "builtins.RuntimeError",
        "builtins.ValueError",
    ):
        assert said in caplog.text
    assert ENTERED not in caplog.text


def test_a_refused_socket_is_no_line_of_the_log(kept_out, caplog):
    logging.getLogger("uvicorn.error").error(REFUSED_SOCKET)
    logging.getLogger("uvicorn.error").error("another fault")
    assert [record.message for record in caplog.records] == ["another fault"]


def test_a_chain_of_causes_that_leads_to_itself_ends():
    first, second = ValueError(ENTERED), ValueError(ENTERED)
    first.__cause__, second.__cause__ = second, first
    assert ENTERED not in without_messages(first)
