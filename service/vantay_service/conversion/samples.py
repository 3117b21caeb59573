"""Samples and captures from the wire."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from vantay.errors import InvalidTemplate
from vantay.intake.application import Captures, MissingReason
from vantay.intake.samples import Samples
from vantay.search import FaceSource, FingerSource
from vantay.types import FaceTemplate, FingerPosition
from vantay_service.conversion.fields import (
    check_count,
    put_once,
    read_enum,
    read_identifier,
    read_number,
    read_optional_time,
    read_text,
)
from vantay_service.conversion.limits import (
    MAX_FACE_VECTOR_BYTES,
    MAX_FINGERS,
    MAX_PPI,
    MIN_PPI,
    RequestLimits,
)
from vantay_service.error_status import InvalidField
from vantay_service.v1 import samples_pb2 as pb

RECORD_MAGIC = b"FMR\x00"
"""The first bytes of ISO/IEC 19794-2 and ANSI 378 records."""

POSITIONS = MappingProxyType({int(p): p for p in FingerPosition if p is not FingerPosition.UNKNOWN})
"""The wire's codes are those of ISO/IEC 19794-2:2005, as the engine's."""
MISSING_REASONS = MappingProxyType(
    {
        int(pb.MISSING_REASON_AMPUTATED): MissingReason.AMPUTATED,
        int(pb.MISSING_REASON_BANDAGED): MissingReason.BANDAGED,
        int(pb.MISSING_REASON_UNREADABLE): MissingReason.UNREADABLE,
    }
)


def read_samples(
    path: str, samples: pb.Samples, limits: RequestLimits, *, may_be_empty: bool = False
) -> Samples:
    """Read fingers and face; ``path`` names them, as ``probe``."""
    check_count(f"{path}.fingers", len(samples.fingers), MAX_FINGERS)
    fingers: dict[FingerPosition, FingerSource] = {}
    for i, finger in enumerate(samples.fingers):
        at = f"{path}.fingers[{i}]"
        position = read_enum(f"{at}.position", finger.position, POSITIONS)
        put_once(f"{at}.position", fingers, position, _read_finger(at, finger, limits))
    face = _read_face(f"{path}.face", samples.face, limits) if samples.HasField("face") else None
    if not fingers and face is None and not may_be_empty:
        raise InvalidField(path, "has no finger and no face, expected at least one")
    ppi = read_number(f"{path}.ppi", samples.ppi, MIN_PPI, MAX_PPI) if samples.HasField("ppi") else None
    return Samples(fingers, face, ppi)


def read_captures(path: str, captures: pb.Captures, limits: RequestLimits) -> Captures:
    """Read what was captured, and what was not; of nothing at all, the check tells what is missing."""
    samples = read_samples(f"{path}.samples", captures.samples, limits, may_be_empty=True)
    check_count(f"{path}.missing", len(captures.missing), MAX_FINGERS)
    missing: dict[FingerPosition, MissingReason] = {}
    for i, finger in enumerate(captures.missing):
        at = f"{path}.missing[{i}]"
        position = read_enum(f"{at}.position", finger.position, POSITIONS)
        if position in samples.fingers:
            raise InvalidField(f"{at}.position", f"{position.name} is captured, expected it to be missing")
        put_once(
            f"{at}.position", missing, position, read_enum(f"{at}.reason", finger.reason, MISSING_REASONS)
        )
    return Captures(
        samples.fingers,
        samples.face,
        missing,
        captured_at=read_optional_time(f"{path}.", captures, "captured_at"),
        operator=read_text(f"{path}.operator", captures.operator),
        device=read_text(f"{path}.device", captures.device),
        ppi=samples.ppi,
    )


def _read_finger(path: str, finger: pb.FingerSample, limits: RequestLimits) -> bytes:
    content = finger.WhichOneof("content")
    if content == "image":
        return _read_image(f"{path}.image", finger.image, limits)
    if content != "template_record":
        raise InvalidField(path, "has no content, expected image or template_record")
    record = finger.template_record
    if len(record) > limits.max_template_bytes:
        raise InvalidField(
            f"{path}.template_record",
            f"has {len(record)} bytes, expected at most {limits.max_template_bytes}",
        )
    if not record.startswith(RECORD_MAGIC):
        raise InvalidField(
            f"{path}.template_record", "is no record, expected it to begin with FMR and a zero"
        )
    return record


def _read_face(path: str, face: pb.FaceSample, limits: RequestLimits) -> FaceSource:
    content = face.WhichOneof("content")
    if content == "image":
        return _read_image(f"{path}.image", face.image, limits)
    if content == "template":
        return _read_face_template(f"{path}.template", face.template)
    raise InvalidField(path, "has no content, expected image or template")


def _read_image(path: str, data: bytes, limits: RequestLimits) -> bytes:
    if not 1 <= len(data) <= limits.max_image_bytes:
        raise InvalidField(path, f"has {len(data)} bytes, expected 1 to {limits.max_image_bytes}")
    if data.startswith(RECORD_MAGIC):
        raise InvalidField(path, "is a template record, expected an image")
    return data


def _read_face_template(path: str, template: pb.FaceTemplate) -> FaceTemplate:
    n_bytes = len(template.vector)
    if not 2 <= n_bytes <= MAX_FACE_VECTOR_BYTES or n_bytes % 2:
        raise InvalidField(
            f"{path}.vector", f"has {n_bytes} bytes, expected an even number, 2 to {MAX_FACE_VECTOR_BYTES}"
        )
    vector: Any = np.frombuffer(template.vector, "<f2").astype(np.float16)
    if not np.isfinite(vector).all():
        raise InvalidField(f"{path}.vector", "holds what is no number, expected numbers")
    model = read_identifier(f"{path}.model", template.model)
    version = read_text(f"{path}.model_version", template.model_version)
    quality = int(read_number(f"{path}.quality", template.quality, 0, 100))
    try:
        return FaceTemplate(vector, model, version, quality)
    except InvalidTemplate as error:
        raise InvalidField(path, str(error)) from error
