"""Bulk load: many subjects in one transaction, each row with a result of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vantay.errors import AlreadyEnrolled, VantayError
from vantay.store.face_model import FaceModel
from vantay.store.galleries import gallery_numbers
from vantay.store.incoming import Enrolment, NewEncounter, OnConflict
from vantay.store.person import SubjectStatus
from vantay.store.records import ChangeKind, EncounterRecord, LoadResult
from vantay.store.sealing import SubjectKey
from vantay.store.subject_rows import SubjectRow, find_subjects, require_present
from vantay.store.transaction import WriteTransaction
from vantay.store.writing import add_encounter_rows, add_subject, refuse_taken, taken_encounters


@dataclass(slots=True)
class Loader:
    """One load: what was there before it, and what it has added so far.

    A conflict is with what was there before: rows of one call that are of one subject belong together. An
    encounter that is recorded for the same subject already, or for the one that this was merged into, is
    skipped, whatever the choice, and so is a row that tells of nobody new and has no encounter: a load that
    was cut short can be run again.
    """

    transaction: WriteTransaction
    on_conflict: OnConflict
    subjects_before: dict[str, SubjectRow]
    encounters: dict[str, str]
    gallery_by_name: dict[str, int]
    face_model: FaceModel
    added: dict[str, tuple[int, SubjectKey]] = field(default_factory=dict)

    @classmethod
    def of(cls, transaction: WriteTransaction, rows: Sequence[Enrolment], on_conflict: OnConflict) -> Loader:
        """Look up what the rows may conflict with."""
        connection = transaction.connection
        given = (row.encounter.encounter_id for row in rows if row.encounter is not None)
        encounter_ids = [encounter_id for encounter_id in given if encounter_id is not None]
        return cls(
            transaction,
            on_conflict,
            find_subjects(connection, list({row.subject_id for row in rows})),
            taken_encounters(connection, encounter_ids),
            gallery_numbers(connection),
            FaceModel(connection),
        )

    def load(self, row: Enrolment) -> LoadResult:
        """Add a row, skip it, or tell why neither was possible."""
        try:
            outcome, record = self._loaded(row)
        except VantayError as error:
            return LoadResult(row.subject_id, None, "failed", error)
        return LoadResult(row.subject_id, None if record is None else record.encounter_id, outcome)

    def _loaded(self, row: Enrolment) -> tuple[str, EncounterRecord | None]:
        if row.encounter is not None and self._is_recorded(row.encounter):
            return "skipped", None
        before = self.subjects_before.get(row.subject_id)
        if before is None:
            return self._enrolled(row)
        if row.encounter is None and before.status is row.status:  # a subject without samples, a tombstone
            return "skipped", None
        if before.status is SubjectStatus.ERASED or self.on_conflict is OnConflict.FAIL:
            refuse_taken(before)
        require_present(before)
        if self.on_conflict is OnConflict.SKIP:
            return "skipped", None
        if row.subject_id not in self.added:
            key = self.transaction.ring.unwrap(row.subject_id, before.wrapped_key)
            self.added[row.subject_id] = (before.number, key)
        return self._added(row)

    def _enrolled(self, row: Enrolment) -> tuple[str, EncounterRecord | None]:
        if row.subject_id in self.added:  # by an earlier row of this call
            return self._added(row)
        self._check_face(row)
        number, key = self.added[row.subject_id] = add_subject(self.transaction, row, self.gallery_by_name)
        if row.encounter is None:
            return "enrolled", None
        return "enrolled", self._with_encounter(row.encounter, number, key)

    def _added(self, row: Enrolment) -> tuple[str, EncounterRecord | None]:
        if row.encounter is None:
            return "skipped", None
        self._check_face(row)
        number, key = self.added[row.subject_id]
        self.transaction.note(number, ChangeKind.ADD_ENCOUNTER)
        return "added", self._with_encounter(row.encounter, number, key)

    def _with_encounter(self, encounter: NewEncounter, number: int, key: SubjectKey) -> EncounterRecord:
        record = add_encounter_rows(self.transaction, encounter, number, key)
        self.encounters[record.encounter_id] = record.subject_id
        return record

    def _check_face(self, row: Enrolment) -> None:
        if row.encounter is not None and row.encounter.face is not None:
            self.face_model.require(row.encounter.face)

    def _is_recorded(self, encounter: NewEncounter) -> bool:
        owner = self.encounters.get(encounter.encounter_id or "")
        before = self.subjects_before.get(encounter.subject_id)
        if owner not in {None, encounter.subject_id, before and before.merged_into}:
            raise AlreadyEnrolled(
                f"encounter {encounter.encounter_id!r} is recorded already, of another subject"
            )
        return owner is not None
