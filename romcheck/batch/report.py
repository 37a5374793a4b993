"""The report: one page that needs no network and shows no faces."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import get_args

import numpy as np

from romcheck.agreement.order import order
from romcheck.batch.drawing import COLOURS, QUALITIES, curve, histogram, shares
from romcheck.batch.finished import Doubted, Missed
from romcheck.batch.methods import CITED, methods
from romcheck.batch.outcome import FAILURES
from romcheck.batch.tally import MOST_VISITS, MovementTally, StudyReport
from romcheck.errors import RomcheckError
from romcheck.i18n.words import LENS_WORDS, MOVEMENT_WORDS, TEST_TITLES, movement_angle, reason_words
from romcheck.motion.gates import GATES
from romcheck.results import UNSURE_DEG, MovementName, Quality, Test

MOST_ALIKE = 100
"""Recordings whose videos are named."""
LONG_TEXT = 40
"""Length from which a cell is a sentence and gets a wide column."""
WORDS: dict[Quality, str] = {
    "good": "good",
    "usable": "usable (doubted, counted)",
    "rejected": "rejected (not counted)",
}


def report_page(study: StudyReport, missed: Iterable[Missed]) -> Iterator[str]:
    """The whole page in parts; ``missed`` are all videos without a result."""
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Neck movements: report of a study</title><style>{STYLE}</style></head>\n<body><main>\n"
        "<h1>Neck movements: report of a study</h1>\n"
    )
    yield _paragraph(_headline(study)) + "\n"
    if study.recordings < study.measured:
        yield _paragraph(_shared(study)) + "\n"
        yield "".join(map(_paragraph, study.sharing.named()[:MOST_ALIKE])) + "\n"
    if wrong := study.sharing.contradictions:
        yield _section("One recording, different statements", "".join(_paragraph(str(said)) for said in wrong.values()))
        yield "\n"
    yield _section("Angles", _angles(study)) + "\n"
    yield _section("Quality", _quality(study)) + "\n"
    yield _section("Doubted trials", _doubted(study)) + "\n"
    yield "<section><h2>Not measured</h2>"
    yield from _missed(study, missed)
    yield "</section>\n"
    yield _section("Methods, to be adapted", _methods(study)) + "\n"
    yield (
        "<footer>"
        + _paragraph(
            f"Made by romcheck {study.program.romcheck}. It measures; it does not diagnose. Tables beside this page: "
            "movements.csv (one row per trial), summary.csv, videos.csv, failures.csv; how they came about: "
            "provenance.json."
        )
        + "</footer>\n</main></body></html>\n"
    )


def _headline(study: StudyReport) -> str:
    whole, people, trials = study.measured + study.missed_in_all, study.people, study.trials
    of_people = f" of {people} participant{'s' if people != 1 else ''}" if people else ""
    return (
        f"{study.measured} of {whole} videos{of_people} were measured. They show {trials.total()} trials: "
        f"{trials['good']} good, {trials['usable']} usable, {trials['rejected']} rejected."
    )


def _shared(study: StudyReport) -> str:
    return (
        f"By their content (SHA-256) the {study.measured} measured videos are {study.recordings} "
        f"recording{'s' if study.recordings != 1 else ''}: {study.sharers} videos, rows of the manifest or copies of a "
        "file, share theirs with another. Of a recording this page counts the trials of each test once, with the first "
        "of its videos by name; the tables have those of every video, and name that first one in the column same_as. "
        "These are the same:"
    )


def _angles(study: StudyReport) -> str:
    """A row and a histogram per movement."""
    if not study.trials:
        return _paragraph("No trial was measured.")
    visits = _visits(study)
    said = (
        "End range at the hold, degrees. Means and standard deviations are over n participants where the manifest "
        "names them, else over n recordings, each by the mean of its trials. Rejected trials are left out, and those "
        f"whose half-width is more than {UNSURE_DEG:.0f}°."
    )
    if len(study.visits) > MOST_VISITS:
        said += f" More than {MOST_VISITS} visits are named: all visits of a participant are taken together."
    rows, drawings = [], []
    for test, name in _movements_of(study):
        one, of = study.movements[test, name], (TEST_TITLES[test], MOVEMENT_WORDS[name])
        if len(visits) > 1:
            found = ((visit, study.by_visit.get((test, name, visit))) for visit in visits)
            rows += [(*of, visit or "–", *_figures(tally)) for visit, tally in found if tally]
        else:
            rows.append((*of, *_figures(one)))
        title = f"{of[0]}: {of[1]}"
        picture = histogram(one.bins, one.top_deg + 5, f"Distribution of {title}: {one.trials} trials")
        drawings.append(f"<figure>{picture}<figcaption>{escape(title)}</figcaption></figure>")
    words = ("test", "movement", *(["visit"] if len(visits) > 1 else []))
    numbers = ("recordings", "trials", "n", "mean", "SD", "least", "largest", "half-width (median)")
    return "".join(
        [
            _paragraph(said),
            _table((*words, *numbers), rows, words=range(len(words))),
            "<h3>Trials by angle, in steps of 5°</h3>",
            _legend(),
            f'<div class="grid">{"".join(drawings)}</div>',
        ]
    )


def _visits(study: StudyReport) -> list[str]:
    """The visits that the report tells apart, in their order; none where there are too many."""
    labels = [visit for visit in study.visits if visit]
    if len(study.visits) > MOST_VISITS or not labels:
        return []
    try:
        ordered = list(order(labels, "").labels)
    except RomcheckError:  # dates in which day and month could be confused
        ordered = labels
    return ordered + [""] * ("" in study.visits)


def _figures(one: MovementTally) -> tuple[str, ...]:
    """The cells of a movement after its name."""
    means = one.means()
    return (
        f"{one.recordings}",
        f"{len(one.angles)} of {one.trials}",
        f"{len(means)}",
        _degrees(statistics.fmean(means) if means else None),
        _degrees(statistics.stdev(means) if len(means) > 1 else None),
        _degrees(min(one.angles, default=None)),
        _degrees(max(one.angles, default=None)),
        _degrees(float(np.median(np.asarray(one.widths))) if one.widths else None),
    )


def _quality(study: StudyReport) -> str:
    if not study.trials:
        return _paragraph("No trial was measured.")
    counts = study.trials
    parts = [shares(counts, ", ".join(f"{counts[quality]} {quality}" for quality in QUALITIES)), _legend()]
    rows = [
        (
            reason_words(code),
            f"{count}",
            f"{study.reason_recordings[code]}",
            GATES[code].verdict if code in GATES else "",
            GATES[code].advice if code in GATES else "",
        )
        for code, count in sorted(study.reasons.items(), key=lambda item: (-item[1], item[0]))
    ]
    if rows:
        parts.append(_table(("doubt", "trials", "recordings", "makes it", "what helps"), rows, words=(0, 3, 4)))
    if study.warnings:
        parts.append("<h3>Warnings</h3>")
        ordered = sorted(study.warnings.items(), key=lambda item: (-item[1], item[0]))
        said = [(text, f"{count}") for text, count in ordered]
        parts.append(_table(("warning", "recordings"), said, words=(0,)))
    return "".join(parts)


def _doubted(study: StudyReport) -> str:
    if not study.doubted:
        return _paragraph("No trial raised doubts.")
    parts = []
    if study.doubted_in_all > len(study.doubted):
        parts.append(
            _paragraph(
                f"{len(study.doubted)} of {study.doubted_in_all} doubted trials are shown, rejected ones first; all "
                "are in movements.csv."
            )
        )
    parts.append(
        _paragraph(
            "The angle over time: left and flexion upwards, right and extension downwards (lateral flexion: "
            "right upwards). The shaded part is the hold that was measured; the line is interrupted where there is no "
            "angle."
        )
    )
    parts.append(f'<div class="grid small">{"".join(map(_thumbnail, study.doubted))}</div>')
    return "".join(parts)


def _thumbnail(doubted: Doubted) -> str:
    video, m = doubted.trial.video, doubted.trial.movement
    labels = " · ".join(
        label
        for label in (
            video.participant and f"participant {video.participant}",
            video.visit and f"visit {video.visit}",
            video.rater and f"rater {video.rater}",
        )
        if label
    )
    what = f"{MOVEMENT_WORDS[m.movement]}, trial {m.trial}: {movement_angle(m)}"
    drawn = drawn_curve(doubted, f"Angle over time, {what}")
    doubts = ", ".join(map(reason_words, m.reasons))
    return (
        f"<figure>{drawn}<figcaption><b>{escape(what)}</b><br>"
        f'<span class="mark" style="background:{COLOURS[m.quality]}"></span>{m.quality}: {escape(doubts)}<br>'
        f'<span class="where">{escape(video.name)}{escape(" · " + labels) if labels else ""}</span>'
        "</figcaption></figure>"
    )


def drawn_curve(doubted: Doubted, label: str) -> str:
    """The thumbnail of a doubted trial as SVG; ``label`` is its text for screen readers."""
    m = doubted.trial.movement
    hold = (m.hold_start_s, m.hold_end_s) if m.hold_start_s is not None and m.hold_end_s is not None else None
    return curve(doubted.time_s, doubted.angle_deg, doubted.span_s, hold, label)


def _missed(study: StudyReport, missed: Iterable[Missed]) -> Iterator[str]:
    if not study.failures:
        yield _paragraph("Every video was measured.")
        return
    codes = sorted(study.failures.items())
    yield _paragraph("; ".join(f"{count} × {reason_words(code)}: {FAILURES[code]}" for code, count in codes) + ".")
    rows = ((one.video.name, one.video.participant, str(one.reason)) for one in missed)
    yield from _table_parts(("video", "participant", "reason"), rows, words=(0, 1, 2))


def _methods(study: StudyReport) -> str:
    tests = [test for test in get_args(Test) if any(kind == test for kind, _ in study.movements)]
    lenses = [lens for lens in LENS_WORDS if lens in study.lenses]
    if not study.trials:
        return _paragraph("Nothing was measured that could be described.")
    said = methods(study.program, study.recordings, study.people, tests, lenses, study.trials)
    cited = "".join(f"<li>{escape(reference)}</li>" for reference in CITED)
    return "".join(map(_paragraph, said)) + f"<h3>References</h3><ol>{cited}</ol>"


def _movements_of(study: StudyReport) -> list[tuple[Test, MovementName]]:
    """Tests and movements that occur, in the program's usual order."""
    return [(test, m) for test in get_args(Test) for m in get_args(MovementName) if (test, m) in study.movements]


