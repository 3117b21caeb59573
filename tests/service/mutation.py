"""Requests that nobody means: sound ones of every method, and what becomes of them under mutation."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from random import Random
from typing import Any, NamedTuple

import numpy as np
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from PIL import Image

from service.wire import bulk_records, check_request, encounter_of, wire_samples
from vantay_service.v1 import cases_pb2, decisions_pb2, enrolment_pb2, samples_pb2
from vantay_service.v1.identification_pb2 import IdentifyRequest, SearchFilter
from vantay_service.v1.intake_pb2 import Claim
from vantay_service.v1.people_pb2 import Document, DocumentReference
from vantay_service.v1.verification_pb2 import VerifyRequest

TEXTS = (
    "",
    " ",
    "S-1",
    "S-2",
    "A-20-0",
    "nobody",
    "\x00",
    "a\nb",
    "\u202egnp",
    "\ufeff",
    "\U0001f600" * 40,
    "x" * 129,
    "x" * 100_000,
    "'; DROP TABLE subjects; --",
    "../../etc/passwd",
    "%s%n{0}",
    "0001-01-01",
    "2026-02-30",
    "9999-12-31",
    "２０２６-01-01",
)
NUMBERS = (
    0,
    1,
    2,
    10,
    255,
    1001,
    65_536,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**53,
    2**63 - 1,
    2**64 - 1,
    -1,
    -(2**63),
)
REALS = (0.0, -0.0, 1.0, -1.0, 5e-324, 1e-300, 1e308, math.inf, -math.inf, math.nan, 500.0)
MAX_COPIES = 12


class Method(NamedTuple):
    """A method with sound requests."""

    path: str
    requests: tuple[Message, ...]


@cache
def methods() -> tuple[Method, ...]:
    """All methods with one request; streams of requests apart."""
    document = DocumentReference(document_type="passport", number="P0000020", issuer="KOR")
    encounter = encounter_of(30)
    return (
        Method(
            "IntakeService/CheckApplicant",
            (
                check_request(1, 1, claim=Claim(subject_id="S-1")),
                check_request(20, claim=Claim(document=document)),
                check_request(21),
                _with_images(check_request(22)),
            ),
        ),
        Method(
            "VerificationService/Verify",
            (
                VerifyRequest(probe=wire_samples(1, 1), subject_id="S-1"),
                VerifyRequest(probe=wire_samples(1, 1), document=document, threshold_fmr=1e-3),
                VerifyRequest(probe=wire_samples(1, 1), samples=wire_samples(2)),
                VerifyRequest(probe=_image_samples(), samples=_image_samples()),
                VerifyRequest(probe=_face_samples(), subject_id="S-1"),
            ),
        ),
        Method(
            "IdentificationService/Identify",
            (
                IdentifyRequest(
                    probe=wire_samples(1, 1),
                    filter=SearchFilter(first_birth_year=1950, last_birth_year=2000),
                    max_candidates=5,
                    target_fpir=1e-3,
                ),
                IdentifyRequest(probe=_image_samples()),
            ),
        ),
        Method(
            "EnrolmentService/Enrol",
            (
                enrolment_pb2.EnrolRequest(
                    subject_id="S-2",
                    encounter=encounter,
                    documents=[Document(document_type="passport", number="M 1", expires_on="2030-01-01")],
                    idempotency_key="k-1",
                ),
            ),
        ),
        Method(
            "EnrolmentService/AddEncounter",
            (
                enrolment_pb2.AddEncounterRequest(
                    subject_id="S-3", encounter=encounter, idempotency_key="k-2"
                ),
            ),
        ),
        Method("EnrolmentService/Read", (enrolment_pb2.ReadRequest(subject_id="S-1"),)),
        Method("EnrolmentService/Lock", (enrolment_pb2.LockRequest(subject_id="S-4", reason="r"),)),
        Method("EnrolmentService/Unlock", (enrolment_pb2.UnlockRequest(subject_id="S-4", reason="r"),)),
        Method("EnrolmentService/Merge", (enrolment_pb2.MergeRequest(winner_id="S-4", loser_id="S-5"),)),
        Method("EnrolmentService/Erase", (enrolment_pb2.EraseRequest(subject_id="S-5", reason="r"),)),
        Method(
            "CaseService/ListCases",
            (cases_pb2.ListCasesRequest(status=cases_pb2.CASE_STATUS_OPEN, page_size=3),),
        ),
        Method("CaseService/ReadCase", (cases_pb2.ReadCaseRequest(case_id="c", with_captures=True),)),
        Method(
            "CaseService/DecideCase",
            (
                cases_pb2.DecideCaseRequest(
                    case_id="c", same_person=cases_pb2.SamePerson(subject_id="S-1"), reason="r"
                ),
            ),
        ),
    )


@cache
def bulk_requests() -> tuple[enrolment_pb2.BulkEnrolRequest, ...]:
    """A sound stream for `EnrolmentService/BulkEnrol`."""
    options = enrolment_pb2.BulkEnrolOptions(on_conflict=enrolment_pb2.ON_CONFLICT_SKIP)
    records = (enrolment_pb2.BulkEnrolRequest(record=record) for record in bulk_records(range(40, 43)))
    return (enrolment_pb2.BulkEnrolRequest(options=options), *records)


WATCH = decisions_pb2.WatchRequest(from_sequence=1, heartbeat_ms=100)

SOUND = Method(
    "VerificationService/Verify", (VerifyRequest(probe=wire_samples(1, 1), samples=wire_samples(2)),)
)
"""Answered whatever became of those enrolled."""


def mutate(request: Message, random: Random) -> bytes:
    """Change fields, what is in them, or the bytes on the wire; sometimes nothing."""
    changed = type(request)()
    changed.CopyFrom(request)
    for _ in range(random.choice((0, 1, 1, 1, 2, 3, 8))):
        mutate_field(changed, random)
    data = changed.SerializeToString()
    if random.random() < 0.3:
        for _ in range(random.choice((1, 1, 2, 5))):
            data = mutate_bytes(data, random)
    return data


def mutate_field(message: Message, random: Random) -> None:
    """Change one field, of the message or of one within it."""
    holder, field = random.choice(list(_fields_within(message)))
    if field.is_repeated:
        _mutate_list(getattr(holder, field.name), field, random)
    elif random.random() < 0.15:
        holder.ClearField(field.name)
    elif field.type == FieldDescriptor.TYPE_MESSAGE:
        getattr(holder, field.name).SetInParent()
    else:
        _set(holder, field, _other_value(getattr(holder, field.name), field, random))


def _fields_within(message: Message) -> Iterable[tuple[Any, Any]]:
    for field in message.DESCRIPTOR.fields:
        yield message, field
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            value = getattr(message, field.name)
            within = value if field.is_repeated else [value] if message.HasField(field.name) else []
            for inner in within:
                yield from _fields_within(inner)


def _mutate_list(values: Any, field: FieldDescriptor, random: Random) -> None:
    how = random.randrange(3)
    if how == 0:
        del values[random.randrange(len(values) + 1) :]
    elif field.type == FieldDescriptor.TYPE_MESSAGE:
        for _ in range(random.randrange(1, MAX_COPIES)):
            values.add().CopyFrom(random.choice(values))
    elif field.type == FieldDescriptor.TYPE_ENUM:
        values.append(random.randrange(-2, 12))
    else:
        values.extend(random.choice(TEXTS) for _ in range(random.randrange(1, MAX_COPIES)))


def _set(holder: Message, field: FieldDescriptor, value: object) -> None:
    try:
        setattr(holder, field.name, value)
    except (ValueError, OverflowError):  # out of the range of its type: cannot be on the wire
        holder.ClearField(field.name)


def _other_value(value: Any, field: FieldDescriptor, random: Random) -> object:
    makers: dict[int, Callable[[], object]] = {
        FieldDescriptor.TYPE_STRING: lambda: random.choice(TEXTS),
        FieldDescriptor.TYPE_BYTES: lambda: mutate_bytes(value or random.choice(images()), random),
        FieldDescriptor.TYPE_DOUBLE: lambda: random.choice(REALS),
        FieldDescriptor.TYPE_BOOL: lambda: not value,
        FieldDescriptor.TYPE_ENUM: lambda: random.choice((-1, 0, 1, 2, 3, 7, 11, 99, 2**31 - 1)),
    }
    return makers.get(field.type, lambda: random.choice(NUMBERS))()


def mutate_bytes(data: bytes, random: Random) -> bytes:
    """Flip, set, cut, repeat, insert, or replace a run of bytes."""
    if not data:
        return random.randbytes(random.randrange(1, 64))
    at = random.randrange(len(data))
    end = min(at + random.choice((1, 1, 2, 4, 16, 256)), len(data))
    match random.randrange(8):
        case 0:
            return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]
        case 1:
            return data[:at] + random.choice((b"\x00", b"\xff", b"\x7f", b"\x80")) * (end - at) + data[end:]
        case 2:
            return data[:at]
        case 3:
            return data[:at] + data[end:]
        case 4:
            return data[:end] + data[at:end] * random.randrange(1, 20) + data[end:]
        case 5:
            return data[:at] + random.randbytes(random.randrange(1, 40)) + data[at:]
        case 6:
            return data[:at] + b"\x0b" * random.choice((3, 101, 5000)) + data[at:]  # groups within groups
        case _:
            return data[at:]


@cache
def images() -> tuple[bytes, ...]:
    """Small files of many formats, all with ridges, and one that claims to be enormous."""
    y, x = np.mgrid[:128, :128]
    ridges = (127 + 90 * np.sin(0.7 * x + 0.3 * np.sin(y / 9) * y / 8)).astype(np.uint8)
    image = Image.fromarray(ridges)
    made = [
        _file_of(image, name) for name in ("PNG", "BMP", "TIFF", "JPEG", "JPEG2000", "GIF", "WEBP", "PPM")
    ]
    return (*made, _huge_png(), b"\xff\xa0\xff\xa4\x00\x3a\x09\x07" + bytes(80))


def _file_of(image: Image.Image, name: str) -> bytes:
    file = io.BytesIO()
    image.save(file, name)
    return file.getvalue()


def _huge_png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 65_500, 65_500, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))


def _image_samples() -> samples_pb2.Samples:
    samples = samples_pb2.Samples(
        fingers=[
            samples_pb2.FingerSample(position=samples_pb2.FingerPosition.ValueType(i + 1), image=image)
            for i, image in enumerate(images()[:3])
        ],
        ppi=500,
    )
    samples.face.image = images()[3]
    return samples


def _face_samples() -> samples_pb2.Samples:
    vector = np.zeros(128, "<f2")
    vector[0] = 1
    template = samples_pb2.FaceTemplate(
        vector=vector.tobytes(), model="dlib-face-embedding", model_version="1", quality=80
    )
    return samples_pb2.Samples(face=samples_pb2.FaceSample(template=template))


def _with_images(request: Any) -> Any:
    request.captures.samples.CopyFrom(_image_samples())
    return request
