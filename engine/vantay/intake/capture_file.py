"""The captures of a case as one run of bytes, which the store seals under the case's own key.

Layout, little-endian: ``VCAP``, version (u1); length (u4) and the templates as the store packs those of an
encounter; number of images (u1), and each as modality (u1: 0 finger, 1 face), position (u1), length (u4),
the image file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vantay.errors import CallerError, DataCorruption
from vantay.fingerprint.codec import decode, encode
from vantay.intake.application import Captures
from vantay.search import Acquisition, FaceSource, FingerSource, record_of
from vantay.search.indexed.sequence_check import Arrangement, other_hand, reversed_finger
from vantay.store import NewImage, NewTemplate
from vantay.store.packing import pack_templates, unpack_templates
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate

_MAGIC = b"VCAP\x01"
_LENGTH = struct.Struct("<I")
_IMAGE = struct.Struct("<BBI")


@dataclass(frozen=True, slots=True)
class CapturedSamples:
    """What is kept of captures.

    Attributes
    ----------
    templates : tuple of NewTemplate
        One a finger, in the order of positions.
    face : FaceTemplate, optional
    images : tuple of NewImage
        The image files that they were made of; empty unless images are kept.
    """

    templates: tuple[NewTemplate, ...]
    face: FaceTemplate | None = None
    images: tuple[NewImage, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that could be an encounter."""
        return not self.templates and self.face is None


def samples_of(acquired: Acquisition, captures: Captures, *, keeps_images: bool) -> CapturedSamples:
    """Make what is kept of captures: templates, and the image files if told so.

    Images of samples that gave no template are not kept.
    """
    images: list[NewImage] = []
    if keeps_images:
        usable = {p: source for p, source in captures.fingers.items() if p in acquired.templates}
        images = list(_images(usable, captures.face if acquired.face is not None else None))
    return CapturedSamples(records_of(acquired.templates.values()), acquired.face, tuple(images))


def records_of(templates: Iterable[FingerTemplate]) -> tuple[NewTemplate, ...]:
    """Make the records of templates as the store takes them."""
    return tuple(
        NewTemplate(t.position, encode(t), t.quality, t.extractor, t.extractor_version) for t in templates
    )


def acquisition_of(samples: CapturedSamples) -> Acquisition:
    """Make templates to search with of what was kept.

    Raises
    ------
    DataCorruption
        If a record is not that of one finger.
    """
    templates = {t.position: _template_of(t) for t in samples.templates}
    return Acquisition(templates, (), samples.face)


def laid_as_found(samples: CapturedSamples, arrangement: str) -> CapturedSamples:
    """File fingers under the positions at which the search found them, when hands were swapped or turned.

    A single finger that was found to be another one is left out: which one it is, is not told.
    """
    if arrangement == Arrangement.ANOTHER_FINGER:
        return CapturedSamples((), samples.face, tuple(i for i in samples.images if i.modality == "face"))
    moves = {Arrangement.HANDS_SWAPPED: other_hand, Arrangement.FINGERS_REVERSED: reversed_finger}
    move = moves.get(Arrangement(arrangement)) if arrangement in set(Arrangement) else None
    if move is None:
        return samples
    laid = [_template_of(t) for t in samples.templates]
    moved = sorted((replace(t, position=move(t.position)) for t in laid), key=lambda t: t.position)
    images = (replace(i, position=move(i.position)) if i.modality == "finger" else i for i in samples.images)
    return CapturedSamples(records_of(moved), samples.face, tuple(images))


def _template_of(stored: NewTemplate) -> FingerTemplate:
    try:
        (template,) = decode(stored.record)
    except ValueError as error:
        raise DataCorruption(f"record of {stored.position.name}: expected one finger") from error
    return replace(
        template,
        position=stored.position,
        quality=stored.quality,
        extractor=stored.extractor,
        extractor_version=stored.extractor_version,
    )


def pack_captures(samples: CapturedSamples) -> bytes:
    """Put captures into bytes."""
    templates = pack_templates(samples.templates, samples.face)
    parts = [_MAGIC, _LENGTH.pack(len(templates)), templates, bytes((len(samples.images),))]
    for image in samples.images:
        parts += [_IMAGE.pack(image.modality == "face", image.position, len(image.data)), image.data]
    return b"".join(parts)


def unpack_captures(packed: bytes, case_id: str) -> CapturedSamples:
    """Take captures out of bytes.

    Raises
    ------
    DataCorruption
        If they are not what `pack_captures` makes; the message names the case.
    """
    try:
        return _read(packed, case_id)
    except (struct.error, IndexError, ValueError, CallerError) as error:
        raise DataCorruption(f"captures of case {case_id} are not readable: {error}") from error


def _read(packed: bytes, case_id: str) -> CapturedSamples:
    if not packed.startswith(_MAGIC):
        raise ValueError(f"they begin with {packed[: len(_MAGIC)]!r}, expected {_MAGIC!r}")
    (n_bytes,) = _LENGTH.unpack_from(packed, len(_MAGIC))
    at = len(_MAGIC) + _LENGTH.size
    templates, face = unpack_templates(packed[at : at + n_bytes], f"of case {case_id}")
    at += n_bytes
    images, at = [], at + 1
    for _ in range(packed[at - 1]):
        is_face, position, length = _IMAGE.unpack_from(packed, at)
        at += _IMAGE.size
        data, at = packed[at : at + length], at + length
        images.append(NewImage("face" if is_face else "finger", data, FingerPosition(position)))
    if at != len(packed):
        raise ValueError(f"{len(packed)} bytes, expected {at}")
    return CapturedSamples(templates, face, tuple(images))


def _images(fingers: Mapping[FingerPosition, FingerSource], face: FaceSource | None) -> Iterable[NewImage]:
    for position in sorted(fingers):
        data = _file_of(fingers[position])
        if data is not None and record_of(data) is None:
            yield NewImage("finger", data, position)
    if face is not None and (data := _file_of(face)) is not None:
        yield NewImage("face", data)


def _file_of(source: FingerSource | FaceSource) -> bytes | None:
    """Give the image file of a source; None if it is no file, but pixels or a template."""
    if isinstance(source, bytes):
        return source
    return Path(source).read_bytes() if isinstance(source, str | Path) else None
