"""Pending subjects become what the store takes: records are checked, templates made of images."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from vantay.errors import (
    CallerError,
    IncompatibleTemplate,
    InvalidTemplate,
    ModelUnavailable,
    VantayError,
)
from vantay.fingerprint.codec import RecordFormat, encode, read_record, to_templates
from vantay.store import Biographics, Consent, Document, Enrolment, NewEncounter, NewImage, NewTemplate, Sex
from vantay.transfer.pending import (
    RECORD_MAGIC,
    Origin,
    PendingEncounter,
    PendingSample,
    PendingSubject,
    may_be_image,
)
from vantay.transfer.rejects import Reject, reason_of
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate
from vantay.workbench import Workbench
from vantay_datasets.bulk import Status
from vantay_datasets.file_bytes import read_file_bytes
from vantay_datasets.sample import Modality

MAX_SAMPLE_BYTES = 64 << 20
MAX_SOURCE_CHARACTERS = 256
_ENCOUNTERS = uuid.UUID("5f1e2a34-6d0b-4c54-8f6b-0d7c7a3f9b61")
"""Name space of identifiers that are made of an encounter's content; a random UUID, never to be changed."""


class PreparedEncounter(NamedTuple):
    """An encounter ready for the store, where it comes from, and whether its subject is locked."""

    enrolment: Enrolment
    origin: Origin
    is_locked: bool


class PreparedSubject(NamedTuple):
    """What became of a pending subject.

    Attributes
    ----------
    last_row : int
        Where the source has been read to.
    encounters : tuple of PreparedEncounter
    rejects : tuple of Reject
    is_erased : bool
        Whether it is a tombstone, of which nothing is loaded.
    """

    last_row: int
    encounters: tuple[PreparedEncounter, ...]
    rejects: tuple[Reject, ...]
    is_erased: bool


class Batch(NamedTuple):
    """Subjects that were prepared.

    Attributes
    ----------
    last_row : int
        Where the source has been read to.
    encounters : list of PreparedEncounter
        All those of a subject are in one batch.
    rejects : list of Reject
    n_erased : int
        Tombstones that were passed over.
    """

    last_row: int
    encounters: list[PreparedEncounter]
    rejects: list[Reject]
    n_erased: int


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
        rejects = list(subject.rejects)
        if subject.status is Status.ERASED:
            return PreparedSubject(subject.last_row, (), tuple(rejects), is_erased=True)
        encounters = []
        for pending in subject.encounters:
            collected = _Collected(subject.subject_id)
            try:
                enrolment = self._enrolment(subject, pending, collected)
            except CallerError as error:
                collected.reject(pending.origin, reason_of(error), str(error))
            else:
                is_locked = subject.status is Status.LOCKED
                encounters += [PreparedEncounter(enrolment, pending.origin, is_locked)] if enrolment else []
            rejects += collected.rejects
        return PreparedSubject(subject.last_row, tuple(encounters), tuple(rejects), is_erased=False)

    def _enrolment(
        self, subject: PendingSubject, pending: PendingEncounter, collected: _Collected
    ) -> Enrolment | None:
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
            if pending.samples:
                message = f"nothing of {len(pending.samples)} samples can be used, expected at least one"
                collected.reject(pending.origin, "no_sample", message)
            return None
        return _enrolment(subject, pending, collected)

    def _add_sample(self, sample: PendingSample, collected: _Collected) -> None:
        content = sample.content
        if isinstance(content, Path):
            content = read_file_bytes(content, max_bytes=MAX_SAMPLE_BYTES)
        collected.note_content(sample, content)
        if not sample.is_whole_finger:
            raise NotOneFinger(f"{sample.origin.source} is no single finger, expected one")
        if isinstance(content, FaceTemplate):
            collected.add_face(content)
        elif isinstance(content, FingerTemplate):
            collected.add_fingers([_new_template(content, sample)])
        elif sample.modality is Modality.FACE:
            self._add_photo(content, collected)
        elif content.startswith(RECORD_MAGIC):
            collected.add_fingers(_templates_of_record(content, sample))
        else:
            self._add_finger_image(content, sample, collected)

    def _add_photo(self, photo: bytes, collected: _Collected) -> None:
        if collected.face is None:  # a template beside its photo is taken as it is
            collected.add_face(self._workbench.extract_face(photo))
        if self._keep_images:
            collected.add_image(NewImage("face", photo))

    def _add_finger_image(self, image: bytes, sample: PendingSample, collected: _Collected) -> None:
        if sample.position not in collected.templates:
            template = self._workbench.extract(image, position=sample.position, ppi=sample.ppi)
            collected.add_fingers([_new_template(template, sample)])
        if self._keep_images:
            collected.add_image(NewImage("finger", image, sample.position))


