"""The catalogue: no sentence missing, none unused, the same numbers in every language."""

import ast
import re
import string
from collections import defaultdict
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
import textstat

import romcheck
from romcheck.calibrate.views import DIRECTIONS
from romcheck.change import Standing
from romcheck.change.comparability import Matter
from romcheck.clinical import (
    NDI_ITEMS,
    TREATED_LEVELS,
    EndFeel,
    FollowUpState,
    HeadacheSide,
    MedicineClass,
    Mode,
    MovedBy,
    Posture,
    Sex,
    Spread,
    Stop,
    Thrust,
    TimingOrNone,
    TreatmentKind,
    Trigger,
)
from romcheck.errors import CRASHES, SYSTEM_SAYS
from romcheck.exchange.atomic import UNWRITABLE
from romcheck.i18n.camera import LYING, camera_texts
from romcheck.i18n.catalogue import catalogue, read
from romcheck.i18n.languages import LANGUAGES
from romcheck.i18n.texts import Texts
from romcheck.live.journey import TESTS
from romcheck.live.safety import GROUPS, QUESTIONS, STOP_RULES, Route
from romcheck.live.state import CheckPlan, Phase, StopReason
from romcheck.motion.gates import GATES
from romcheck.notices import CODES, IN_FULL
from romcheck.published import all_figures
from romcheck.records.audit import ACTIONS
from romcheck.records.clinic import (
    FOUND_AT,
    JUDGED,
    SCREENED,
    Action,
    Decision,
    Looked,
    Planned,
    Severity,
    Symptom,
    Where,
)
from romcheck.records.criteria import CriterionState, Name
from romcheck.records.database import POSTGRESQL_SAYS, SQLITE_SAYS
from romcheck.records.follow_up import PLAN
from romcheck.records.rows import NAMES
from romcheck.records.treatment_plan import PlanPhase
from romcheck.reports.position import COLUMNS
from romcheck.reports.typst.content import OUTCOMES
from romcheck.results import LeftOutWhy, LensKnowledge, MovementName, Test
from romcheck.ui.result_view import MADE

PACKAGE = Path(romcheck.__file__).parent
SOURCES = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.js")]
PYTHON = sorted(PACKAGE.rglob("*.py"))
CODE = "\n".join(path.read_text("utf-8") for path in SOURCES)

OTHER_ENTRIES = (
    "follow_ups", "archive", "fhir", "table_csv", "table_parquet", "entries_csv", "report", "video",
    "video_of_measurement",
)  # fmt: skip
"""What lines of the audit trail are about, beside single entries."""

ENDINGS = ("stopped_by", "end_feel", "familiar", "familiar_where", "familiar_pain")

