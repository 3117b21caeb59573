"""The calls of `Store` that change the record; each is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vantay.store import changing, details, galleries, writing
from vantay.store.idempotency import OncePerKey
from vantay.store.incoming import Enrolment, NewEncounter, OnConflict
from vantay.store.loading import Loader
from vantay.store.master_key import MasterKey
from vantay.store.person import UNKNOWN_BIOGRAPHICS, Biographics, Document, check_documents
from vantay.store.records import EncounterRecord, Erasure, LoadResult
from vantay.store.rotation import rotate_master_key
from vantay.store.session import Session
from vantay.store.storage_errors import typed_errors
from vantay.store.transaction import WriteTransaction
from vantay.store.wording import check_identifier


class WriteCalls(Session):
    """What changes the record. When a call returns, it is on disk; when it raises, nothing of it is.

    Every call may also raise `StoreLocked`, `StoreUnavailable`, `WrongKey` and `ClockWentBackwards`.
    """

    def enrol(
        self,
        encounter: NewEncounter,
        *,
        biographics: Biographics | None = None,
        documents: Sequence[Document] = (),
        galleries: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> EncounterRecord:
        """Add a subject with its first encounter.

        Parameters
        ----------
        encounter : NewEncounter
        biographics : Biographics, optional
            What searches filter by.
        documents : sequence of Document
            By which the subject can be looked up.
        galleries : sequence of str
            That it joins.
        idempotency_key : str, optional
            When the same call comes again with it, the first receipt is the answer and nothing is written.

        Raises
        ------
        AlreadyEnrolled
            If the subject is there or was there and was erased, or the encounter identifier is taken.
        IncompatibleTemplate
            If the face was embedded by another model than the faces that are there.
        GalleryNotFound
            If there is no such gallery.
        IdempotencyConflict
            If the key was used with other content.
        """
        enrolment = Enrolment(
            encounter, biographics or UNKNOWN_BIOGRAPHICS, tuple(documents), tuple(galleries)
        )
        return self._once(
            idempotency_key,
            "enrol",
            encounter,
            enrolment,
            lambda transaction: writing.enrol(transaction, encounter, enrolment),
        )

    def add_encounter(
        self, encounter: NewEncounter, *, idempotency_key: str | None = None
    ) -> EncounterRecord:
        """Add an encounter to a subject that is there.

        Raises
        ------
        SubjectNotFound
            If the subject is not there or was erased; `SubjectMerged` if it is another one now.
        AlreadyEnrolled
            If the encounter identifier is taken.
        IncompatibleTemplate
            If the face was embedded by another model than the faces that are there.
        IdempotencyConflict
            If the key was used with other content.
        """
        return self._once(
            idempotency_key,
            "add_encounter",
            encounter,
            Enrolment(encounter),
            lambda transaction: writing.add_encounter(transaction, encounter),
        )

    def load(
        self, rows: Sequence[Enrolment], *, on_conflict: OnConflict | str = OnConflict.FAIL
    ) -> list[LoadResult]:
        """Add many encounters of many subjects in one transaction.

        Rows of one subject belong in one call: the first enrols it, the others add to it. Rows that cannot be
        written are told in their results and keep no other row out.

        Parameters
        ----------
        rows : sequence of Enrolment
            A thousand or so; all are held in memory.
        on_conflict : OnConflict
            What to do with a subject that was there before: ``skip`` its rows, ``add-encounter``, or ``fail``
            them. An encounter that is recorded for the subject already is skipped whatever is said here.

        Returns
        -------
        list of LoadResult
            One a row, in their order.
        """
        with self._write() as transaction:
            loader = Loader.of(transaction, rows, OnConflict(on_conflict))
            return [loader.load(row) for row in rows]

    def update_subject(
        self,
        subject_id: str,
        *,
        biographics: Biographics | None = None,
        documents: Sequence[Document] | None = None,
    ) -> None:
        """Replace the biographics, the documents or both of a subject; what is not given stays.

        Raises
        ------
        SubjectNotFound
            If the subject is not there or was erased; `SubjectMerged` if it is another one now.
        """
        papers = None if documents is None else tuple(documents)
        check_documents(papers or ())
        with self._write() as transaction:
            details.update_details(transaction, subject_id, biographics, papers)

    def move_encounter(self, encounter_id: str, to_subject_id: str) -> str:
        """Give an encounter to another subject, whose it was found to be; return whose it was before.

        Raises
        ------
        EncounterNotFound
            If it is not there, or was erased.
        SubjectNotFound
            If the subject is not there or was erased; `SubjectMerged` if it is another one now.
        """
        with self._write() as transaction:
            return changing.move_encounter(transaction, encounter_id, to_subject_id)

    def merge(self, winner_id: str, loser_id: str) -> int:
        """Give all that a subject has to another one, found to be the same person.

        The winner's biographics stay, and what it lacks is taken over; documents and galleries add up; if
        either is locked, the winner is. The loser's identifier stays as an alias (`resolve`); its key is
        destroyed. Doing it again does nothing.

        Returns
        -------
        int
            How many encounters the winner got.

        Raises
        ------
        SubjectNotFound
            If one is not there or was erased; `SubjectMerged` if one is another subject now.
        CallerError
            If both are one.
        """
        with self._write() as transaction:
            return changing.merge_subjects(transaction, winner_id, loser_id)

    def lock(self, subject_id: str) -> bool:
        """Lock a subject, as when its papers expire; it can still be found. False if it was locked already.

        Raises
        ------
        SubjectNotFound
            If the subject is not there or was erased; `SubjectMerged` if it is another one now.
        """
        with self._write() as transaction:
            return changing.set_lock(transaction, subject_id, is_locked=True)

    def unlock(self, subject_id: str) -> bool:
        """Make a locked subject active again; False if it was active. Errors as `lock`."""
        with self._write() as transaction:
            return changing.set_lock(transaction, subject_id, is_locked=False)

    def erase(self, subject_id: str) -> Erasure:
        """Destroy a subject's key and all that it sealed; a tombstone without biometric data stays.

        In a SQLite file the freed pages are overwritten with zeros and the write-ahead log is emptied. That
        waits, up to the busy timeout, for readers that are still looking at the state before; ``is_purged``
        of what is returned tells whether it was done. Erasing again does no harm and finishes it. On
        PostgreSQL the bytes stay in dead rows until `purge`.

        Raises
        ------
        SubjectNotFound
            If the subject never was there; `SubjectMerged` if it is another one now.
        """
        with self._write() as transaction:
            erasure = changing.erase_subject(transaction, subject_id)
        with typed_errors(self._database.name):
            is_purged = self._database.purge_after_erasure(wait_ms=self._busy_timeout_ms)
        return replace(erasure, is_purged=is_purged)

    def create_gallery(self, name: str) -> None:
        """Make a gallery, 1 to 128 printable characters; one that is there stays as it is."""
        check_identifier("gallery", name)
        with self._write() as transaction:
            galleries.create_gallery(transaction, name)

    def add_to_gallery(self, name: str, subject_id: str) -> bool:
        """Put a subject into a gallery; False if it was in.

        Raises
        ------
        GalleryNotFound
            If there is no such gallery.
        SubjectNotFound
            If the subject is not there or was erased; `SubjectMerged` if it is another one now.
        """
        with self._write() as transaction:
            return galleries.set_membership(transaction, name, subject_id, is_member=True)

    def remove_from_gallery(self, name: str, subject_id: str) -> bool:
        """Take a subject out of a gallery; False if it was not in. Errors as `add_to_gallery`."""
        with self._write() as transaction:
            return galleries.set_membership(transaction, name, subject_id, is_member=False)

    def rotate_key(self, master: MasterKey) -> None:
        """Wrap the keys of all subjects with another master key; what they seal stays as it is.

        The caller has put the new key where it will be found before this call, and keeps the old one until it
        returns: `vantay.store.maintenance.rotate_key_file` does both. Other processes must reopen the store.

        Raises
        ------
        StateError
            If the store is not encrypted.
        """
        with self._write() as transaction:
            ring = rotate_master_key(transaction, master)
        self._ring = ring

    def accept_clock(self) -> None:
        """Take the clock's time as the true one, although the last change has a later one."""
        with self._write(ignore_clock=True):
            pass

    def purge(self) -> bool:
        """Remove the bytes of what was erased from the database's files; False if others were in the way."""
        with typed_errors(self._database.name):
            return self._database.purge(wait_ms=self._busy_timeout_ms)

    def _once(
        self,
        key: str | None,
        act: str,
        encounter: NewEncounter,
        enrolment: Enrolment,
        write: Callable[[WriteTransaction], EncounterRecord],
    ) -> EncounterRecord:
        with self._write() as transaction:
            once = None if key is None else OncePerKey(key, act, encounter, enrolment)
            first = once and once.first_receipt(transaction)
            if first is not None:
                return first
            receipt = write(transaction)
            if once is not None:
                once.note(transaction, receipt)
            return receipt