def prepare_batch(preparation: Preparation, subjects: list[PendingSubject]) -> Batch:
    """Prepare the subjects of a batch, at least one."""
    prepared = [preparation.prepare(subject) for subject in subjects]
    return Batch(
        prepared[-1].last_row,
        [encounter for subject in prepared for encounter in subject.encounters],
        [reject for subject in prepared for reject in subject.rejects],
        sum(subject.is_erased for subject in prepared),
    )


class NotOneFinger(CallerError):
    """An image of several fingers, or of another part of the hand."""


class SampleTwice(CallerError):
    """An encounter has two samples of one finger, or two faces."""


class _Collected:
    """What was made of the samples of an encounter so far."""

    def __init__(self, subject_id: str) -> None:
        self._subject_id = subject_id
        self._content = hashlib.sha256()
        self.templates: dict[FingerPosition, NewTemplate] = {}
        self.face: FaceTemplate | None = None
        self.images: dict[tuple[str, FingerPosition], NewImage] = {}
        self.rejects: list[Reject] = []

    def reject(self, origin: Origin, reason: str, message: str, column: str | None = None) -> None:
        """Note what cannot be used."""
        self.rejects.append(
            Reject(origin.source, origin.row, column, self._subject_id, reason, " ".join(message.split()))
        )

    def note_content(self, sample: PendingSample, content: bytes | FingerTemplate | FaceTemplate) -> None:
        """Note a sample for the identifier that is made of the content."""
        if isinstance(content, FingerTemplate):
            content = encode(content)
        elif isinstance(content, FaceTemplate):
            content = content.vector.tobytes()
        self._content.update(f"{sample.modality} {int(sample.position)} {len(content)} ".encode() + content)

    def add_fingers(self, templates: list[NewTemplate]) -> None:
        """Add templates; `SampleTwice` if there is one of the finger."""
        for template in templates:
            if template.position in self.templates:
                raise SampleTwice(f"finger {template.position.name} is there twice, expected once")
        self.templates |= {template.position: template for template in templates}

    def add_face(self, face: FaceTemplate) -> None:
        """Add the face; `SampleTwice` if there is one."""
        if self.face is not None:
            raise SampleTwice("the face is there twice, expected once")
        self.face = face

    def add_image(self, image: NewImage) -> None:
        """Add an image to keep; `SampleTwice` if there is one of the finger or the face."""
        key = (image.modality, image.position)
        if key in self.images:
            raise SampleTwice(f"the image of {image.modality} {image.position.name} is there twice")
        self.images[key] = image

    def made_id(self, name: str) -> str:
        """Make an identifier of the encounter: the same again for the same content."""
        text = f"{self._subject_id}\x1f{name}\x1f{self._content.hexdigest()}"
        return str(uuid.uuid5(_ENCOUNTERS, text))


def _enrolment(subject: PendingSubject, pending: PendingEncounter, collected: _Collected) -> Enrolment:
    encounter = NewEncounter(
        subject.subject_id,
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
    biographics = Biographics(
        None if subject.sex is None else Sex(subject.sex),
        None if subject.birth_date is not None else subject.birth_year,
        subject.birth_date,
        subject.nationality,
    )
    documents = tuple(Document(d.type, d.number, d.issuer or "", d.expires_on) for d in subject.documents)
    return Enrolment(encounter, biographics, documents, subject.galleries)


def _consent(pending: PendingEncounter) -> Consent | None:
    if pending.consent is None:
        return None
    reference, purpose, given_at = pending.consent
    if given_at is None:
        raise CallerError("consent_given_at is missing, expected when the consent was given")
    return Consent(reference, purpose, given_at)


def _templates_of_record(data: bytes, sample: PendingSample) -> list[NewTemplate]:
    """Check a record and give its templates; one of the form of the store stays byte for byte."""
    record = read_record(data)
    views = to_templates(record)
    if len(views) > 1:
        if sample.position is not FingerPosition.UNKNOWN:
            raise InvalidTemplate(f"record has {len(views)} views, expected one of {sample.position.name}")
        return [_new_template(view, sample) for view in views]
    position = _agreed(views[0].position, sample.position)
    template = replace(views[0], position=position)
    is_as_stored = record.record_format is RecordFormat.ISO_19794_2_2005 and position is views[0].position
    return [_new_template(template, sample, data if is_as_stored else None)]


def _agreed(said: FingerPosition, given: FingerPosition) -> FingerPosition:
    if FingerPosition.UNKNOWN not in {said, given} and said is not given:
        raise IncompatibleTemplate(f"record says that it is {said.name}, but was given as {given.name}")
    return given or said


def _new_template(
    template: FingerTemplate, sample: PendingSample, record: bytes | None = None
) -> NewTemplate:
    extractor, version = sample.extractor or (template.extractor, template.extractor_version)
    quality = template.quality if sample.quality is None else sample.quality
    return NewTemplate(template.position, record or encode(template), quality, extractor, version)