FAMILIES: dict[str, tuple[str, ...]] = {
    "test": TESTS,
    "movement": get_args(MovementName),
    "reason": tuple(GATES),
    "phase": get_args(Phase),
    "check.active.stopped": get_args(StopReason),
    "check.passive.stopped": get_args(StopReason),
    "safety.question": tuple(q.name for q in QUESTIONS),
    "safety.group": tuple(g.name for g in GROUPS),
    "referred": get_args(Route),
    "referred.title": get_args(Route),
    "stop_rule": STOP_RULES,
    "choose.explain": TESTS,
    "choose.moved_by": get_args(MovedBy),
    "choose.posture": get_args(Posture),
    "ready.place": ("flexion-rotation", "upright"),
    "ready.therapist": ("flexion-rotation", "upright", "supine"),
    "ready.drawing": ("flexion-rotation", "upright", "supine"),
    "errors.from": ("left", "right", "both"),
    "errors.column": COLUMNS,
    "made.column": MADE,
    "made.why": get_args(LeftOutWhy),
    "result.how": ("active", "passive", "seated", "supine"),
    "result.lens": get_args(LensKnowledge),
    "lens": (*get_args(LensKnowledge), "forget_calibrated", "forget_stated"),
    **{f"report.{name}": ("joint-position",) for name in ("ask", "method_text", "title_patient", "title_referrer")},
    "progress.side": tuple(name for name in get_args(MovementName) if not name.startswith("return_")),
    "progress.start": (*get_args(Standing), "first", "unknown"),
    "progress.today": get_args(Standing),
    "progress.column": ("movement", "start", "usual", "best", "today", "noise"),
    "live.reminder": ("self", "other"),
    "ready.screening": (*SCREENED, "decision", "consent"),
    "screened": SCREENED,
    "field": (
        *(*SCREENED, *(f"{name}_note" for name in SCREENED), *FOUND_AT, *JUDGED),
        *(f"{name}_{side}" for name in ENDINGS for side in ("left", "right")),
        *(f"position_error_{side}_deg" for side in ("left", "right")),
    ),
    "thrust": get_args(Thrust),
    "treated_level": TREATED_LEVELS,
    "spread": get_args(Spread),
    "trigger": get_args(Trigger),
    "medicine_class": get_args(MedicineClass),
    "ndi_item": NDI_ITEMS,
    "phase_of_plan": get_args(PlanPhase),
    "reminder": ("diary", "exercise"),
    "outcome": ("reached", "not_reached", "unsure"),
    "goal.column": ("activity", "first", "latest"),
    "stopped_by": get_args(Stop),
    "end_feel": get_args(EndFeel),
    "found_at": get_args(Where),
    "ending": ("left", "right"),
    "findings": ("tender", "not_tender", "stiff", "not_stiff", "position_error_left", "position_error_right"),
    "criterion": get_args(Name),
    "criterion.state": get_args(CriterionState),
    "first": ("smaller_left", "smaller_right"),
    "figures.column": ("rule", "found", "left", "who"),
    "looked": get_args(Looked),
    "planned": get_args(Planned),
    "choice.decision": get_args(Decision),
    "screening.decision": get_args(Decision),
    "screening.found": get_args(Looked),
    "screening.consent": ("yes", "no", "unknown"),
    "symptom": get_args(Symptom),
    "severity": get_args(Severity),
    "action": get_args(Action),
    "settings": ("cameras_calibrated", "cameras_stated"),
    "result.remark": ("usable", "rejected"),
    "result.difference": ("beyond", "within"),
    "result.figure": tuple({figure.kind for figure in all_figures()}),
    "result.axis": ("left", "right", "flexion", "extension"),
    "warning": CODES,
    "notice": tuple(IN_FULL),
    "clinical_test": get_args(Test),
    "clinical_movement": get_args(MovementName),
    "side": get_args(MovementName),
    "movement_name": get_args(MovementName),
    "title": get_args(Test),
    "mode": (*get_args(Mode), "unknown"),
    "posture": (*get_args(Posture), "unknown"),
    "moved_by": (*get_args(MovedBy), "unknown"),
    "report_lens": get_args(LensKnowledge),
    "matter": get_args(Matter),
    "treatment": get_args(TreatmentKind),
    "headache_side": get_args(HeadacheSide),
    "why": tuple(SYSTEM_SAYS.values()),
    "database": (*SQLITE_SAYS.values(), *POSTGRESQL_SAYS.values()),
    "unwritable": tuple(UNWRITABLE.values()),
    "crash": (*CRASHES.values(), "unknown", "memory_apart", "unknown_apart"),
    "axis": ("rotation", "flexion", "lateral_flexion"),
    "edge": DIRECTIONS,
    "board": ("blurred", "alike"),
    "cell": tuple("_".join(at) for at in product(("upper", "middle", "lower"), ("left", "centre", "right"))),
    "choice.timing": get_args(TimingOrNone),
    "choice.sex": get_args(Sex),
    "choice.state": get_args(FollowUpState),
    "plan": (*(step.label.replace(" ", "_") for step in PLAN), "3_months", "6_months", "12_months"),
    "rights.entry": (*(name.replace(" ", "_").replace("-", "_") for name in NAMES.values()), *OTHER_ENTRIES),
    "rights.action": tuple(action.replace(" ", "_") for action in ACTIONS),
    "over_time": ("held", "unlike", "right_after"),
}
"""Keys that code puts together: the part before the last dot, and what may follow."""


