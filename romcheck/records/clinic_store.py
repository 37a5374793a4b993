"""Storing screenings, findings and reactions to treatment."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.orm import Session

from romcheck.records import clinic_checks, rules
from romcheck.records.clinic import Findings, Reaction, Screening
from romcheck.records.models import FindingsRow, ReactionRow, ScreeningRow
from romcheck.records.rows import entry_of
from romcheck.records.transactions import Transactions

Asked = TypeVar("Asked", Screening, Reaction, Findings)


class Clinic:
    """Screenings, findings and reactions.

    Parameters
    ----------
    records : the store
    """

    def __init__(self, records: Transactions) -> None:
        self._records = records

    def add_screening(self, screening: Screening) -> Screening:
        """Save a screening.

        Raises
        ------
        EntryError
            When the decision is to go on with a finding but without a reason, or without the person's consent.
        """
        return self._keep_asked(clinic_checks.screening(screening))

    def screenings(self, person_id: int) -> tuple[Screening, ...]:
        """All screenings of a person, oldest first."""
        return self._records.all_of(Screening, person_id)

    def screening(self, screening_id: int) -> Screening:
        """One screening."""
        return self._records.one(Screening, screening_id)

    def save_screening(self, screening: Screening) -> Screening:
        """Save the changes to a screening."""
        return self._save_asked(clinic_checks.screening(screening))

    def delete_screening(self, screening_id: int) -> None:
        """Delete a screening."""
        self._records.remove_row(ScreeningRow, screening_id)

    def add_reaction(self, reaction: Reaction) -> Reaction:
        """Save a reaction to a treatment, or that there was none."""
        return self._keep_asked(clinic_checks.reaction(reaction))

    def reactions(self, person_id: int) -> tuple[Reaction, ...]:
        """All reactions to treatments, oldest first."""
        return self._records.all_of(Reaction, person_id)

    def reaction(self, reaction_id: int) -> Reaction:
        """One reaction."""
        return self._records.one(Reaction, reaction_id)

    def save_reaction(self, reaction: Reaction) -> Reaction:
        """Save the changes to a reaction."""
        return self._save_asked(clinic_checks.reaction(reaction))

    def delete_reaction(self, reaction_id: int) -> None:
        """Delete a reaction."""
        self._records.remove_row(ReactionRow, reaction_id)

    def add_findings(self, findings: Findings) -> Findings:
        """Save the findings of an examination."""
        return self._keep_asked(clinic_checks.findings(findings))

    def findings(self, person_id: int) -> tuple[Findings, ...]:
        """All findings of a person, oldest first."""
        return self._records.all_of(Findings, person_id)

    def one_findings(self, findings_id: int) -> Findings:
        """The findings of one examination."""
        return self._records.one(Findings, findings_id)

    def save_findings(self, findings: Findings) -> Findings:
        """Save the changes to findings."""
        return self._save_asked(clinic_checks.findings(findings))

    def delete_findings(self, findings_id: int) -> None:
        """Delete the findings of one examination."""
        self._records.remove_row(FindingsRow, findings_id)

    def _keep_asked(self, entry: Asked) -> Asked:
        def work(session: Session) -> Asked:
            row = self._records.add_row(session, entry)
            rules.fits_visit(session, entry, same_day=False)
            return entry_of(type(entry), row)

        return self._records.database.write(work)

    def _save_asked(self, entry: Asked) -> Asked:
        def work(session: Session) -> Asked:
            row = self._records.change_row(session, entry, keep=("person_id",))
            rules.fits_visit(session, entry, same_day=False)
            return entry_of(type(entry), row)

        return self._records.database.write(work)
