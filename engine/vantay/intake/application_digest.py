"""What an application says, as 32 bytes: whether the same reference comes with the same content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from vantay.intake.application import Application, Captures
from vantay.search import FaceSource, FingerSource
from vantay.types import FaceImage, FaceTemplate, FingerImage, FingerTemplate


def application_digest(application: Application) -> bytes:
    """Digest all that an application says, its captures included.

    Parameters
    ----------
    application : Application

    Returns
    -------
    bytes
        32 of SHA-256. Times in different zones that are the same moment, and the order of fingers, make no
        difference. The captures are in it, which nobody can guess: the digest of a stored check tells
        nothing of the applicant.
    """
    said = {field.name: getattr(application, field.name) for field in fields(application)}
    captures: Captures = said.pop("captures")
    said["enrol_if"] = sorted(application.enrol_if)
    text = json.dumps(_plain(said) | {"captures": _captures(captures)}, sort_keys=True)
    return hashlib.sha256(text.encode()).digest()


def _captures(captures: Captures) -> object:
    said = {field.name: getattr(captures, field.name) for field in fields(captures)}
    fingers = {position.name: _digest(source) for position, source in said.pop("fingers").items()}
    missing = {position.name: str(reason) for position, reason in said.pop("missing").items()}
    face = said.pop("face")
    of_face = None if face is None else _digest(face)
    return _plain(said) | {"fingers": fingers, "missing": missing, "face": of_face}


def _plain(said: dict[str, object]) -> dict[str, object]:
    return {name: _plain_value(value) for name, value in said.items()}


def _plain_value(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, datetime):
        return (value if value.utcoffset() is None else value.astimezone(UTC)).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _digest(source: FingerSource | FaceSource) -> str:
    digest = hashlib.sha256()
    for part in _parts(source):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def _parts(source: FingerSource | FaceSource) -> Iterator[bytes]:
    match source:
        case bytes():
            yield from (b"file", source)
        case FingerTemplate():
            about = (source.width_px, source.height_px, source.quality, source.extractor)
            yield from (b"finger", repr((*about, source.extractor_version)).encode())
            yield source.minutiae.tobytes()
        case FaceTemplate():
            yield from (b"face", repr((source.model, source.model_version, source.quality)).encode())
            yield source.vector.tobytes()
        case FingerImage():
            yield from (b"finger image", repr((source.pixels.shape, source.ppi)).encode())
            yield source.pixels.tobytes()
        case FaceImage():
            yield from (b"face image", repr(source.pixels.shape).encode(), source.pixels.tobytes())
        case _:
            yield from (b"file", Path(source).read_bytes())
