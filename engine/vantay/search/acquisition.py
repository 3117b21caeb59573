"""What a caller gives for each finger becomes templates."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from PIL import UnidentifiedImageError

from vantay.errors import ExtractionFailed, IncompatibleTemplate, InvalidSample, InvalidTemplate
from vantay.face.extraction import FaceExtractor
from vantay.fingerprint.codec import decode
from vantay.fingerprint.extraction import Extractor
from vantay.fingerprint.image import read_finger_image
from vantay.fingerprint.image.limits import DEFAULT_LIMITS, check_finger_image, check_ppi
from vantay.search.face_acquisition import FaceSource, extract_face, read_face
from vantay.types import FaceImage, FaceTemplate, FingerImage, FingerPosition, FingerTemplate

ImageSource: TypeAlias = Path | str | bytes | FingerImage
FingerSource: TypeAlias = ImageSource | FingerTemplate

_Found: TypeAlias = FingerImage | FingerTemplate | InvalidSample | ExtractionFailed
_Failure: TypeAlias = InvalidSample | ExtractionFailed
_Key = TypeVar("_Key")

RECORD_MAGIC = b"FMR\x00"
"""The first bytes of ISO/IEC 19794-2 and ANSI 378 records."""


@dataclass(frozen=True, slots=True)
class SampleFailure:
    """A finger or a face that gave no template, and why.

    Attributes
    ----------
    position : FingerPosition or None
        Which finger; None for the face.
    reason : str
        Machine-readable: that of the `ExtractionFailed`, or ``invalid_sample`` for an image that is damaged
        or outside the limits.
    message : str
        For people.
    """

    position: FingerPosition | None
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Acquisition:
    """The templates of the fingers and the face that gave one, and the failures of the others."""

    templates: Mapping[FingerPosition, FingerTemplate]
    failures: tuple[SampleFailure, ...]
    face: FaceTemplate | None = None

    @property
    def face_quality(self) -> int | None:
        """Quality of the face, 0 to 100; None if there is none."""
        return None if self.face is None else self.face.quality

    @property
    def qualities(self) -> dict[FingerPosition, int]:
        """Quality of each template, 0 to 100."""
        return {position: template.quality for position, template in self.templates.items()}


@dataclass(frozen=True, slots=True)
class Extractors:
    """What makes templates; each is made when an image comes, since a model takes time to load."""

    finger: Callable[[], Extractor]
    face: Callable[[], FaceExtractor]


def acquire(
    fingers: Mapping[FingerPosition, FingerSource],
    extractors: Extractors,
    *,
    face: FaceSource | None = None,
    ppi: float | None = None,
) -> Acquisition:
    """Make a template of each finger and of the face.

    Parameters
    ----------
    fingers : mapping of FingerPosition to FingerSource
        An image (a path, the bytes of a file, a `FingerImage`), a template record (a path or bytes), or
        a `FingerTemplate`.
    extractors : Extractors
        Called only if there is an image.
    face : FaceSource, optional
        A photo (a path, the bytes of a file, a `FaceImage`) or a `FaceTemplate`.
    ppi : float, optional
        Resolution of the images of fingers, overriding what the files say.

    Returns
    -------
    Acquisition
        At least one template, in the order of positions.

    Raises
    ------
    InvalidSample
        If a file is missing or no image at all, or `ppi` is impossible: that is the caller's mistake. If
        nothing gives a template and each image is damaged or outside the limits.
    InvalidTemplate
        If a template record cannot be read.
    IncompatibleTemplate
        If a source says that it is another finger.
    ExtractionFailed
        If nothing gives a template.
    """
    if not fingers and face is None:
        raise InvalidSample("no finger and no face was given, expected at least one")
    acquired, errors = _acquire_each(fingers, extractors, face, ppi)
    if not acquired.templates and acquired.face is None:
        raise _nothing_acquired(errors)
    return acquired


def acquire_what_is_usable(
    fingers: Mapping[FingerPosition, FingerSource],
    extractors: Extractors,
    *,
    face: FaceSource | None = None,
    ppi: float | None = None,
) -> Acquisition:
    """Make a template of each finger and of the face; that there is none at all is no error.

    As `acquire` otherwise: also mistakes of the caller are raised.
    """
    return _acquire_each(fingers, extractors, face, ppi)[0]


def _acquire_each(
    fingers: Mapping[FingerPosition, FingerSource],
    extractors: Extractors,
    face: FaceSource | None,
    ppi: float | None,
) -> tuple[Acquisition, dict[FingerPosition | None, _Failure]]:
    found: dict[FingerPosition, _Found] = {
        position: _read(fingers[position], position, ppi) for position in sorted(fingers)
    }
    face_read = None if face is None else read_face(face)  # before extraction: a mistake is told at once
    found |= _extract_each(
        {p: source for p, source in found.items() if isinstance(source, FingerImage)}, extractors.finger
    )
    face_made = extract_face(face_read, extractors.face) if isinstance(face_read, FaceImage) else face_read
    templates = {p: result for p, result in found.items() if isinstance(result, FingerTemplate)}
    failures: dict[FingerPosition | None, _Failure] = {
        p: result for p, result in found.items() if isinstance(result, InvalidSample | ExtractionFailed)
    }
    if isinstance(face_made, InvalidSample | ExtractionFailed):
        failures[None], face_made = face_made, None
    told = tuple(_failure(position, error) for position, error in failures.items())
    return Acquisition(templates, told, face_made), failures


def extract_in_batches(
    sources: Iterable[ImageSource],
    extractor: Callable[[], Extractor],
    *,
    position: FingerPosition = FingerPosition.UNKNOWN,
    ppi: float | None = None,
    batch_size: int = 1,
) -> Iterator[FingerTemplate | InvalidSample | ExtractionFailed]:
    """Make templates of any number of images of one finger position, some at a time.

    Parameters
    ----------
    sources : iterable of ImageSource
        Paths, the bytes of files, or `FingerImage`.
    extractor : callable
        Gives the extractor.
    position : FingerPosition
        Which finger they show.
    ppi : float, optional
        Their resolution, overriding what the files say.
    batch_size : int
        How many are in memory at once, ≥ 1.

    Yields
    ------
    FingerTemplate, InvalidSample or ExtractionFailed
        For each image, in order; what is wrong with one takes the place of its template.
    """
    remaining = iter(sources)
    while batch := list(itertools.islice(remaining, batch_size)):
        found: dict[int, _Found] = {}
        for index, source in enumerate(batch):
            try:
                found[index] = _read_image(source, position, ppi)
            except InvalidSample as error:
                found[index] = error
        found |= _extract_each({i: s for i, s in found.items() if isinstance(s, FingerImage)}, extractor)
        yield from (result for result in found.values() if not isinstance(result, FingerImage))


def _extract_each(
    images: Mapping[_Key, FingerImage], extractor: Callable[[], Extractor]
) -> dict[_Key, FingerTemplate | ExtractionFailed]:
    if not images:
        return {}
    results = extractor().extract_many(list(images.values()))
    return {
        key: replace(result, position=image.position) if isinstance(result, FingerTemplate) else result
        for (key, image), result in zip(images.items(), results, strict=True)
    }


def _read(source: FingerSource, position: FingerPosition, ppi: float | None) -> _Found:
    if isinstance(source, FingerTemplate):
        return _placed(source, position, "the template")
    if not isinstance(source, FingerImage) and (record := record_of(source)) is not None:
        return _view_of(record, position, position.name if isinstance(source, bytes) else str(source))
    try:
        return _read_image(source, position, ppi)
    except InvalidSample as error:
        if not _is_mistaken(source, ppi, error):
            return error
        raise InvalidSample(_told_of(position, error)) from error


def _read_image(source: ImageSource, position: FingerPosition, ppi: float | None) -> FingerImage:
    if not isinstance(source, FingerImage):
        return read_finger_image(source, ppi=ppi, position=position)
    placed = replace(source, position=_agreed_position(source.position, position, source.name))
    check_finger_image(placed)
    return placed


def _is_mistaken(source: ImageSource, ppi: float | None, error: InvalidSample) -> bool:
    """Tell a mistake of the caller, who can mend it, from an image that a capture device made badly."""
    if ppi is not None:
        check_ppi("images", ppi, DEFAULT_LIMITS)
    is_no_file = isinstance(source, Path | str) and not Path(source).is_file()
    return is_no_file or isinstance(error.__cause__, UnidentifiedImageError)


def record_of(source: Path | str | bytes) -> bytes | None:
    """Give the bytes of a source that is a template record, None if it is anything else."""
    if isinstance(source, bytes):
        return source if source.startswith(RECORD_MAGIC) else None
    path = Path(source)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        start = file.read(len(RECORD_MAGIC))
        return start + file.read() if start == RECORD_MAGIC else None


def _view_of(record: bytes, position: FingerPosition, name: str) -> FingerTemplate:
    try:
        views = decode(record)
    except InvalidTemplate as error:
        raise InvalidTemplate(f"{name}: {error}") from error
    if len(views) > 1:
        views = [view for view in views if view.position is position]
    if len(views) != 1:
        raise InvalidTemplate(
            f"{name} has {len(views)} views of finger {position.name} among several, expected one"
        )
    return _placed(views[0], position, name)


def _placed(template: FingerTemplate, position: FingerPosition, name: str) -> FingerTemplate:
    agreed = _agreed_position(template.position, position, name)
    # A copy would have all its minutiae checked again
    return template if template.position is agreed else replace(template, position=agreed)


def _agreed_position(said: FingerPosition, given: FingerPosition, name: str) -> FingerPosition:
    if FingerPosition.UNKNOWN in {said, given} or said is given:
        return given
    raise IncompatibleTemplate(f"{name} says that it is {said.name}, but was given as {given.name}")


def _failure(position: FingerPosition | None, error: _Failure) -> SampleFailure:
    reason = error.reason if isinstance(error, ExtractionFailed) else "invalid_sample"
    return SampleFailure(position, reason, str(error))


def _told_of(position: FingerPosition | None, error: _Failure) -> str:
    """Say of which finger an error is; neither the face nor UNKNOWN has a name."""
    return f"{position.name}: {error}" if position else str(error)


def _nothing_acquired(errors: Mapping[FingerPosition | None, _Failure]) -> _Failure:
    told = "; ".join(_told_of(position, error) for position, error in errors.items())
    if all(isinstance(error, InvalidSample) for error in errors.values()):
        return InvalidSample(told)
    reasons = {_failure(position, error).reason for position, error in errors.items()}
    return ExtractionFailed(
        reasons.pop()
        if len(reasons) == 1
        else "no_usable_finger"
        if None not in errors
        else "no_usable_sample",
        told,
    )
