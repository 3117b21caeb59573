"""The calls of `Store` that read the record; each sees one state of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vantay.store import details, following, galleries, reading
from vantay.store.records import (
    Change,
    ChangeSet,
    StoredFace,
    StoredImage,
    StoredTemplate,
    StoreStatistics,
    SubjectPage,
    SubjectRecord,
    SubjectSummary,
)
from vantay.store.session import Session
from vantay.store.subject_rows import find_subject

PAGE_SUBJECTS = 500
"""Subjects in a page of a follower: some MB, some 50 ms."""


class ReadCalls(Session):
    """What reads the record.

    Calls that read what is sealed may raise `DataCorruption`, which names the row, and says to restore it
    from a backup or to erase the subject.
    """

    def subject(self, subject_id: str) -> SubjectRecord:
        """Read a subject in any status, with its encounters.

        Raises
        ------
        SubjectNotFound
            If it never was there.
        """
        with self._read() as connection:
            return reading.read_subject(connection, self._ring, subject_id)

    def resolve(self, subject_id: str) -> str:
        """Tell under which identifier a subject is now: its own, or that of the one it was merged into.

        Raises
        ------
        SubjectNotFound
            If it never was there.
        """
        with self._read() as connection:
            return find_subject(connection, subject_id).merged_into or subject_id

    def find_by_document(
        self, document_type: str, number: str, *, issuer: str | None = None
    ) -> tuple[str, ...]:
        """Name the subjects that have a document; spaces, hyphens and case of its number do not matter.

        Parameters
        ----------
        document_type : str
            As it was stored.
        number : str
        issuer : str, optional
            If given, only documents of this issuer.
        """
        with self._read() as connection:
            return details.find_by_document(connection, self._ring, document_type, number, issuer)

    def subjects(self, *, after: str = "", limit: int | None = None) -> list[SubjectSummary]:
        """List subjects in the order of their identifiers, erased and merged ones too.

        Parameters
        ----------
        after : str
            List what comes after this identifier: the last one of the page before.
        limit : int, optional
            At most this many.
        """
        with self._read() as connection:
            return reading.read_subject_page(connection, after, limit)

    def templates(self) -> Iterator[StoredTemplate]:
        """Stream the templates of all fingers as of now, in the order of subjects.

        It holds the state of now in the database until it ends: for many subjects use `pages_since`.
        """
        with self._read() as connection:
            for encounter in reading.read_all_templates(connection, self._ring):
                yield from encounter.stored_templates()

    def templates_of(self, subject_ids: Sequence[str]) -> list[StoredTemplate]:
        """Read the fingers of some subjects; unknown, erased and merged ones have none."""
        with self._read() as connection:
            opened = reading.read_templates_of(connection, self._ring, subject_ids)
            return [template for encounter in opened for template in encounter.stored_templates()]

    def faces(self) -> Iterator[StoredFace]:
        """Stream all faces as of now, in the order of subjects; as `templates`."""
        with self._read() as connection:
            for encounter in reading.read_all_templates(connection, self._ring):
                yield from encounter.stored_faces()

    def faces_of(self, subject_ids: Sequence[str]) -> list[StoredFace]:
        """Read the faces of some subjects; unknown, erased and merged ones have none."""
        with self._read() as connection:
            opened = reading.read_templates_of(connection, self._ring, subject_ids)
            return [face for encounter in opened for face in encounter.stored_faces()]

    def images(self, encounter_id: str) -> list[StoredImage]:
        """Read the images that were kept of an encounter.

        Raises
        ------
        EncounterNotFound
            If it is not there.
        """
        with self._read() as connection:
            return reading.read_images(connection, self._ring, encounter_id)

    def sequence(self) -> int:
        """Tell the number of the last change; 0 for a store that never changed."""
        with self._read() as connection:
            return reading.read_sequence(connection)

    def changes_since(self, sequence: int) -> ChangeSet:
        """Tell which subjects changed after a point of the change sequence, whoever changed them."""
        with self._read() as connection:
            return reading.read_changes(connection, sequence)

    def change_log(self, sequence: int, *, limit: int = 1000) -> list[Change]:
        """Read the changes after a point of the sequence, each with its kind, in their order."""
        with self._read() as connection:
            return reading.read_change_log(connection, sequence, limit)

    def page_since(
        self, sequence: int, *, limit: int = PAGE_SUBJECTS, with_documents: bool = False
    ) -> SubjectPage:
        """Read subjects that changed after a point, with their templates, in the order of their last changes.

        Parameters
        ----------
        sequence : int
            0, or the ``sequence`` of the page before.
        limit : int
            Subjects at most.
        with_documents : bool
            Whether to read documents and birth dates too, as an export does.
        """
        with self._read() as connection:
            return following.read_subject_states(
                connection, self._ring, sequence, limit, with_documents=with_documents
            )

    def pages_since(
        self, sequence: int, *, limit: int = PAGE_SUBJECTS, with_documents: bool = False
    ) -> Iterator[SubjectPage]:
        """Stream such pages until nothing is left; between two of them no transaction is open.

        A subject that changes meanwhile comes again in a later page; the last page's ``sequence`` is where to
        go on another day.
        """
        while True:
            page = self.page_since(sequence, limit=limit, with_documents=with_documents)
            if not page.subjects:
                return
            yield page
            sequence = page.sequence

    def galleries(self) -> dict[str, int]:
        """Tell the galleries and how many members each has, by name."""
        with self._read() as connection:
            return galleries.read_galleries(connection)

    def gallery_members(self, name: str, *, after: str = "", limit: int | None = None) -> list[str]:
        """List the members of a gallery by identifier, a page at a time if wanted.

        Raises
        ------
        GalleryNotFound
            If there is no such gallery.
        """
        with self._read() as connection:
            return galleries.read_members(connection, name, after, limit)

    def statistics(self) -> StoreStatistics:
        """Count what the store holds."""
        with self._read() as connection:
            return reading.read_statistics(connection)
