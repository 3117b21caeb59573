"""What a caller gives for each finger becomes templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from vantay.errors import ExtractionFailed, IncompatibleTemplate, InvalidSample, InvalidTemplate
from vantay.fingerprint.codec import decode
from vantay.fingerprint.extraction import Extractor, make_extractor
from vantay.fingerprint.image import read_finger_image
from vantay.settings import EngineSettings
from vantay.types import FingerImage, FingerPosition, FingerTemplate

ImageSource: TypeAlias = Path | str | bytes | FingerImage
FingerSource: TypeAlias = ImageSource | FingerTemplate

RECORD_MAGIC = b"FMR\x00"
"""The first bytes of ISO/IEC 19794-2 and ANSI 378 records."""


@dataclass(frozen=True, slots=True)
class FingerFailure:
    """A finger that gave no template, and why.

    Attributes
    ----------
    position : FingerPosition
        Which finger.
    reason : str
        Machine-readable reason of the `ExtractionFailed`.
    message : str
        For people.
    """

    position: FingerPosition
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Acquisition:
    """The templates of the fingers that gave one, and the failures of the others."""

    templates: Mapping[FingerPosition, FingerTemplate]
    failures: tuple[FingerFailure, ...]

    @property
    def qualities(self) -> dict[FingerPosition, int]:
        """Quality of each template, 0 to 100."""
        return {position: template.quality for position, template in self.templates.items()}


def acquire(
    fingers: Mapping[FingerPosition, FingerSource],
    extractor: Callable[[], Extractor],
    *,
    ppi: float | None = None,
) -> Acquisition:
    """Make a template of each finger.

    Parameters
    ----------
    fingers : mapping of FingerPosition to FingerSource
        An image (a path, the bytes of a file, a `FingerImage`), a template record (a path or bytes), or
        a `FingerTemplate`.
    extractor : callable
        Gives the extractor; called only if there is an image, since a model takes time to load.
    ppi : float, optional
        Resolution of the images, overriding what the files say.

    Returns
    -------
    Acquisition
        At least one template, in the order of positions.

    Raises
    ------
    InvalidSample, InvalidTemplate
        If a source cannot be read: that is the caller's mistake, not a failure to acquire.
    IncompatibleTemplate
        If a source says that it is another finger.
    ExtractionFailed
        If no finger gives a template.
    """
    if not fingers:
        raise InvalidSample("no finger was given, expected at least one")
    sources = {position: _read(fingers[position], position, ppi) for position in sorted(fingers)}
    templates = {p: source for p, source in sources.items() if isinstance(source, FingerTemplate)}
    failures: list[FingerFailure] = []
    images = [source for source in sources.values() if isinstance(source, FingerImage)]
    if images:
        for image, result in zip(images, extractor().extract_many(images), strict=True):
            if isinstance(result, ExtractionFailed):
                failures.append(FingerFailure(image.position, result.reason, str(result)))
            else:
                templates[image.position] = replace(result, position=image.position)
    if not templates:
        raise _nothing_acquired(failures)
    return Acquisition(dict(sorted(templates.items())), tuple(failures))


def extractor_of(settings: EngineSettings) -> Extractor:
    """Make the extractor that the settings name.

    Raises
    ------
    ModelUnavailable
        If it needs a model that was not built.
    """
    name = None if settings.extractor == "auto" else settings.extractor
    return make_extractor(name, n_threads=settings.n_threads)


def _read(source: FingerSource, position: FingerPosition, ppi: float | None) -> FingerImage | FingerTemplate:
    if isinstance(source, FingerTemplate):
        return replace(source, position=_agreed_position(source.position, position, "the template"))
    if isinstance(source, FingerImage):
        return replace(source, position=_agreed_position(source.position, position, source.name))
    name = position.name if isinstance(source, bytes) else str(source)
    if (record := record_of(source)) is not None:
        return _view_of(record, position, name)
    return read_finger_image(source, ppi=ppi, position=position)


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
    return replace(views[0], position=_agreed_position(views[0].position, position, name))


def _agreed_position(said: FingerPosition, given: FingerPosition, name: str) -> FingerPosition:
    if FingerPosition.UNKNOWN in {said, given} or said is given:
        return given
    raise IncompatibleTemplate(f"{name} says that it is {said.name}, but was given as {given.name}")


def _nothing_acquired(failures: Sequence[FingerFailure]) -> ExtractionFailed:
    reasons = {failure.reason for failure in failures}
    told = "; ".join(f"{failure.position.name}: {failure.message}" for failure in failures)
    return ExtractionFailed(reasons.pop() if len(reasons) == 1 else "no_usable_finger", told)
