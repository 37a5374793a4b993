"""Questions asked before someone measures alone, and what follows from the answers.

Whoever answers any of them with yes is not measured: a screening by questions cannot tell who may bend and turn the
neck to its end, so every yes is for a clinician to judge. The questions and the rules for stopping put into plain
words what guidance for clinicians lists: the framework on vascular disease of the neck (Rushton et al., J Orthop Sports
Phys Ther 2023;53:7-22, doi 10.2519/jospt.2022.11147), which says that no list can exclude it, the Canadian C-spine
rule for injuries, and contraindications to manipulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Route = Literal["urgent", "clinician"]
"""Where a yes leads: medical care now, or a clinician before any test."""


@dataclass(frozen=True)
class Question:
    """One question; its words are in the texts under ``safety.question.<name>``."""

    name: str
    route: Route


QUESTIONS = (
    Question("injury", "clinician"),
    Question("new_pain", "urgent"),
    Question("brain_signs", "urgent"),
    Question("nerve_signs", "urgent"),
    Question("neck_condition", "clinician"),
    Question("illness", "clinician"),
    Question("vessels", "clinician"),
    Question("age_or_advice", "clinician"),
    Question("cannot_turn", "clinician"),
    Question("dizzy_alone", "clinician"),
)
STOP_RULES = ("pain", "signs", "slow", "hands", "sit", "often", "after")
"""Rules for stopping and for measuring gently, in the texts under ``stop_rule.<name>``."""


@dataclass(frozen=True)
class Answers:
    """What was answered so far: yes or no by the name of the question."""

    given: Mapping[str, bool]

    @property
    def complete(self) -> bool:
        """Whether every question was answered."""
        return all(question.name in self.given for question in QUESTIONS)

    @property
    def route(self) -> Route | None:
        """Where the answers lead, the most urgent way first; None without any yes."""
        routes = {question.route for question in QUESTIONS if self.given.get(question.name)}
        return "urgent" if "urgent" in routes else "clinician" if routes else None

    @property
    def passed(self) -> bool:
        """Whether one may go on: all answered, none with yes."""
        return self.complete and self.route is None
