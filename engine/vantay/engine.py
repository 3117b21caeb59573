"""The one facade: what callers may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar

from vantay.administration import Administration, EnrolmentDetails, EnrolmentReceipt, master_key_of
from vantay.errors import StateError, SubjectNotFound
from vantay.fingerprint.codec import encode
from vantay.fingerprint.comparison import PARAMETER_HASH
from vantay.search import (
    EVERYONE,
    Acquisition,
    FaceSource,
    FingerSource,
    IdentifyResult,
    IndexCalls,
    Searcher,
    SearchFilter,
    SearchOptions,
    StageTimes,
    VerifyResult,
    face_probe_of,
    prepare_probe,
    prepare_references,
    verify,
)
from vantay.service_calls import ServiceCalls
from vantay.settings import EngineSettings
from vantay.store import (
    EncounterRecord,
    NewEncounter,
    NewTemplate,
    Store,
    SubjectStatus,
)
from vantay.types import FingerPosition, FingerTemplate
from vantay.workbench import Workbench

_Part = TypeVar("_Part")
_NO_FINGERS: Mapping[FingerPosition, FingerSource] = MappingProxyType({})


_NO_DETAILS = EnrolmentDetails()


class Engine(Workbench, Administration, ServiceCalls, IndexCalls):
    """An enrolment database with everything that asks and answers about it.

    Any number of threads may use one engine; writes take turns. Several engines, also in other processes,
    may use one database: each sees what the others wrote with its next call. Make one with `Engine.open`, or
    with `Engine.without_store` for what needs no database: `extract`, `extract_many`, `compare`,
    `extract_face`, `compare_faces`, `read_image`, `read_record`, `make_record`.

    Examples
    --------
    >>> with Engine.open("vantay.db") as engine:                                         # doctest: +SKIP
    ...     engine.enrol("A-17", {FingerPosition.RIGHT_INDEX: "index.png"})
    ...     engine.identify({FingerPosition.RIGHT_INDEX: "again.png"}).matches
    """

    def __init__(self, store: Store | None, settings: EngineSettings) -> None:
        super().__init__(settings)
        self._opened_store = store
        self._opened_searcher = None if store is None else _searcher_of(store, settings)

    @classmethod
    def open(
        cls,
        location: Path | str | None = None,
        *,
        settings: EngineSettings | None = None,
        create: bool = True,
    ) -> Self:
        """Open an enrolment database.

        Parameters
        ----------
        location : Path or str, optional
            Its file, or the address of a PostgreSQL database; ``settings.database`` if not given.
        settings : EngineSettings, optional
            The defaults if not given.
        create : bool
            Whether to make the file, or the tables, when there is none.

        Raises
        ------
        StorageError
            One of its kinds, if the database cannot be used, or its master key is not there.
        """
        settings = settings or EngineSettings()
        if location is not None:
            settings = replace(settings, database=location)
        store = Store.open(
            settings.database,
            create=create,
            busy_timeout_ms=settings.busy_timeout_ms,
            comparator=PARAMETER_HASH,
            encryption=settings.encryption,
            key=master_key_of(settings),
        )
        return cls(store, settings)

    @classmethod
    def without_store(cls, settings: EngineSettings | None = None) -> Self:
        """Make an engine that extracts and compares; calls about subjects raise `StateError`."""
        return cls(None, settings or EngineSettings())

    def close(self) -> None:
        """Close the database, and keep what was derived for searching."""
        if self._opened_searcher is not None:
            self._opened_searcher.close()
        if self._opened_store is not None:
            self._opened_store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def enrol(
        self,
        subject_id: str,
        fingers: Mapping[FingerPosition, FingerSource] = _NO_FINGERS,
        *,
        face: FaceSource | None = None,
        captured_at: datetime | None = None,
        source: str = "",
        add_encounter: bool = False,
        ppi: float | None = None,
        details: EnrolmentDetails = _NO_DETAILS,
    ) -> EnrolmentReceipt:
        """Add a subject, or an encounter to a subject that is there.

        Parameters
        ----------
        subject_id : str
            The caller's identifier, 1 to 128 printable characters.
        fingers : mapping of FingerPosition to FingerSource
            Images (paths, bytes, `FingerImage`) or templates (records, `FingerTemplate`); may be left out
            if there is a face.
        face : FaceSource, optional
            A photo (a path, bytes, a `FaceImage`) or a `FaceTemplate`.
        captured_at : datetime, optional
            When the samples were taken, with a time zone; now if not given.
        source : str
            Where they come from, at most 256 characters.
        add_encounter : bool
            True: the subject must be there; False: it must not.
        ppi : float, optional
            Resolution of the images, overriding what the files say.
        details : EnrolmentDetails
            Operator, device, consent and idempotency key; of a new subject its biographics, documents and
            galleries.

        Raises
        ------
        AlreadyEnrolled
            If the subject is there, or was and was erased (``add_encounter=False``).
        SubjectNotFound
            If the subject is not there (``add_encounter=True``); `SubjectMerged` if it is another one now.
        GalleryNotFound
            If there is no gallery of that name.
        IdempotencyConflict
            If the key was used with other content. Samples count as what was made of them: images of the same
            finger that give another template are other content.
        InvalidSample, InvalidTemplate, IncompatibleTemplate
            If a source is missing or no image at all, a record is damaged, it is another finger's, or the
            face was embedded by another model than the enrolled ones.
        ExtractionFailed, InvalidSample
            If nothing gives a template; fingers and a face whose image cannot be used are told in the
            receipt when another gives one.
        ModelUnavailable
            If a photo comes and a model of the face profile is not installed.
        StorageError
            If it cannot be written; then nothing was.
        """
        times = StageTimes()
        with times.stage("extract"):
            acquired = self._acquire(fingers, face, ppi)
        with times.stage("store"):
            encounter = NewEncounter(
                subject_id,
                tuple(_new_template(t) for t in acquired.templates.values()),
                captured_at,
                source,
                face=acquired.face,
                operator=details.operator,
                device=details.device,
                consent=details.consent,
            )
            record = self._write(encounter, details, add_encounter=add_encounter)
        return EnrolmentReceipt(record, acquired.failures, times.ms)

    def _write(
        self, encounter: NewEncounter, details: EnrolmentDetails, *, add_encounter: bool
    ) -> EncounterRecord:
        if add_encounter:
            return self._store.add_encounter(encounter, idempotency_key=details.idempotency_key)
        return self._store.enrol(
            encounter,
            biographics=details.biographics,
            documents=details.documents,
            galleries=details.galleries,
            idempotency_key=details.idempotency_key,
        )

    def verify(
        self,
        subject_id: str,
        fingers: Mapping[FingerPosition, FingerSource] = _NO_FINGERS,
        *,
        face: FaceSource | None = None,
        threshold_fmr: float | None = None,
        ppi: float | None = None,
    ) -> VerifyResult:
        """Compare fingers, a face or both with those of one subject, of all its encounters.

        The identifier of a subject that was merged into another one stands for that one.

        Raises
        ------
        SubjectNotFound
            If the subject is not there or was erased.
        IncompatibleTemplate
            If the two have no finger in common, nor a face, or a source says that it is another finger, or
            another model embedded the enrolled faces.
        StateError
            If the engine has no database.
        InvalidSample, InvalidTemplate, ExtractionFailed, ModelUnavailable
            As for `enrol`; `ModelUnavailable` also if the model of the face was never calibrated.
        """
        subject_id = self._store.resolve(subject_id)
        status = self.show(subject_id).status
        if status is SubjectStatus.ERASED:
            raise SubjectNotFound(f"subject {subject_id!r} was erased")
        times = StageTimes()
        with times.stage("extract"):
            acquired = self._acquire(fingers, face, ppi)
        with times.stage("prepare"):
            probe = prepare_probe(acquired)
            references = prepare_references(list(self._store.templates_of([subject_id])))
            faces = self._store.faces_of([subject_id])
        with times.stage("compare"):
            rate = self.settings.threshold_fmr if threshold_fmr is None else threshold_fmr
            result = verify(
                probe, references, face=face_probe_of(acquired), face_references=faces, threshold_fmr=rate
            )
        is_locked = status is SubjectStatus.LOCKED
        return replace(result, is_locked=is_locked, timings_ms=times.ms, **_told_of(acquired))

    def identify(
        self,
        fingers: Mapping[FingerPosition, FingerSource] = _NO_FINGERS,
        *,
        face: FaceSource | None = None,
        max_candidates: int | None = None,
        target_fpir: float | None = None,
        ppi: float | None = None,
        whom: SearchFilter = EVERYONE,
        is_exhaustive: bool = False,
    ) -> IdentifyResult:
        """Search everyone who is enrolled, as of now, whoever enrolled them, by fingers, a face or both.

        The index gives a shortlist, which is compared in full. When nobody is found, swapped hands and turned
        ones are tried; ``arrangement`` of the answer tells if that found somebody.

        Parameters
        ----------
        fingers, face, ppi
            As for `enrol`.
        max_candidates : int, optional
            How many to return at most; from the settings if not given.
        target_fpir : float, optional
            Wanted rate of searches of unknown people that find somebody; from the settings if not given.
        whom : SearchFilter
            Whom to search: galleries, sex, birth years; everyone by default.
        is_exhaustive : bool
            Compare everyone in full instead: slow, and what the index is measured against.

        Raises
        ------
        InvalidSample, InvalidTemplate, IncompatibleTemplate, ExtractionFailed, ModelUnavailable
            As for `verify`; `IncompatibleTemplate` also if people are enrolled but none with a finger of the
            probe or a face, so that it is not taken for "unknown".
        DataCorruption
            If a stored template is damaged: an answer without it could be wrong.
        """
        times = StageTimes()
        with times.stage("extract"):
            acquired = self._acquire(fingers, face, ppi)
        options = SearchOptions(
            whom,
            max_candidates=self.settings.max_candidates if max_candidates is None else max_candidates,
            target_fpir=self.settings.target_fpir if target_fpir is None else target_fpir,
            is_exhaustive=is_exhaustive,
        )
        result = self._searcher.search(acquired.templates, face_probe_of(acquired), options, times)
        return replace(
            result,
            timings_ms=times.ms | dict(result.timings_ms),
            **_told_of(acquired),
        )

    @property
    def _store(self) -> Store:
        return _required(self._opened_store)

    @property
    def _searcher(self) -> Searcher:
        return _required(self._opened_searcher)


def _searcher_of(store: Store, settings: EngineSettings) -> Searcher:
    folder = settings.index_folder
    if folder is None and "://" not in str(settings.database):
        file = Path(settings.database)
        folder = file.with_name(f"{file.name}.index")
    return Searcher(store, folder, n_threads=settings.n_threads)


def _required(part: _Part | None) -> _Part:
    if part is None:
        raise StateError("this engine was made without an enrolment database: open one with Engine.open")
    return part


def _told_of(acquired: Acquisition) -> dict[str, Any]:
    """Give what a result tells of its probe."""
    return {
        "probe_qualities": acquired.qualities,
        "probe_face_quality": acquired.face_quality,
        "failures": acquired.failures,
    }


def _new_template(template: FingerTemplate) -> NewTemplate:
    return NewTemplate(
        template.position,
        encode(template),
        template.quality,
        template.extractor,
        template.extractor_version,
    )
