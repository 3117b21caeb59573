"""Pending subjects become what the store takes: records are checked, templates made of images."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from vantay.errors import (
    CallerError,
    ModelUnavailable,
    VantayError,
)
from vantay.store import (
    Biographics,
    Consent,
    Document,
    Enrolment,
    NewEncounter,
    NewImage,
    Sex,
    SubjectStatus,
)
from vantay.transfer.collected import Collected, NotOneFinger, new_template, templates_of_record
from vantay.transfer.pending import (
    RECORD_MAGIC,
    Origin,
    PendingEncounter,
    PendingSample,
    PendingSubject,
    may_be_image,
)
from vantay.transfer.rejects import Reject, reason_of
from vantay.types import FaceTemplate, FingerTemplate
from vantay.workbench import Workbench
from vantay_datasets.bulk import Status
from vantay_datasets.file_bytes import read_file_bytes
from vantay_datasets.sample import Modality

MAX_SAMPLE_BYTES = 64 << 20
MAX_SOURCE_CHARACTERS = 256


class PreparedRow(NamedTuple):
    """A row ready for the store, and where it comes from."""

    enrolment: Enrolment
    origin: Origin


class PreparedSubject(NamedTuple):
    """What became of a pending subject: its rows, and what cannot be used."""

    rows: tuple[PreparedRow, ...]
    rejects: tuple[Reject, ...]


class Batch(NamedTuple):
    """Subjects that were prepared.

    Attributes
    ----------
    last_row : int
        Where the source has been read to.
    rows : list of PreparedRow
        All those of a subject are in one batch.
    rejects : list of Reject
    """

    last_row: int
    rows: list[PreparedRow]
    rejects: list[Reject]


class Preparation:
    """Makes templates and checks records.

    Parameters
    ----------
    workbench : Workbench
        Makes templates of images.
    keep_images : bool
        Whether the images go into the store too.
    """

    def __init__(self, workbench: Workbench, *, keep_images: bool) -> None:
        self._workbench = workbench
        self._keep_images = keep_images

    def prepare(self, subject: PendingSubject) -> PreparedSubject:
        """Prepare a subject; what cannot be used becomes rejects.

        Raises
        ------
        ModelUnavailable
            If there is an image and no model for it: no other image would fare better.
        """
        with_samples = [encounter for encounter in subject.encounters if encounter.samples]
        if not subject.subject_id:
            return PreparedSubject((), subject.rejects)
        if subject.status is Status.ERASED or not with_samples:
            return _prepared_bare(subject)
        rows, rejects = list[PreparedRow](), list(subject.rejects)
        for pending in with_samples:
            collected = Collected(subject.subject_id, is_without_id=pending.encounter_id is None)
            try:
                rows.append(PreparedRow(self._enrolment(subject, pending, collected), pending.origin))
            except _NoSample as error:
                collected.reject(pending.origin, "no_sample", str(error))
            except CallerError as error:
                collected.reject(pending.origin, reason_of(error), str(error))
            rejects += collected.rejects
        return PreparedSubject(tuple(rows), tuple(rejects))

    def _enrolment(
        self, subject: PendingSubject, pending: PendingEncounter, collected: Collected
    ) -> Enrolment:
        # Templates first: one that stands beside its image is taken as it is.
        for sample in sorted(pending.samples, key=may_be_image):
            try:
                self._add_sample(sample, collected)
            except ModelUnavailable:
                raise
            except VantayError as error:
                column = "data" if sample.origin.row else None
                collected.reject(sample.origin, reason_of(error), str(error), column)
        if not collected.templates and collected.face is None:
            raise _NoSample(f"nothing of {len(pending.samples)} samples can be used, expected at least one")
        return Enrolment(_encounter(pending, collected), **_details(subject))

    def _add_sample(self, sample: PendingSample, collected: Collected) -> None:
        content = sample.content
        if isinstance(content, Path):
            content = read_file_bytes(content, max_bytes=MAX_SAMPLE_BYTES)
        if collected.is_without_id:
            collected.note_content(sample, content)
        if not sample.is_whole_finger:
            raise NotOneFinger(f"{sample.origin.source} is no single finger, expected one")
        if isinstance(content, FaceTemplate):
            collected.add_face(content)
        elif isinstance(content, FingerTemplate):
            collected.add_fingers([new_template(content, sample)])
        elif sample.modality is Modality.FACE:
            self._add_photo(content, collected)
        elif content.startswith(RECORD_MAGIC):
            collected.add_fingers(templates_of_record(content, sample))
        else:
            self._add_finger_image(content, sample, collected)

    def _add_photo(self, photo: bytes, collected: Collected) -> None:
        if collected.face is None:  # a template beside its photo is taken as it is
            collected.add_face(self._workbench.extract_face(photo))
        if self._keep_images:
            collected.add_image(NewImage("face", photo))

    def _add_finger_image(self, image: bytes, sample: PendingSample, collected: Collected) -> None:
        if sample.position not in collected.templates:
            template = self._workbench.extract(image, position=sample.position, ppi=sample.ppi)
            collected.add_fingers([new_template(template, sample)])
        if self._keep_images:
            collected.add_image(NewImage("finger", image, sample.position))


def prepare_batch(preparation: Preparation, subjects: list[PendingSubject]) -> Batch:
    """Prepare the subjects of a batch, at least one."""
    prepared = [preparation.prepare(subject) for subject in subjects]
    return Batch(
        subjects[-1].last_row,
        [row for subject in prepared for row in subject.rows],
        [reject for subject in prepared for reject in subject.rejects],
    )


class _NoSample(CallerError):
    """Nothing of an encounter can be used."""


def _prepared_bare(subject: PendingSubject) -> PreparedSubject:
    """Prepare a subject of whom no sample is kept, or the tombstone of one that was erased."""
    try:
        enrolment = Enrolment(subject_id=subject.subject_id, **_details(subject))
    except CallerError as error:
        source, row = subject.origin
        reject = Reject(source, row, None, subject.subject_id, reason_of(error), str(error))
        return PreparedSubject((), (*subject.rejects, reject))
    return PreparedSubject((PreparedRow(enrolment, subject.origin),), subject.rejects)


def _encounter(pending: PendingEncounter, collected: Collected) -> NewEncounter:
    return NewEncounter(
        collected.subject_id,
        tuple(collected.templates.values()),
        pending.captured_at,
        pending.place[:MAX_SOURCE_CHARACTERS],
        pending.encounter_id or collected.made_id(pending.name),
        collected.face,
        pending.operator,
        pending.device,
        _consent(pending),
        tuple(collected.images.values()),
    )


def _details(subject: PendingSubject) -> dict[str, Any]:
    """Give what a row of the store says beside the encounter; nothing of an erased subject but that."""
    if subject.status is Status.ERASED:
        return {"status": SubjectStatus.ERASED}
    return {
        "biographics": Biographics(
            None if subject.sex is None else Sex(subject.sex),
            None if subject.birth_date is not None else subject.birth_year,
            subject.birth_date,
            subject.nationality,
        ),
        "documents": tuple(
            Document(d.type, d.number, d.issuer or "", d.expires_on) for d in subject.documents
        ),
        "galleries": subject.galleries,
        "status": SubjectStatus(subject.status.value),
    }


def _consent(pending: PendingEncounter) -> Consent | None:
    if pending.consent is None:
        return None
    reference, purpose, given_at = pending.consent
    if given_at is None:
        raise CallerError("consent_given_at is missing, expected when the consent was given")
    return Consent(reference, purpose, given_at)
