"""The safety questions for people who measure alone, the consequences of the answers, and the stopping rules.

A person for whom any statement is true is not measured: questions cannot decide who may move the neck to end range, so
each case is for a clinician to judge. The statements put into plain words what guidance for clinicians lists:
the framework on vascular disease of the neck (Rushton et al., J Orthop Sports Phys Ther 2023;53:7-22, doi
10.2519/jospt.2022.11147), which says that no list can exclude it; the red flags of headache known as SNNOOP10 (Do et
al., Neurology 2019;92:134); the Canadian C-spine rule for injuries; and contraindications to manipulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from romcheck.clinical import PAIN_MAX

Route = Literal["urgent", "clinician", "rest", "enough"]
"""Why nothing is measured: medical care now, a clinician before any test, rest for today, or enough checks today."""

MOST_PAIN, MOST_RISE = 5, 3
"""The rule for stopping: pain above the first of 10, or that rises by more than the second."""
CHECKS_A_DAY = 2
"""Most checks a day for a person alone."""
RULE_NUMBERS = {"rise": MOST_RISE, "most": MOST_PAIN, "scale": PAIN_MAX, "checks": CHECKS_A_DAY}
"""These numbers by their names in the sentences."""


@dataclass(frozen=True)
class Question:
    """One statement to tick if it is true; its text is in the catalogue under ``safety.question.<name>``."""

    name: str
    route: Literal["urgent", "clinician"] = "clinician"


@dataclass(frozen=True)
class Group:
    """Statements asked together; its heading is in the catalogue under ``safety.group.<name>``."""

    name: str
    questions: tuple[Question, ...]


def _urgent(*names: str) -> tuple[Question, ...]:
    return tuple(Question(name, "urgent") for name in names)


def _clinician(*names: str) -> tuple[Question, ...]:
    return tuple(Question(name) for name in names)


GROUPS = (
    Group("now", (*_urgent("fever", "confused", "fit", "crash_days"), *_clinician("dizzy", "half_turn"))),
    Group(
        "signs",
        _urgent(
            "double_vision", "lost_sight", "slurred_speech", "swallowing", "drooping", "sudden_falls", "unsteady",
            "spinning", "numb_limbs", "clumsy_hands", "shocks", "bladder", "numb_face",
        ),
    ),
    Group(
        "pain",
        (
            *_urgent("sudden", "worst", "unlike", "red_eye"),
            *_clinician("after_fifty", "growing", "changed", "cough", "standing", "at_night", "painkillers"),
        ),
    ),
    Group("injury", _clinician("crash_weeks", "began_with_injury")),
    Group(
        "illness",
        _clinician(
            "joint_disease", "weak_bones", "broken_neck", "loose_joints", "down_syndrome", "cancer", "losing_weight",
            "infection", "weak_defence", "cortisone", "stroke", "torn_artery", "blood_pressure", "blood_thinners",
        ),
    ),
    Group("you", _clinician("under_18", "over_65", "pregnant", "advice")),
)  # fmt: skip
QUESTIONS = tuple(question for group in GROUPS for question in group.questions)
STOP_RULES = ("pain", "signs", "slow", "hands", "sit", "often", "after")
"""Rules for stopping and for measuring gently, in the catalogue under ``stop_rule.<name>``."""


@dataclass(frozen=True)
class Answers:
    """Answers so far: whether a statement is true, by the name of the question."""

    given: Mapping[str, bool]

    @property
    def complete(self) -> bool:
        """Whether every question was answered."""
        return all(question.name in self.given for question in QUESTIONS)

    @property
    def route(self) -> Route | None:
        """Consequence of the answers, the most urgent one; None where nothing is true."""
        routes = {question.route for question in QUESTIONS if self.given.get(question.name)}
        return "urgent" if "urgent" in routes else "clinician" if routes else None

    @property
    def passed(self) -> bool:
        """Whether one may go on: all answered, nothing true."""
        return self.complete and self.route is None


@dataclass(frozen=True)
class SafetyForm:
    """The content of a filled-in form.

    Attributes
    ----------
    answers : of the groups that were answered
    unclear : groups in which both a statement and "none of these" are ticked
    missing : groups in which nothing is ticked; empty where an answer already decides
    """

    answers: Answers
    unclear: tuple[str, ...]
    missing: tuple[str, ...]


def read_form(ticked: Mapping[str, tuple[Mapping[str, bool], bool]]) -> SafetyForm:
    """Read a form.

    Parameters
    ----------
    ticked : for each group by its name: which of its statements are ticked, and whether "none of these" is
    """
    given: dict[str, bool] = {}
    unclear, missing = [], []
    for name, (true, none) in ticked.items():
        if none and any(true.values()):
            unclear.append(name)
        elif none or any(true.values()):
            given |= true
        else:
            missing.append(name)
    answers = Answers(given)
    return SafetyForm(answers, tuple(unclear), () if answers.route is not None else tuple(missing))


def too_painful(now: int | None, before: int | None = None) -> bool:
    """Whether pain (0 to 10) exceeds the stopping rule, or rose by more than it allows; False if not stated."""
    if now is None:
        return False
    return now > MOST_PAIN or (before is not None and now - before > MOST_RISE)
