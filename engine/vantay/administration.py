"""What an engine does with records apart from samples: who is who, who is in which gallery, keys, upkeep."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vantay.errors import KeyUnavailable
from vantay.search import SampleFailure
from vantay.settings import EngineSettings
from vantay.store import (
    UNKNOWN_BIOGRAPHICS,
    Biographics,
    Change,
    Consent,
    Document,
    EncounterRecord,
    Enrolment,
    Erasure,
    KeyChange,
    LoadResult,
    MasterKey,
    OnConflict,
    Store,
    StoredImage,
    StoreStatistics,
    SubjectPage,
    SubjectRecord,
    SubjectSummary,
    Upgrade,
    rotate_key_file,
    upgrade_store,
)

_MASTER_KEY_VARIABLE = "VANTAY_MASTER_KEY"


@dataclass(frozen=True, slots=True)
class EnrolmentDetails:
    """What is kept of an enrolment beside its samples.

    Attributes
    ----------
    operator, device : str
        Who took the samples, and with what.
    consent : Consent, optional
        Under which they were taken.
    idempotency_key : str, optional
        When the same call comes again with it, the first receipt is the answer and nothing is written.
    biographics : Biographics
        Of a new subject: what searches filter by.
    documents : tuple of Document
        Of a new subject: by which it can be looked up.
    galleries : tuple of str
        That a new subject joins.
    """

    operator: str = ""
    device: str = ""
    consent: Consent | None = None
    idempotency_key: str | None = None
    biographics: Biographics = UNKNOWN_BIOGRAPHICS
    documents: tuple[Document, ...] = ()
    galleries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnrolmentReceipt:
    """What was enrolled; on disk when the caller has it.

    Attributes
    ----------
    encounter : EncounterRecord
        The encounter as stored, with its identifier, times, and the quality of each template.
    failures : tuple of SampleFailure
        Fingers, or the face, that gave no template and were left out.
    timings_ms : mapping of str to float
        Wall-clock time by stage.
    """

    encounter: EncounterRecord
    failures: tuple[SampleFailure, ...]
    timings_ms: Mapping[str, float]


class Administration(ABC):
    """The calls of `Engine` about records, galleries and the database as a whole.

    Each write is on disk when the call returns; when it raises, nothing of it is. Calls that name a subject
    raise `SubjectNotFound` if it is not there or was erased, and `SubjectMerged` if it is another one now.
    """

    @property
    @abstractmethod
    def _store(self) -> Store: ...

    @property
    def database_name(self) -> str:
        """The file of the database, or its address without the password."""
        return self._store.name

    def show(self, subject_id: str) -> SubjectRecord:
        """Tell what is known of a subject, without its templates.

        Raises
        ------
        SubjectNotFound
            If it never was there; an erased one is there as a tombstone.
        """
        return self._store.subject(subject_id)

    def list_subjects(self, *, after: str = "", limit: int | None = None) -> list[SubjectSummary]:
        """List subjects by identifier, a page at a time if wanted; erased ones are among them."""
        return self._store.subjects(after=after, limit=limit)

    def erase(self, subject_id: str) -> Erasure:
        """Remove a subject's templates for good; nobody finds it afterwards.

        ``is_purged`` of the answer tells whether their bytes have left the files too: a reader of the state
        before keeps them there. Erasing again then finishes it.

        Raises
        ------
        SubjectNotFound
            If it never was there.
        """
        return self._store.erase(subject_id)

    def stats(self) -> StoreStatistics:
        """Count what is enrolled."""
        return self._store.statistics()

    def lock(self, subject_id: str) -> bool:
        """Lock a subject, as when its papers expire; it can still be found. False if it was locked."""
        return self._store.lock(subject_id)

    def unlock(self, subject_id: str) -> bool:
        """Make a locked subject active again; False if it was active."""
        return self._store.unlock(subject_id)

    def merge(self, winner_id: str, loser_id: str) -> int:
        """Give all that a subject has to another one, found to be the same person.

        The loser's identifier stays as an alias. If either is locked, the winner is. Doing it again does
        nothing.

        Returns
        -------
        int
            How many encounters the winner got.
        """
        return self._store.merge(winner_id, loser_id)

    def move_encounter(self, encounter_id: str, to_subject_id: str) -> str:
        """Give an encounter to another subject; return whose it was; `EncounterNotFound` if there is none."""
        return self._store.move_encounter(encounter_id, to_subject_id)

    def resolve(self, subject_id: str) -> str:
        """Tell under which identifier a subject is now: its own, or that of the one it was merged into."""
        return self._store.resolve(subject_id)

    def update_subject(
        self,
        subject_id: str,
        *,
        biographics: Biographics | None = None,
        documents: Sequence[Document] | None = None,
    ) -> None:
        """Replace the biographics, the documents or both of a subject; what is not given stays."""
        self._store.update_subject(subject_id, biographics=biographics, documents=documents)

    def find_by_document(
        self, document_type: str, number: str, *, issuer: str | None = None
    ) -> tuple[str, ...]:
        """Name the subjects that have a document; spaces, hyphens and case of its number do not matter."""
        return self._store.find_by_document(document_type, number, issuer=issuer)

    def images(self, encounter_id: str) -> list[StoredImage]:
        """Read the images that were kept of an encounter; `EncounterNotFound` if it is not there."""
        return self._store.images(encounter_id)

    def create_gallery(self, name: str) -> None:
        """Make a gallery; one that is there stays as it is."""
        self._store.create_gallery(name)

    def add_to_gallery(self, name: str, subject_id: str) -> bool:
        """Put a subject into a gallery; False if it was in; `GalleryNotFound` if there is none."""
        return self._store.add_to_gallery(name, subject_id)

    def remove_from_gallery(self, name: str, subject_id: str) -> bool:
        """Take a subject out of a gallery; False if it was not in; `GalleryNotFound` if there is none."""
        return self._store.remove_from_gallery(name, subject_id)

    def galleries(self) -> dict[str, int]:
        """Tell the galleries and how many members each has, by name."""
        return self._store.galleries()

    def gallery_members(self, name: str, *, after: str = "", limit: int | None = None) -> list[str]:
        """List the members of a gallery by identifier, a page at a time if wanted."""
        return self._store.gallery_members(name, after=after, limit=limit)

    def load(
        self, rows: Sequence[Enrolment], *, on_conflict: OnConflict | str = OnConflict.FAIL
    ) -> list[LoadResult]:
        """Add many encounters of many subjects in one transaction, a result for each; see `Store.load`."""
        return self._store.load(rows, on_conflict=on_conflict)

    def pages_since(
        self, sequence: int, *, limit: int = 500, with_documents: bool = False
    ) -> Iterator[SubjectPage]:
        """Stream the subjects that changed after a point, all of them after 0; see `Store.pages_since`."""
        return self._store.pages_since(sequence, limit=limit, with_documents=with_documents)

    def change_log(self, sequence: int, *, limit: int = 1000) -> list[Change]:
        """Read the changes after a point of the sequence, each with its kind, in their order."""
        return self._store.change_log(sequence, limit=limit)

    def purge(self) -> bool:
        """Remove the bytes of what was erased from the database's files; False if others were in the way."""
        return self._store.purge()

    def accept_clock(self) -> None:
        """Take the clock's time as the true one, although the last change has a later one."""
        self._store.accept_clock()

    @staticmethod
    def upgrade(settings: EngineSettings) -> Upgrade:
        """Raise the database to the format version of this Vantay, in one transaction.

        Raises
        ------
        StorageError
            One of its kinds, if it cannot be done; nothing was changed then.
        """
        return upgrade_store(
            settings.database,
            encryption=settings.encryption,
            key=master_key_of(settings),
            busy_timeout_ms=settings.busy_timeout_ms,
        )

    @staticmethod
    def rotate_key(settings: EngineSettings) -> KeyChange:
        """Make a new master key, wrap all keys with it, and put it in the place of the old one.

        Raises
        ------
        KeyUnavailable
            If the key is in no file.
        StorageError
            One of its kinds, if it cannot be done; the old key stays then.
        """
        if settings.master_key:
            raise KeyUnavailable(
                f"the master key is in {_MASTER_KEY_VARIABLE}, where nobody can change it: write it into a "
                "file, name that with key_file, and rotate then"
            )
        return rotate_key_file(settings.database, settings.key_file, busy_timeout_ms=settings.busy_timeout_ms)


def master_key_of(settings: EngineSettings) -> MasterKey | Path | None:
    """Give the master key that the settings name, or its file; None for the file beside the database."""
    if settings.master_key:
        return MasterKey.from_text(settings.master_key, f"the environment variable {_MASTER_KEY_VARIABLE}")
    return settings.key_file