BUILT = (
    *("report.headache_from.", "report.headache_told.", "report.title_", "report.for_", "report.col_"),
    *("report.once_only", "answer.", "change.verdict_", "change.more", "change.less"),
    *("chart.before", "chart.after", "chart.earlier", "chart.later"),
    *("change.within", "change.at_least", "change.one_trial", "change.not_comparable", "change.not_measured"),
    *(f"report.out_{name}" for name in OUTCOMES),
    "sides.",
)
"""Beginnings of keys put together in the reports, from a kind of report, a column, an answer, a lack of change, what
differs between two measurements.
"""


@cache
def trees() -> list[ast.Module]:
    """Every module of the program, in the order of ``PYTHON``."""
    return [ast.parse(path.read_text("utf-8")) for path in PYTHON]


def placeholders(text: str) -> set[tuple[str, str]]:
    """Names in braces, and how each number is written there; what stands between several values is the language's."""
    parsed = [(name, written or "") for _, name, written, _ in string.Formatter().parse(text) if name]
    return {(name, written if re.match(r"[+,.\d%g]", written) else "") for name, written in parsed}


def used(key: str) -> bool:
    """Whether code names the key, or puts it together from its section and a name that code knows."""
    section, _, name = key.rpartition(".")
    if f'"{key}"' in CODE or f"'{key}'" in CODE or name in FAMILIES.get(section, ()):
        return True
    return f'"{section}.{{' in CODE or f"'{section}.{{" in CODE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_holds_the_same_sentences_with_the_same_numbers(language):
    english, other = catalogue("en"), catalogue(language)
    assert set(english) == set(other)
    for key, text in english.items():
        assert placeholders(text) == placeholders(other[key]), key
        assert other[key].strip(), key
    assert set(read("en").forms) == set(read(language).forms)


