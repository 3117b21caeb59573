"""The templates of an encounter as one run of bytes, which is sealed as one: small, and one seal to verify.

Layout, little-endian: version (1); n_makers, and each as two length-prefixed texts; n_fingers, and each as
position, quality, maker (u1 each), record length (u4), record; n_faces (0 or 1), and the face as quality
(u1), model, model version (texts), dimension (u2), vector (float16).
"""

from __future__ import annotations

import struct

import numpy as np

from vantay.errors import DataCorruption, InvalidTemplate
from vantay.store.incoming import NewTemplate
from vantay.types import FaceTemplate, FingerPosition

_VERSION = 1
_FINGER = struct.Struct("<BBBI")


def pack_templates(templates: tuple[NewTemplate, ...], face: FaceTemplate | None) -> bytes:
    """Put templates into bytes, in the order of fingers.

    Parameters
    ----------
    templates : tuple of NewTemplate
        At most one a finger.
    face : FaceTemplate, optional
    """
    makers = list(dict.fromkeys((t.extractor, t.extractor_version) for t in templates))
    parts = [bytes((_VERSION, len(makers)))]
    parts += [_text(text) for maker in makers for text in maker]
    parts.append(bytes((len(templates),)))
    for t in sorted(templates, key=lambda template: template.position):
        maker = makers.index((t.extractor, t.extractor_version))
        parts += [_FINGER.pack(t.position, t.quality, maker, len(t.record)), t.record]
    if face is None:
        parts.append(b"\0")
    else:
        parts += [bytes((1, face.quality)), _text(face.model), _text(face.model_version)]
        parts += [struct.pack("<H", face.vector.size), face.vector.astype("<f2").tobytes()]
    return b"".join(parts)


def unpack_templates(packed: bytes, encounter_id: str) -> tuple[tuple[NewTemplate, ...], FaceTemplate | None]:
    """Take templates out of bytes.

    Raises
    ------
    DataCorruption
        If they are not what `pack_templates` makes; the message names the encounter.
    """
    try:
        return _read(packed)
    except (struct.error, IndexError, ValueError, InvalidTemplate) as error:
        raise DataCorruption(
            f"templates of encounter {encounter_id} are not readable although their seal holds: {error}"
        ) from error


def _read(packed: bytes) -> tuple[tuple[NewTemplate, ...], FaceTemplate | None]:
    if packed[0] != _VERSION:
        raise ValueError(f"version {packed[0]}, expected {_VERSION}")
    at, makers = 2, []
    for _ in range(packed[1]):
        name, at = _read_text(packed, at)
        version, at = _read_text(packed, at)
        makers.append((name, version))
    n_fingers, at = packed[at], at + 1
    templates = []
    for _ in range(n_fingers):
        position, quality, maker, n_bytes = _FINGER.unpack_from(packed, at)
        at += _FINGER.size
        record, at = packed[at : at + n_bytes], at + n_bytes
        templates.append(NewTemplate(FingerPosition(position), record, quality, *makers[maker]))
    has_face, at = packed[at], at + 1
    face = None
    if has_face:
        face, at = _read_face(packed, at)
    if at != len(packed):
        raise ValueError(f"{len(packed)} bytes, expected {at}")
    return tuple(templates), face


def _read_face(packed: bytes, at: int) -> tuple[FaceTemplate, int]:
    quality = packed[at]
    model, at = _read_text(packed, at + 1)
    version, at = _read_text(packed, at)
    (dimension,) = struct.unpack_from("<H", packed, at)
    end = at + 2 + 2 * dimension
    vector = np.frombuffer(packed[at + 2 : end], "<f2").astype(np.float16, copy=False)
    return FaceTemplate(vector, model, version, quality), end


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<H", len(encoded)) + encoded


def _read_text(packed: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<H", packed, at)
    end = at + 2 + length
    return packed[at + 2 : end].decode(), end
