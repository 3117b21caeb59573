"""One transaction with everything in it: what an intake check, or an examiner's verdict, changes together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from vantay.errors import CallerError, EncounterNotFound, StateError, SubjectNotFound
from vantay.store import case_rows, changing, check_rows, decision_rows, details, following, writing
from vantay.store.audit import AuditEntry, NewAuditEntry
from vantay.store.audit_chain import append_entries
from vantay.store.cases import NewCase, StoredCase, check_verdict
from vantay.store.checks import NewCheck, StoredCheck, check_subjects
from vantay.store.idempotency import OncePerKey
from vantay.store.incoming import Enrolment, NewEncounter, OnConflict
from vantay.store.loading import Loader
from vantay.store.person import (
    UNKNOWN_BIOGRAPHICS,
    Biographics,
    Document,
    SubjectStatus,
    check_documents,
)
from vantay.store.published import NewDecision
from vantay.store.records import EncounterRecord, Erasure, LoadResult, SubjectState
from vantay.store.subject_rows import find_subject, require_present
from vantay.store.transaction import WriteTransaction

_PAGE_SUBJECTS = 500


class RecordWriter:
    """A write that is under way; `Store.write` makes and commits it, or keeps nothing if something is raised.

    No other write is possible meanwhile, of this process or another: search before, write then. Each call
    sees what those before it wrote. Calls raise what those of `Store` with the same name raise. Whoever
    catches that inside the write may go on, but for calls that fail half-way: then nothing is kept, and the
    end of the write raises `StateError`.

    Erasing a subject destroys what checks and cases hold that tell of it. A check that is put, and a case
    that is opened or decided, tells also of whoever is enrolled or gets an encounter in the same write.

    Attributes
    ----------
    now : datetime
        The time of everything that is written here; UTC.
    sequence : int
        Number of the last change before this write.
    is_purged : bool, optional
        After the write, if a subject was erased in it: whether its bytes have left the files.
    """

    def __init__(self, transaction: WriteTransaction) -> None:
        self._transaction = transaction
        self._connection = transaction.connection
        self._failure: Exception | None = None
        self._people: set[str] = set()
        self._told_by_reference: dict[str, tuple[str, ...]] = {}
        self._told_by_case_id: dict[str, tuple[str, ...]] = {}
        self.now: datetime = transaction.now
        self.sequence: int = transaction.last_change
        self.has_erased = False
        self.is_purged: bool | None = None

    def changed_since(self, sequence: int) -> tuple[SubjectState, ...]:
        """Read the subjects that changed after a point, with their templates: those that a search missed.

        Erased and merged ones come too, without encounters.
        """
        states: list[SubjectState] = []
        while True:
            page = following.read_subject_states(
                self._connection, self._transaction.ring, sequence, _PAGE_SUBJECTS, with_documents=False
            )
            if not page.subjects:
                return tuple(states)
            states += page.subjects
            sequence = page.sequence

    def resolve(self, subject_id: str) -> str:
        """Tell under which identifier a subject is now."""
        return find_subject(self._connection, subject_id).merged_into or subject_id

    def status(self, subject_id: str) -> SubjectStatus:
        """Tell what became of a subject."""
        return find_subject(self._connection, subject_id).status

    def resolve_enrolled(self, subject_id: str) -> str:
        """Tell under which identifier a subject is now; `SubjectNotFound` if it was erased."""
        return require_present(find_subject(self._connection, self.resolve(subject_id))).subject_id

    def enrol(
        self,
        encounter: NewEncounter,
        *,
        biographics: Biographics | None = None,
        documents: Sequence[Document] = (),
        galleries: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> EncounterRecord:
        """Add a subject with its first encounter."""
        known = biographics or UNKNOWN_BIOGRAPHICS
        enrolment = Enrolment(encounter, known, tuple(documents), tuple(galleries))
        once = None if idempotency_key is None else OncePerKey(idempotency_key, "enrol", encounter, enrolment)
        return self._once(once, lambda: writing.enrol(self._transaction, encounter, enrolment))

    def add_encounter(
        self, encounter: NewEncounter, *, idempotency_key: str | None = None
    ) -> EncounterRecord:
        """Add an encounter to a subject that is there."""
        key, enrolment = idempotency_key, Enrolment(encounter)
        once = None if key is None else OncePerKey(key, "add_encounter", encounter, enrolment)
        return self._once(once, lambda: writing.add_encounter(self._transaction, encounter))

    def load(
        self, rows: Sequence[Enrolment], *, on_conflict: OnConflict | str = OnConflict.FAIL
    ) -> list[LoadResult]:
        """Add many encounters of many subjects; a row that cannot be written keeps no other one out."""
        loader = Loader.of(self._transaction, rows, OnConflict(on_conflict))
        with self._whole():
            results = [loader.load(row) for row in rows]
        self._people.update(result.subject_id for result in results if result.encounter_id is not None)
        return results

    def update_subject(
        self,
        subject_id: str,
        *,
        biographics: Biographics | None = None,
        documents: Sequence[Document] | None = None,
    ) -> None:
        """Replace the biographics, the documents or both of a subject; what is not given stays."""
        papers = None if documents is None else tuple(documents)
        check_documents(papers or ())
        with self._whole():
            details.update_details(self._transaction, subject_id, biographics, papers)

    def move_encounter(self, encounter_id: str, to_subject_id: str) -> str:
        """Give an encounter to another subject; return whose it was before."""
        with self._whole():
            giver_id = changing.move_encounter(self._transaction, encounter_id, to_subject_id)
        self._people.add(to_subject_id)
        return giver_id

    def merge(self, winner_id: str, loser_id: str) -> int:
        """Give all that a subject has to another one; return how many encounters that are."""
        with self._whole():
            return changing.merge_subjects(self._transaction, winner_id, loser_id)

    def lock(self, subject_id: str) -> bool:
        """Lock a subject; False if it was locked already."""
        with self._whole():
            return changing.set_lock(self._transaction, subject_id, is_locked=True)

    def unlock(self, subject_id: str) -> bool:
        """Make a locked subject active again; False if it was active."""
        with self._whole():
            return changing.set_lock(self._transaction, subject_id, is_locked=False)

    def erase(self, subject_id: str) -> Erasure:
        """Erase a subject; its bytes leave the files after the commit, and then `is_purged` tells."""
        with self._whole():
            erasure = changing.erase_subject(self._transaction, subject_id)
        self.has_erased = True
        return erasure

    def check(self, reference: str) -> StoredCheck | None:
        """Read the check of an application; None if it has none."""
        return check_rows.read_check(self._connection, self._transaction.ring, reference)

    def put_check(self, new: NewCheck) -> None:
        """Add the check of an application; `IdempotencyConflict` if it has one."""
        check_rows.put_check(self._transaction, new)
        self._told_by_reference[new.reference] = new.subject_ids

    def open_case(self, new: NewCase) -> None:
        """Add a case; `IdempotencyConflict` if its identifier was given before."""
        case_rows.open_case(self._transaction, new)
        self._told_by_case_id[new.case_id] = new.subject_ids

    def case(self, case_id: str) -> StoredCase:
        """Read a case; `CaseNotFound` if there is none."""
        return case_rows.read_case(self._connection, self._transaction.ring, case_id)

    def case_captures(self, case_id: str) -> bytes:
        """Read the captures of a case; `CaseNotFound` if there is none, or they were purged."""
        return case_rows.read_captures(self._connection, self._transaction.ring, case_id)

    def decide_case(
        self,
        case_id: str,
        *,
        examiner: str,
        verdict: str,
        reason: str,
        subject_ids: Iterable[str] = (),
    ) -> None:
        """Note what a person decided of a case.

        Parameters
        ----------
        case_id : str
        examiner : str
            Who decided, 1 to 128 printable characters.
        verdict : str
            What, 1 to 128 printable characters.
        reason : str
            Why, at most 2,000 characters; it stands in plain.
        subject_ids : iterable of str
            Whom the case, and the check that it came of, tell of from now on, too.

        Raises
        ------
        CaseNotFound
            If there is no such case.
        CaseDecided
            If it was decided before.
        """
        check_verdict(examiner, verdict, reason)
        told = tuple(subject_ids)
        check_subjects(told)
        reference = case_rows.decide_case(self._transaction, case_id, examiner, verdict, reason)
        self._people.update(told)
        self._told_by_case_id.setdefault(case_id, ())
        self._told_by_reference.setdefault(reference, ())

    def publish(self, new: NewDecision) -> int:
        """Publish a decision; return its number."""
        return decision_rows.publish(self._transaction, new)

    def note(self, new: NewAuditEntry) -> AuditEntry:
        """Note what happened in the audit log."""
        (entry,) = append_entries(self._transaction, [new])
        return entry

    def finish(self) -> None:
        """Check that nothing failed half-way, and link what was decided to whom it is about.

        Raises
        ------
        StateError
            If a call failed half-way.
        """
        if self._failure is not None:
            raise StateError(
                f"a call of this write failed, and nothing was kept: {self._failure}"
            ) from self._failure
        for reference, told in self._told_by_reference.items():
            if missing := self._people.difference(told):
                check_rows.link_check(self._connection, reference, missing)
        for case_id, told in self._told_by_case_id.items():
            if missing := self._people.difference(told):
                case_rows.link_case(self._connection, case_id, missing)

    def _once(self, once: OncePerKey | None, enrol: Callable[[], EncounterRecord]) -> EncounterRecord:
        """Write an encounter, unless its key was used before: then give the first receipt."""
        record = None if once is None else once.first_receipt(self._transaction)
        if record is None:
            record = enrol()
            if once is not None:
                once.note(self._transaction, record)
            self._transaction.flush()
        self._people.add(record.subject_id)
        return record

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Run a call of several statements; if it fails, the write can no longer be kept."""
        try:
            yield
            self._transaction.flush()
        except (SubjectNotFound, EncounterNotFound, CallerError):  # found before anything is written
            raise
        except Exception as error:
            self._failure = error
            raise