def _degrees(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}°"


def _legend() -> str:
    items = (f'<span><span class="mark" style="background:{COLOURS[q]}"></span>{WORDS[q]}</span>' for q in QUALITIES)
    return f'<p class="legend">{" ".join(items)}</p>'


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = (0,)) -> str:
    return "".join(_table_parts(heads, rows, words))


def _table_parts(heads: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[int]) -> Iterator[str]:
    """A table; columns of text are left-aligned, numbers right-aligned."""

    def line(cells: Sequence[str], tag: str) -> str:
        return "".join(f"<{tag}{_kind(i in words, cell)}>{escape(cell)}</{tag}>" for i, cell in enumerate(cells))

    # On a narrow page the table scrolls sideways, with the keyboard too.
    yield f'<div class="wide" tabindex="0"><table><thead><tr>{line(heads, "th")}</tr></thead><tbody>'
    for row in rows:
        yield f"<tr>{line(row, 'td')}</tr>"
    yield "</tbody></table></div>"


def _kind(words: bool, cell: str) -> str:
    return " class=n" if not words else " class=long" if len(cell) > LONG_TEXT else ""


STYLE = """
:root{color-scheme:light}
body{margin:0;background:#fff;color:#1a1a1a;font:16px/1.5 system-ui,sans-serif}
main{max-width:68rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.7rem;line-height:1.2;margin:.2em 0 .6em}
h2{font-size:1.25rem;margin:2em 0 .5em;border-top:1px solid #d9d9d9;padding-top:1em}
h3{font-size:1rem;margin:1.5em 0 .4em}
p,ol{max-width:48rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35em .9em .35em 0;border-bottom:1px solid #e6e6e6}
th{white-space:nowrap}
td.long{min-width:18rem}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
svg{display:block;width:100%;height:auto}
section>svg{max-width:36rem}
figure{margin:0}
figcaption{font-size:.85rem;line-height:1.35}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr));gap:1.5rem}
.small{grid-template-columns:repeat(auto-fill,minmax(min(15rem,100%),1fr))}
.mark{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-radius:2px}
.legend{font-size:.9rem}
.legend>span{white-space:nowrap;margin-right:1em}
.where{color:#555;overflow-wrap:anywhere}
footer{margin-top:3rem;color:#555;font-size:.9rem}
@media print{h2{break-after:avoid}figure,tr{break-inside:avoid}}
""".strip()