def error_classes() -> set[str]:
    """Names of the classes of errors, from the source: some lie in modules that need other packages."""
    bases = {
        node.name: {ast.unparse(base).split(".")[-1] for base in node.bases}
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"RomcheckError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


@cache
def codes_raised() -> dict[str, str]:
    """Every code an error or a message is made with, and where."""
    classes, found = error_classes(), {}
    for path, tree in zip(PYTHON, trees(), strict=True):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = ast.unparse(node.func).split(".")[-1]
            if name in classes:
                told = node.args[1 if name == "EntryError" else 0]
                found |= {f"error.{code}": f"{path.name}:{node.lineno}" for code in branches(told)}
            elif name == "message":
                found |= dict.fromkeys(branches(node.args[0]), f"{path.name}:{node.lineno}")
    return found


def branches(told: ast.expr) -> list[str]:
    """The codes an argument may be; those put together belong to the families."""
    if isinstance(told, ast.IfExp):
        return [*branches(told.body), *branches(told.orelse)]
    return [told.value] if isinstance(told, ast.Constant) and isinstance(told.value, str) else []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence(language):
    there = catalogue(language)
    assert {code: where for code, where in codes_raised().items() if code not in there and " " not in code} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_page_says_of_an_error_needs_no_other_values(language):
    there = catalogue(language)
    for key in (key for key in there if key.startswith("problem.")):
        name = key.removeprefix("problem.")
        told = there.get(f"error.{name}") or there.get(name)
        assert told is not None, key
        assert {value for value, _ in placeholders(there[key])} <= {value for value, _ in placeholders(told)}, key


def test_no_sentence_of_an_error_is_unused():
    there = {key for key in catalogue("en") if key.startswith("error.")}
    assert there - set(codes_raised()) == set()


PATIENT = (
    "safety.",
    "referred.",
    "stop_rule.",
    "after.",
    "medicine.",
    "diary.",
    "spread.",
    "trigger.",
    "reminder.",
    "goal.",
    "welcome.",
    "ready.place.",
    "live.",
    "own.",
    "progress.",
    "framing.",
    "phase.",
    "check.active.",
    "result.next.",
    "result.plus_minus",
    "camera.problem.",
)
"""Sections a patient reads alone."""


@pytest.mark.parametrize("key", [key for key in catalogue("en") if key.startswith(PATIENT)])
def test_a_patient_reads_it_with_eight_years_of_school(key):
    """Flesch-Kincaid grade of the English text; names in braces stand for a short word."""
    text = catalogue("en")[key].format_map(defaultdict(lambda: "two"))
    if len(text.split()) > 2:
        assert textstat.flesch_kincaid_grade(text) <= 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_safety_statements_say_one_thing_in_the_affirmative(language):
    """No question mark, and no "not" that would turn a yes into a no."""
    for question in QUESTIONS:
        text = catalogue(language)[f"safety.question.{question.name}"]
        assert text.endswith(".")
        assert len(text.split()) <= 21, question.name


def test_an_empty_choice_says_so_in_the_language_of_its_page():
    """Without a placeholder Streamlit writes "Choose an option", in English."""
    silent = []
    for path in Path(romcheck.__file__).parent.joinpath("ui").rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            empty = getattr(given.get("index"), "value", 0) is None
            chooses = getattr(call.func, "attr", "")
            if "placeholder" not in given and (chooses == "multiselect" or (chooses == "selectbox" and empty)):
                silent.append(f"{path.name}:{call.lineno}")
    assert silent == []


SAME_IN_BOTH = (
    "error.database",
    "settings.version",
    "report.version",
    "report.out_hit6",
    "screening.pressure",
    "first.side",
    "report.out_ndi",
    "chart.alt_point",
    "error.views_few",
)
"""Names, numbers and other sentences alone."""


def test_french_is_french():
    """No sentence was left in English; single words may be the same in both."""
    english, french = catalogue("en"), catalogue("fr")
    same = {key for key, text in english.items() if french[key] == text and len(text.split()) > 1}
    assert not {key for key in same if key not in SAME_IN_BOTH}


GLOSSARY = {
    r"headaches?": r"(ma(l|ux) de|mal à la) tête",
    r"lateral flexion": r"inclinaison latérale",
    r"calibrat\w+": r"calibr",
    r"starting position": r"position de départ",
    r"ranges?": r"amplitude",
    r"field of view": r"angle de champ",
    r"trunks?": r"tronc",
    r"uncertaint\w+": r"incertitude",
    r"backups?": r"sauvegarde",
    r"follow-ups?": r"suivi",
    r"intervals?": r"intervalle",
    r"manifest": r"liste",
    r"lens": r"objectif",
    r"notes?": r"remarque",
    r"red flags": r"signes d’alerte",
    r"end-feel": r"fin de course",
    r"access key": r"clé d’accès",
    r"data folder": r"dossier de données",
    r"noise": r"bruit",
    r"SD|standard deviation": r"écart-type",
    r"angles frame by frame": r"angles image par image",
    r"manipulation": r"manipulation",
}
"""An English term and its one French rendering."""

SAID_OTHERWISE = {"field.other_explains"}


def test_a_term_has_one_rendering():
    """Both languages keep to the glossary, so that readers meet one word for one thing."""
    english, french = catalogue("en"), catalogue("fr")
    for key in set(english) - SAID_OTHERWISE:
        plain = re.sub(r"\{[^}]*\}", "", english[key])
        for term, rendering in GLOSSARY.items():
            if re.search(rf"\b({term})\b", plain):
                assert re.search(rendering, french[key], re.IGNORECASE), (key, term)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_that_code_puts_together_is_there(language):
    there = catalogue(language)
    put_together = [f"{section}.{name}" for section, names in FAMILIES.items() for name in names]
    missing = [key for key in put_together if key not in there]
    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_that_code_names_is_there(language):
    there = catalogue(language)
    sections = {key.split(".")[0] for key in there}
    named = set(re.findall(r"""\bt(?:exts)?\(\s*["']([a-z_]+\.[\w.-]+)["']""", CODE))
    assert len(named) > 50
    assert not {key for key in named if key not in there and key.split(".")[0] in sections}


@pytest.mark.parametrize("language", LANGUAGES)
def test_limits_are_handed_to_sentences(language):
    """A number that the program goes by stands in one place of the code, not in its sentences as well."""
    told = {key: text for key, text in catalogue(language).items() if key.startswith(("framing.", "ready.list."))}
    repeated = ("stop_rule.pain", "stop_rule.often", "after.rose.self", "after.rose.other", "result.next.often")
    for key in (*repeated, "batch.lens.assumed", "matter.flexion", "error.ccft_stage"):
        told[key] = catalogue(language)[key]
    assert [key for key, text in told.items() if re.search(r"\d", text)] == []


def test_no_sentence_is_unused():
    spoken = ("check.", "framing.", "camera.", "error.", "problem.", *BUILT)
    unused = [key for key in catalogue("en") if not key.startswith(spoken) and not used(key)]
    assert not unused


def test_no_sentence_of_camera_and_check_is_unused():
    """Lines of the check are named in its code; the camera's script names its own."""
    unused = []
    for key in catalogue("en"):
        if key.startswith("check."):
            name = key.split(".", 2)[2]
            head = name.split(".")[0]
            named = any(f'"{x}"' in CODE or f'"{x}.{{' in CODE for x in (name, head)) or name in GATES or head == "next"
            unused += [] if named or head in ("turn_flexed", "turn") or name in get_args(Phase) else [key]
        elif key.startswith("framing."):
            part = key.split(".")[-1].removesuffix(LYING)
            unused += [] if f'"{part}"' in CODE or f'"{key}"' in CODE else [key]
        elif key.startswith("camera."):
            name = key.removeprefix("camera.").removeprefix("problem.").removesuffix(".title")
            unused += [] if f'"{name}"' in CODE or f'"camera.{name}"' in CODE else [key]
    assert not unused


@pytest.mark.parametrize(("language", "mode"), list(product(LANGUAGES, ["active", "passive"])))
def test_both_modes_can_say_everything(language, mode):
    texts = camera_texts(Texts(language), CheckPlan("flexion-rotation", mode=mode))
    other = camera_texts(Texts(language), CheckPlan("flexion-rotation", mode="active"))
    assert set(texts) == set(other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_someone_lying_is_not_asked_to_move(language):
    """What is to change is then said of the camera; a picture may be upside down, and has no left and right."""
    seated = camera_texts(Texts(language), CheckPlan("flexion-rotation", "passive"))
    lying = camera_texts(Texts(language), CheckPlan("flexion-rotation", "passive", "supine"))
    told = {key for key in seated if lying[key] != seated[key]}
    assert {f"framing.{name}" for name in ("middle.off_left", "distance.nearer", "light.lighter")} < told
    never = ("framing.shoulders.", "framing.frame_rate.")
    for key in (key for key in lying if key.startswith("framing.") and not key.startswith(never)):
        assert not re.search(r"\b[Yy]our?\b|(?<!s’il )\b[Vv]o(tre|us|s)\b", lying[key]), key


def test_numbers_and_degrees_are_written_as_the_language_writes_them():
    assert Texts("en").degrees(47.71, 2.94) == "47.7° ± 2.9°"
    assert Texts("fr").degrees(47.71, 2.94) == "47,7° ± 2,9°"
    assert Texts("fr").degrees(47.71, at_least=True) == "au moins 47,7°"
    assert Texts("en")("check.active.flexion_lost", degrees=13.6).endswith("it came up by 14°.")
    assert Texts("fr").number(-0.01, 1) == "0,0"
    assert [Texts("fr").short(value) for value in (70.0, 70.5, 69.98)] == ["70", "70,5", "70"]


FORBIDDEN = {
    "en": r"\byou have (?!any|to)\b(?! answered)|\bpositive\b|\bnormal\b|treatment worked|\bdiagnosed\b|\bhealthy\b",
    "fr": r"\bpositif\b|\bnormal[e]?\b|traitement a (fonctionné|marché)|\bvous souffrez\b|\bsain\b",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_begins_as_a_list(language):
    """A page would draw its first sign as a bullet."""
    assert [text for text in catalogue(language).values() if re.match(r"([-+*]|\d+[.)])\s", text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_diagnosed(language):
    """It measures; questions may ask what someone has, no sentence says so."""
    for key, text in catalogue(language).items():
        if not text.rstrip().endswith("?"):
            assert not re.search(FORBIDDEN[language], text, re.IGNORECASE), key
