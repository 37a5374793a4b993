"""The report: one page, accessible, the numbers in its text, nothing injected, the same bytes for the same data."""

import io
import itertools
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pikepdf
import pypdf
import pytest
from examples import examples
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from people import ACTIVE, PASSIVE, TODAY, before_after, full
from PIL import Image

from romcheck.change import compare
from romcheck.clinical import UNKNOWN, Treatment
from romcheck.errors import RomcheckError
from romcheck.i18n.wording import Wording
from romcheck.notices import notice
from romcheck.published import all_figures
from romcheck.reports.data import ReportData
from romcheck.reports.sentences import between_sentences, facts_beside, headache_sentences, published_sentence
from romcheck.reports.typst import report_pdf, report_pngs
from romcheck.reports.typst.printable import MISSING, can_print, printable

KINDS, PAPERS, LANGUAGES = ("patient", "referrer"), ("a4", "letter"), ("en", "fr")


def text_of(pdf):
    """Text of all pages; its spaces made plain."""
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


@pytest.fixture(scope="module")
def reports():
    """Full reports, made once each."""
    made = {}

    def make(kind="patient", paper="a4", language="en", how=ACTIVE):
        key = (kind, paper, language, how.mode)
        if key not in made:
            made[key] = report_pdf(full(how), kind, paper, language)
        return made[key]

    return make


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_are_in_its_text(reports, language):
    """Means, change and interval, calculated here from the trial angles, with the language's decimal sign."""
    # Three trials a side at both times: pooled SD of the four groups, 8 degrees of freedom, systematic 1.2 each.
    groups = [(30.1, 31.2, 32.0), (42.0, 43.5, 44.1), (40.3, 41.0, 42.0), (42.5, 43.1, 44.9)]
    pooled = np.sqrt(np.mean([np.var(g, ddof=1) for g in groups]))
    half = np.hypot(1.959964 * np.sqrt(2) * 1.2, 2.306004 * pooled * np.sqrt(2 / 3))
    change = np.mean(groups[2]) - np.mean(groups[0])
    text = text_of(reports("referrer", "a4", language))

    def written(value):
        number = f"{value:+.1f}°".replace("-", "−")
        return number.replace(".", ",") if language == "fr" else number

    assert written(change) in text
    assert f"{written(change - half)} … {written(change + half)}" in text
    assert written(half)[1:] in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paper", ["a4", pytest.param("letter", marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS)
