"""Everybody who is enrolled when the day begins, sent through the service as a migration would."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from vantay.errors import StateError
from vantay.fingerprint.codec import encode
from vantay.types import FaceTemplate
from vantay_datasets.synthetic.population import SyntheticEncounter
from vantay_service.client import VantayClient
from vantay_service.demo.impressions import Impressions, Visit
from vantay_service.demo.people import People, Person
from vantay_service.v1 import enrolment_pb2 as pb
from vantay_service.v1 import people_pb2, samples_pb2
from vantay_service.v1.identification_pb2 import IdentifyRequest

N_STREAMS = 2
"""Streams at once: a batch of one is written by one thread of the server."""
BATCH_RECORDS = 2
"""Of ten images each; a batch takes seconds."""
BLOCK_PEOPLE = 256
SEXES = {"F": people_pb2.SEX_FEMALE, "M": people_pb2.SEX_MALE}


@dataclass(frozen=True, slots=True)
class Gallery:
    """Who is enrolled, and from what.

    Attributes
    ----------
    people : People
    impressions : Impressions
        The images.
    n_from_images : int
        People 0 to n − 1 are enrolled from ten images, the rest from ten templates.
    enrolled_photo : bytes
        That of person 0; empty where faces cannot be compared.
    """

    people: People
    impressions: Impressions
    n_from_images: int
    enrolled_photo: bytes

    def image_records(self, numbers: Iterable[int]) -> Iterator[pb.BulkRecord]:
        """Make the records of people with images."""
        for number in numbers:
            images = self.impressions.read(Visit(number, touch=0))
            fingers = [image_sample(int(position), image) for position, image in images.items()]
            yield _record(
                self.people.person(number), samples_pb2.Samples(fingers=fingers, face=self.face(number))
            )

    def template_records(self) -> Iterator[pb.BulkRecord]:
        """Make the records of people with templates."""
        for start in range(self.n_from_images, self.people.n_residents, BLOCK_PEOPLE):
            stop = min(start + BLOCK_PEOPLE, self.people.n_residents)
            batch = self.people.encounters(start, stop)
            for k, number in enumerate(range(start, stop)):
                yield _record(self.people.person(number), _samples_of(batch.encounter(k)))

    def face(self, number: int) -> samples_pb2.FaceSample | None:
        """Give the face that a person is enrolled with: a photo of person 0, a template of the others."""
        if number == 0 and self.enrolled_photo:
            return samples_pb2.FaceSample(image=self.enrolled_photo)
        face = self.people.face(number, 0)
        return None if face is None else face_sample(face)


def load_gallery(client: VantayClient, gallery: Gallery, advance: Callable[[str], None]) -> None:
    """Enrol everybody, on some streams at once.

    Parameters
    ----------
    client : VantayClient
        Of a loader.
    gallery : Gallery
    advance : callable
        Told the subject_id of each who is on disk.

    Raises
    ------
    StateError
        If somebody was not enrolled.
    ServiceError
        If a stream breaks.
    """

    def send(stream: int) -> None:
        images = gallery.image_records(range(stream, gallery.n_from_images, N_STREAMS))
        for result in client.bulk_enrol(images, batch_records=BATCH_RECORDS):
            _check(result)
            advance(result.subject_id)

    with ThreadPoolExecutor(N_STREAMS) as pool:
        list(pool.map(send, range(N_STREAMS)))
    for result in client.bulk_enrol(gallery.template_records()):
        _check(result)
        advance(result.subject_id)


def search_once(client: VantayClient, gallery: Gallery) -> float:
    """Search for the last resident by templates, and give the seconds it took.

    The first search after a load is slower than later ones: the index takes in who is new, and where nobody
    searched before on this machine, kernels are compiled.

    Parameters
    ----------
    client : VantayClient
        Of somebody who may search, as an examiner.
    gallery : Gallery
    """
    number = gallery.people.n_residents - 1
    encounter = gallery.people.encounters(number, number + 1).encounter(0)
    start = time.perf_counter()
    client.identify(IdentifyRequest(probe=_samples_of(encounter)))
    return time.perf_counter() - start


def image_sample(position: int, image: bytes) -> samples_pb2.FingerSample:
    """Put an image on the wire."""
    return samples_pb2.FingerSample(position=samples_pb2.FingerPosition.ValueType(position), image=image)


def face_sample(face: FaceTemplate) -> samples_pb2.FaceSample:
    """Put a face template on the wire."""
    template = samples_pb2.FaceTemplate(
        vector=face.vector.astype("<f2").tobytes(),
        model=face.model,
        model_version=face.model_version,
        quality=face.quality,
    )
    return samples_pb2.FaceSample(template=template)


def _samples_of(encounter: SyntheticEncounter) -> samples_pb2.Samples:
    fingers = [
        samples_pb2.FingerSample(
            position=samples_pb2.FingerPosition.ValueType(position), template_record=encode(template)
        )
        for position, template in encounter.fingers.items()
    ]
    face = None if encounter.face is None else face_sample(encounter.face)
    return samples_pb2.Samples(fingers=fingers, face=face)


def _record(person: Person, samples: samples_pb2.Samples) -> pb.BulkRecord:
    captures = samples_pb2.Captures(samples=samples)
    captures.captured_at.FromDatetime(datetime(2025, 3, 3, 3, tzinfo=UTC))
    return pb.BulkRecord(
        record_id=person.subject_id,
        subject_id=person.subject_id,
        encounter=pb.NewEncounter(captures=captures, source="demo: synthetic"),
        biographics=people_pb2.Biographics(
            sex=SEXES[person.sex], birth_date=person.birth_date.isoformat(), nationality=person.nationality
        ),
        documents=[
            people_pb2.Document(document_type="passport", number=person.passport, issuer=person.nationality)
        ],
    )


def _check(result: pb.BulkRecordResult) -> None:
    if result.outcome != pb.BULK_OUTCOME_ENROLLED:
        raise StateError(
            f"{result.subject_id} was not enrolled: {result.error_reason} {result.error_message}"
        )
