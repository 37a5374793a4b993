"""The report, A4 or Letter, English or French, as an accessible PDF: one page for the referrer; for the patient in
large print, on two pages where one is too small for it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

import typst

from romcheck.errors import OutputError, RomcheckError, system_says
from romcheck.i18n.catalogue import read
from romcheck.i18n.languages import LANGUAGES, Language
from romcheck.i18n.wording import Wording
from romcheck.names import shown
from romcheck.reports.data import ReportData
from romcheck.reports.typst.content import BLOCKS, footer, of_test
from romcheck.reports.typst.page import LARGE_ROOMS, ROOMS, Room
from romcheck.reports.typst.printable import FONTS, can_print, printable

ReportKind = Literal["patient", "referrer"]
Paper = Literal["a4", "letter"]

TYPST_PAPERS: dict[Paper, str] = {"a4": "a4", "letter": "us-letter"}

AUTHOR = "romcheck"
KEYWORDS = re.compile(rb"<pdf:Keywords>(.*?)</pdf:Keywords>")
"""In the metadata of a report: the code of the person it is about."""
STANDARD = "ua-1"
"""PDF/UA-1: tagged, with language, title and words for every picture; typst rejects violations."""


def report_pdf(data: ReportData, kind: ReportKind, paper: Paper = "a4", language: Language = "en") -> bytes:
    """Report as PDF/UA-1.

    Letters and charts are as large as the content allows; long notes and lists of
    treatments are shortened, with a remark. The same data give the same bytes. Nothing but the fonts that come with the
    program is used.

    Raises
    ------
    RomcheckError
        If there is no such kind, paper or language, or the content does not fit.
    """
    content = _fitting(data, kind, paper, language)
    return _compiled(content, "pdf", pdf_standards=[STANDARD])[0]


def report_pngs(
    data: ReportData, kind: ReportKind, paper: Paper = "a4", language: Language = "en", dots_per_inch: float = 110
) -> list[bytes]:
    """Pictures of its pages, for a preview."""
    return _compiled(_fitting(data, kind, paper, language), "png", ppi=dots_per_inch)


def _fitting(data: ReportData, kind: ReportKind, paper: Paper, language: Language) -> str:
    """The page with the most content that fits."""
    for given, choices, what in (
        (kind, get_args(ReportKind), "kind"),
        (paper, get_args(Paper), "paper"),
        (language, LANGUAGES, "language"),
    ):
        if given not in choices:
            raise RomcheckError("report_choice", what=what, given=given, choices=", ".join(choices))
    # Each amount needs less space than the one before: bisection finds the first that fits.
    fits: Room | None = None
    rooms = LARGE_ROOMS if kind == "patient" else ROOMS
    first, last = 0, len(rooms) - 1
    while first <= last:
        middle = (first + last) // 2
        draft = replace(rooms[middle], draft=True)
        if _pages(_content(data, kind, paper, language, draft)) <= draft.pages:
            fits, last = rooms[middle], middle - 1
        else:
            first = middle + 1
    if fits is None:
        raise RomcheckError("report_too_long")
    return _content(data, kind, paper, language, fits)


def report_may_replace(path: Path, content: bytes) -> None:
    """Let a report replace only a report on the same person.

    Raises
    ------
    OutputError
        Which says what the file there is.
    """
    try:
        there = path.read_bytes() if path.is_file() else None
    except OSError as error:
        raise OutputError("unwritten", path=shown(path), why=system_says(error)) from error
    if there is None:
        return
    if f"<rdf:li>{AUTHOR}</rdf:li>".encode() not in there:
        raise OutputError("there_no_report", path=shown(path))
    person, other = (KEYWORDS.search(one) for one in (content, there))
    if person and other and person[1] != other[1]:
        raise OutputError("there_report_other", path=shown(path), code=other[1].decode("utf-8", "replace"))


def _content(data: ReportData, kind: ReportKind, paper: Paper, language: Language, room: Room) -> str:
    """Everything the template needs, as JSON."""
    words = Wording(language)
    title = of_test(f"report.title_{kind}", data, words)
    who = data.name if data.name and can_print(data.name) else data.code
    return json.dumps(
        {
            "title": title,
            "subtitle": words(f"report.for_{kind}"),
            "description": f"{title}: {printable(who)}, {words.day(data.made_on)}",
            "author": AUTHOR,
            "keywords": [printable(data.code)],
            "language": language,
            "region": read(language).region,
            "paper": TYPST_PAPERS[paper],
            "made_on": [data.made_on.year, data.made_on.month, data.made_on.day],
            "size": room.size_pt,
            "footer": footer(kind, words),
            "blocks": BLOCKS[kind](data, room, words),
        },
        ensure_ascii=False,
    )


def _pages(content: str) -> int:
    found = json.loads(_compiler(content).query("<pages>", field="value", one=True))
    return int(found)


def _compiled(content: str, kind: Literal["pdf", "png"], **options: Any) -> list[bytes]:
    try:
        out: Any = _compiler(content).compile(format=kind, **options)
    except typst.TypstError as error:
        raise RomcheckError("report_not_set", message=error.message) from error
    return [out] if isinstance(out, bytes) else [bytes(page) for page in out]


def _compiler(content: str) -> typst.Compiler:
    template = (files(__package__) / "report.typ").read_bytes()
    return typst.Compiler(template, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={"data": content})


@cache
def _fonts() -> typst.Fonts:
    """Fonts inside typst and those of the drawing library; no system fonts."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])