def test_pages_of_their_size(reports, kind, paper, language):
    pdf = pypdf.PdfReader(io.BytesIO(reports(kind, paper, language)))

    assert len(pdf.pages) <= (1 if kind == "referrer" else 2)
    size = (float(pdf.pages[0].mediabox.width), float(pdf.pages[0].mediabox.height))
    assert size == pytest.approx((595.28, 841.89) if paper == "a4" else (612, 792), abs=0.1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_patient_reads_large_print_however_much_there_is_to_say(reports, language):
    letters = Counter()

    def count(text, _, matrix, __, size):
        letters[round(size * abs(matrix[3]), 1)] += len(text)

    for page in pypdf.PdfReader(io.BytesIO(reports("patient", "a4", language))).pages:
        page.extract_text(visitor_text=count)
    assert max(letters, key=letters.get) >= 14


def structure(pdf):
    """Every structure element of a PDF, in reading order, as (type, element)."""
    root = pdf.Root.StructTreeRoot
    found = []

    def walk(node):
        if isinstance(node, pikepdf.Array):
            for child in node:
                walk(child)
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                found.append((str(node.S), node))
            if "/K" in node:
                walk(node.K)

    walk(root.K)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_accessible(reports, kind, language):
    """What PDF/UA-1 asks for and structure alone can show."""
    pdf = pikepdf.open(io.BytesIO(reports(kind, "a4", language)))

    assert bool(pdf.Root.MarkInfo.Marked)
    assert str(pdf.Root.Lang).startswith(language)
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    with pdf.open_metadata() as about:
        assert about["dc:title"]
        assert about["pdfuaid:part"] == "1"
    found = structure(pdf)
    levels = [int(name[2:]) for name, _ in found if re.fullmatch(r"/H\d", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    figures = [element for name, element in found if name == "/Figure"]
    assert len(figures) == (2 if kind == "referrer" else 1)
    assert all(len(str(figure.Alt)) > 80 for figure in figures)
    headers = [element for name, element in found if name == "/TH"]
    assert bool(headers) == (kind == "referrer")
    # Everything drawn is either tagged or marked as decoration: no text stands outside of both.
    depth, loose = 0, 0
    for operands, operator in (told for page in pdf.pages for told in pikepdf.parse_content_stream(page)):
        name = str(operator)
        depth += (name in ("BMC", "BDC")) - (name == "EMC")
        loose += name in ("Tj", "TJ") and depth == 0
        del operands
    assert loose == 0


def test_fonts_are_inside(reports):
    """Every font is embedded, and none comes from the machine."""
    pdf = pikepdf.open(io.BytesIO(reports("referrer", "a4", "fr")))
    names = set()
    for font in pdf.pages[0].Resources.Font.values():
        descendant = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        names.add(str(descendant.BaseFont).split("+")[-1])
        assert any(key in descendant.FontDescriptor for key in ("/FontFile2", "/FontFile3"))

    assert names
    assert all(name.startswith(("Libertinus", "DejaVu")) for name in names)


def test_the_same_bytes_every_time(reports):
    assert report_pdf(full(), "patient") == reports("patient")


def test_the_active_test_shows_no_passive_figures(reports):
    """No cut-off and no range of others reaches the active seated test; it states that there are none."""
    active, passive = text_of(reports("referrer")), text_of(reports("referrer", "a4", "en", PASSIVE))

    assert "There are no published figures for an active flexion-rotation test" in active
    assert "cut-off" not in active
    assert "cut-off 30°" in passive
    assert "Satpute" in passive


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_that_is_cited_is_found(language):
    """Where no list of sources follows, the address stands beside the source."""
    words, data = Wording(language), full()
    later = replace(data.after, on=TODAY + timedelta(30))
    said = [
        *facts_beside("flexion-rotation", ACTIVE, words),
        *(published_sentence(replace(data.before, conditions=how), 40, words) for how in (ACTIVE, PASSIVE)),
        *between_sentences(compare(data.before, later), words),
        *headache_sentences(data.headaches, words),
    ]
    every = " ".join(said)
    cited = [one for one in {f.source for f in all_figures()} if one.cite in every]
    assert len(cited) >= 4
    assert [one.cite for one in cited if f"{one.cite}, {one.link}" not in every] == []


def test_facts_stand_beside_the_change(reports):
    """Placebo, headache and the manual figure, with who found them; nowhere a verdict on the treatment."""
    for kind in KINDS:
        text = text_of(reports(kind))
        assert "placebo alone gave +5° (SD 5°)" in text
        assert "headache was present during the test, the range was smaller by about 6°" in text
        assert ("hange 7°" in text) == (kind == "referrer")
    said = " ".join(text_of(reports(kind, "a4", language)) for kind in KINDS for language in LANGUAGES).lower()
    for never in ("worked", "positive", "normal", "you have", "positif", "vous avez", "efficace", "a fonctionné"):
        assert not re.search(rf"\b{never}\b", said), never


def test_the_referrer_reads_that_both_were_measured_in_one_map(reports):
    first, second = before_after()
    summary = tuple(replace(one, covariance_deg2=(1.0,)) for one in second.result.summary)
    mapped = replace(second.result, summary=summary, mapped_with=(first.result.source.sha256,))
    data = replace(full(), after=replace(second, result=mapped))
    told = re.sub(r"[\s\u00a0\u202f]+", " ", Wording("en")("change.one_map"))
    assert [told in text_of(report_pdf(data, kind)) for kind in KINDS] == [False, True]
    assert told not in text_of(reports("referrer"))


def test_sides_that_may_be_swapped_are_said_to_everybody():
    _, second = before_after()
    mirrored = notice("writing_backwards", time_s=0.0)
    data = replace(full(), after=replace(second, result=replace(second.result, notices=(mirrored,))))
    for kind in KINDS:
        assert "the video may be a mirror image" in text_of(report_pdf(data, kind))


def test_what_cannot_be_compared_says_why():
    first, second = before_after()
    other = replace(second, conditions=replace(second.conditions, posture="supine"))
    data = replace(full(), after=other, series=())
    assert not compare(first, other).comparability.comparable

    for kind in KINDS:
        text = text_of(report_pdf(data, kind))
        assert "cannot be compared, because they differed in: the position (seated → lying on the back)" in text
        assert "+10.0°" not in text
        assert "about 10° more" not in text


def test_how_the_earlier_one_was_measured_is_said_where_it_differs():
    data = full(ACTIVE)
    lens = replace(
        data.before.result.camera, known="assumed" if data.after.result.camera.known != "assumed" else "stated"
    )
    earlier = replace(data.before, result=replace(data.before.result, camera=lens))
    text = text_of(report_pdf(replace(data, before=earlier), "referrer", "a4", "en"))
    words = {"assumed": "lens assumed", "stated": "lens as stated", "calibrated": "lens calibrated"}
    of = f"{lens.width} × {lens.height}, "
    assert f"{of}{words[lens.known]} – " in text
    assert f"{words[data.after.result.camera.known]}" in text.partition(f"{words[lens.known]} – ")[2]


def test_one_measurement_alone():
    data = ReportData("A-1", TODAY, before_after()[0])
    text = text_of(report_pdf(data, "patient", "letter", "fr"))

    assert "Rotation à gauche : environ 31° ±" in text
    assert "après" not in text.split("À savoir")[0]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_long_notes_and_twenty_treatments(kind):
    """Still one page; it says that it left something out."""
    data = full(
        notes="Long and winding. " * 4000,
        treatments=tuple(
            Treatment(1, TODAY - timedelta(i), "manipulation", dose="upper cervical " * 40) for i in range(20)
        ),
        name="An" * 300,
        code="P" * 500,
    )
    for paper in PAPERS:
        text = text_of(report_pdf(data, kind, paper, "fr"))
        assert "(abrégé)" in text
        assert "auparavant" in text


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Łukasz Żółć", True),
        pytest.param("Ελένη Παπαδοπούλου", True, marks=pytest.mark.slow),
        pytest.param("Иван Петров", True, marks=pytest.mark.slow),
        ("محمد", True),
        ("李雷", False),
        pytest.param("สมชาย", False, marks=pytest.mark.slow),
        pytest.param("Zoë 🙂", False, marks=pytest.mark.slow),
    ],
)
def test_names_in_any_script(name, printed):
    """A name whose letters no font has is not printed in boxes: the code stands for it, and it is said."""
    pdf = report_pdf(full(name=name, series=()), "patient")
    text = text_of(pdf)

    assert can_print(name) is printed
    assert ("cannot be printed" in text) is not printed
    assert "P-017" in text
    if printed and name != "محمد":
        assert name in text


def test_nothing_in_the_data_is_markup():
    """Code of the typesetter in names and notes is printed as it is."""
    wicked = '#panic("x") = Title *b* _i_ $x^2$ \\ <a> @b [#read("/etc/passwd")] "}] // /*'
    text = text_of(report_pdf(full(name=wicked[:60], code="a#b", notes=wicked), "patient"))

    assert '#panic("x") = Title *b*' in text
    assert "root:" not in text


@examples(12, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_set(name, notes):
    """No name and no note, of whatever characters, stops the report."""
    data = ReportData("X", TODAY, before_after()[0], name=name, notes=notes)

    assert report_pdf(data, "patient").startswith(b"%PDF")


def test_what_turns_a_text_around_is_taken_out():
    assert printable("abc\u202edef\u0000\n\tghi") == "abcdef ghi"
    assert printable("a\ud800b") == f"a{MISSING}b"
    assert printable("\ue000") == MISSING


def test_nothing_was_noted():
    """From bare result files: unknown conditions are named, none are invented."""
    first, second = before_after(UNKNOWN)
    text = text_of(report_pdf(ReportData("X", TODAY, first, second), "referrer"))

    assert "Mode not recorded" in text
    assert "Not recorded both times, so possibly different: the mode (active or passive)" in text


def test_a_side_never_measured():
    first, second = before_after()
    empty = replace(second.result, movements=(), summary=(), differences=())
    data = ReportData("X", TODAY, first, replace(second, result=empty, frames=None))

    assert "could not be measured both times" in text_of(report_pdf(data, "patient"))


def test_a_picture_of_the_page():
    with Image.open(io.BytesIO(report_pngs(full(series=()), "patient", dots_per_inch=72)[0])) as picture:
        assert picture.size == (595, 842) or picture.size == (596, 842)


@pytest.mark.parametrize("wrong", [{"kind": "insurer"}, {"paper": "a5"}, {"language": "de"}])
def test_what_there_is_not(wrong):
    with pytest.raises(RomcheckError, match="Choose one of"):
        report_pdf(full(), **({"kind": "patient"} | wrong))


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_without_a_summary_is_reported_all_the_same(kind):
    """Its chart is empty; PDF/UA requires a text alternative nevertheless."""
    before, _ = before_after()
    bare = replace(before, result=replace(before.result, summary=()), frames=None)
    assert "%PDF" in report_pdf(ReportData("K-17", TODAY, bare), kind)[:8].decode("latin1")
