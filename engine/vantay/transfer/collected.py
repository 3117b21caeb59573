"""What was made of the samples of one encounter so far, and how records become templates of the store."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace

from vantay.errors import CallerError, IncompatibleTemplate, InvalidTemplate
from vantay.fingerprint.codec import decode, encode
from vantay.fingerprint.codec.iso_19794_2_2005 import states_length_of
from vantay.store import NewImage, NewTemplate
from vantay.transfer.pending import Origin, PendingSample
from vantay.transfer.rejects import Reject
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate

_ISO_2005_BEGIN = b"FMR\0 20\0"
_ENCOUNTERS = uuid.UUID("5f1e2a34-6d0b-4c54-8f6b-0d7c7a3f9b61")
"""Name space of identifiers that are made of an encounter's content; a random UUID, never to be changed."""


class NotOneFinger(CallerError):
    """An image of several fingers, or of another part of the hand."""


class SampleTwice(CallerError):
    """An encounter has two samples of one finger, or two faces."""


class Collected:
    """What was made of the samples of an encounter so far."""

    def __init__(self, subject_id: str, *, is_without_id: bool) -> None:
        self.subject_id = subject_id
        self.is_without_id = is_without_id
        self._content = hashlib.sha256()
        self.templates: dict[FingerPosition, NewTemplate] = {}
        self.face: FaceTemplate | None = None
        self.images: dict[tuple[str, FingerPosition], NewImage] = {}
        self.rejects: list[Reject] = []

    def reject(self, origin: Origin, reason: str, message: str, column: str | None = None) -> None:
        """Note what cannot be used."""
        self.rejects.append(
            Reject(origin.source, origin.row, column, self.subject_id, reason, " ".join(message.split()))
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
        text = f"{self.subject_id}\x1f{name}\x1f{self._content.hexdigest()}"
        return str(uuid.uuid5(_ENCOUNTERS, text))


def templates_of_record(data: bytes, sample: PendingSample) -> list[NewTemplate]:
    """Check a record and give its templates; one of the form of the store stays byte for byte."""
    views = decode(data)
    if len(views) > 1:
        if sample.position is not FingerPosition.UNKNOWN:
            raise InvalidTemplate(f"record has {len(views)} views, expected one of {sample.position.name}")
        return [new_template(view, sample) for view in views]
    (view,) = views
    position = _agreed(view.position, sample.position)
    if position is not view.position:
        return [new_template(replace(view, position=position), sample)]
    is_as_stored = data.startswith(_ISO_2005_BEGIN) and states_length_of(data)
    return [new_template(view, sample, data if is_as_stored else None)]


def _agreed(said: FingerPosition, given: FingerPosition) -> FingerPosition:
    if FingerPosition.UNKNOWN not in {said, given} and said is not given:
        raise IncompatibleTemplate(f"record says that it is {said.name}, but was given as {given.name}")
    return given or said


def new_template(template: FingerTemplate, sample: PendingSample, record: bytes | None = None) -> NewTemplate:
    """Give a template as the store takes it; what the sample says of its making goes first."""
    extractor, version = sample.extractor or (template.extractor, template.extractor_version)
    quality = template.quality if sample.quality is None else sample.quality
    return NewTemplate(template.position, record or encode(template), quality, extractor, version)
