"""What was typed or imported is shown as it is: never as Markdown, HTML, a formula, a colour, an icon or a link."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile import CODES, HOSTILE, PAGES, hostile_records
from measured import ended, measurement
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import romcheck
from romcheck.i18n.languages import LANGUAGES
from romcheck.live.journey import Journey
from romcheck.live.state import CheckPlan
from romcheck.published import sources
from romcheck.ui.records import WORD_JOINER, Target, plain

SCRIPT = Path(romcheck.__file__).parent / "ui" / "entry" / "script.py"
RAW = re.compile(r"(?<!\\)(\]\(|<img|:red\[|\$x|:smile:|:material/|://|www\.)")
"""The beginnings of what Streamlit would draw as something else."""
SHOWN_AS_IT_IS = {
    ("text", "body"), ("text_input", "default"), ("text_input", "value"), ("text_area", "default"),
    ("text_area", "value"), ("selectbox", "options"), ("selectbox", "raw_value"), ("link_button", "url"),
}  # fmt: skip
"""Fields of elements that know no Markdown, as the browser tests see; and an address of our own."""


OWN = [source.address for source in sources()]
"""Where published figures link to: addresses of our own too."""


def strings(message) -> Iterator[tuple[str, str]]:
    """Every text of an element with the name of its field, nested ones too."""
    for field, value in message.ListFields():
        for one in [value] if isinstance(value, str) or hasattr(value, "ListFields") else _several(value):
            if field.type == field.TYPE_STRING:
                yield field.name, one
            elif field.type == field.TYPE_MESSAGE and hasattr(one, "ListFields"):
                yield from strings(one)


def _several(value) -> list[object]:
    """The members of a repeated field or a map."""
    try:
        return list(value.values()) if hasattr(value, "values") else list(value)
    except TypeError:
        return []


def elements(block) -> Iterator[tuple[str, object]]:
    for child in getattr(block, "children", {}).values():
        yield child.type, child.proto
        yield from elements(child)


def drawn(at: AppTest) -> list[tuple[str, str, str]]:
    """Texts that the browser would take for more than text."""
    found = []
    for kind, proto in elements(at._tree):
        if not hasattr(proto, "ListFields"):
            continue
        for field, text in strings(proto):
            if kind in ("html", "bidi_component"):  # drawn as they are; the latter is the picture of a result
                bad = "<img src=x" in text or "<b>bold" in text
            else:
                for address in OWN:
                    text = text.replace(f"]({address})", "")
                bad = bool(RAW.search(text)) and (kind, field) not in SHOWN_AS_IT_IS
            if bad:
                found.append((kind, field, text[:200]))
    return found


def opened(page: str, language: str = "en", address: dict[str, int] | None = None, **state: object) -> AppTest:
    at = AppTest.from_file(str(SCRIPT), default_timeout=120)
    at.session_state["language"] = language
    for name, value in state.items():
        at.session_state[name] = value
    if page:
        at._page_hash = calc_hash(page)
    for name, value in (address or {}).items():
        at.query_params[name] = str(value)
    at.run()
    assert not at.exception
    return at


def texts_of(at: AppTest) -> str:
    return "\n".join(
        text for _, proto in elements(at._tree) if hasattr(proto, "ListFields") for _, text in strings(proto)
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory, stores_begun_at_once):
    """The folder of records in which every text is hostile, and the numbers for the addresses."""
    folder = tmp_path_factory.mktemp("hostile") / "data"
    return folder, hostile_records(folder)


@pytest.fixture
def numbers(filled, data):
    """Those of records like that of the test's own."""
    folder, numbers = filled
    shutil.copytree(folder, data)
    return numbers


@pytest.mark.parametrize("page", PAGES)
def test_no_page_draws_what_was_entered(page, numbers):
    """Every page of the application, on records in which every text is hostile."""
    at = opened(page, LANGUAGES[len(page) % 2], numbers)
    assert drawn(at) == []
    if page in ("today", "person", "visit", "before-after", "report", "keeping"):
        assert "evil" in texts_of(at)  # it is there to be seen


def test_a_check_of_somebody_and_its_result_draw_nothing(numbers):
    check = ended(measurement())
    check.camera = HOSTILE
    way = Journey("result", "therapist", CheckPlan("flexion-rotation"), screened=True)
    at = opened("", journey=way, check=check, target=Target(numbers["person"]))
    assert drawn(at) == []
    at = opened("", journey=Journey("choose", "therapist"), target=Target(numbers["person"]))
    assert "evil" in texts_of(at)
    assert drawn(at) == []


def test_what_is_said_after_a_click_draws_nothing(numbers):
    """A code that is taken, and one that was added."""
    at = opened("today")
    for code in (CODES[0], f"2{CODES[0]}"):
        at.text_input(key="person_new_0_code").input(code)
        at.button(key="add_person").click().run()
        assert not at.exception
        assert drawn(at) == []


@pytest.mark.parametrize(
    "text",
    [HOSTILE, "a\n===\nb", "    code", "1. one", "-> <- -- >= ~=", "https://evil.invalid", "a@evil.invalid", ":+1:"],
)
def test_plain_text_keeps_its_letters(text):
    """Without the signs that keep it plain it is what it was, but for the room before a line."""
    said = re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", plain(text)).replace(WORD_JOINER, "")
    assert said == re.sub(r"(?m)^[ \t]+", "", text)
