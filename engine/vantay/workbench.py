"""What an engine does without an enrolment database: templates, records, comparisons."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from vantay.errors import ExtractionFailed, InvalidSample, InvalidTemplate
from vantay.fingerprint.codec import RecordFormat, decode, encode
from vantay.fingerprint.comparison import compare, prepare
from vantay.fingerprint.image import normalise_finger_image, read_finger_image
from vantay.search import (
    Acquisition,
    FingerSource,
    ImageSource,
    acquire,
    extract_in_batches,
    extractor_of,
    record_of,
    verification_threshold,
)
from vantay.settings import EngineSettings
from vantay.types import Comparison, FingerImage, FingerPosition, FingerTemplate

BATCH_IMAGES_PER_THREAD = 4
"""How many images `extract_many` holds for each thread, so that none waits for the slowest long."""


class Workbench:
    """Makes templates and compares them; `Engine` adds the database.

    Attributes
    ----------
    settings : EngineSettings
        What it was made with.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self._extractor = functools.cache(lambda: extractor_of(settings))  # made when an image comes

    def compare(
        self, probe: FingerSource, reference: FingerSource, *, ppi: float | None = None
    ) -> Comparison:
        """Compare two fingers; nothing is read from the database or written to it.

        Raises
        ------
        InvalidSample, InvalidTemplate, ExtractionFailed
            If one of them cannot be used.
        """
        return compare(
            prepare(self.extract(probe, ppi=ppi)),
            prepare(self.extract(reference, ppi=ppi)),
        )

    def extract(
        self,
        source: FingerSource,
        *,
        position: FingerPosition = FingerPosition.UNKNOWN,
        ppi: float | None = None,
    ) -> FingerTemplate:
        """Make the template of one finger.

        Raises
        ------
        InvalidSample, InvalidTemplate, IncompatibleTemplate, ExtractionFailed
            If the source cannot be used or gives no template.
        """
        return self._acquire({position: source}, ppi).templates[position]

    def extract_many(
        self,
        images: Iterable[ImageSource],
        *,
        position: FingerPosition = FingerPosition.UNKNOWN,
        ppi: float | None = None,
    ) -> Iterator[FingerTemplate | InvalidSample | ExtractionFailed]:
        """Make templates of any number of images, ``settings.n_threads`` at once.

        Yields, in order, the template of each image, or the error that says why there is none.
        """
        batch_size = BATCH_IMAGES_PER_THREAD * self.settings.n_threads
        return extract_in_batches(images, self._extractor, position=position, ppi=ppi, batch_size=batch_size)

    def read_image(self, source: ImageSource, *, ppi: float | None = None) -> FingerImage:
        """Read an image as the extractors see it: upright, 500 ppi, dark ridges.

        Raises
        ------
        InvalidSample
            If it cannot be used, or is a template record.
        """
        if isinstance(source, FingerImage):
            return normalise_finger_image(source)
        if record_of(source) is not None:
            name = "the source" if isinstance(source, bytes) else str(source)
            raise InvalidSample(f"{name} is a template record, expected an image")
        return normalise_finger_image(read_finger_image(source, ppi=ppi))

    def read_record(self, source: Path | str | bytes) -> list[FingerTemplate]:
        """Read all templates of a record; its format is recognised.

        Raises
        ------
        InvalidTemplate
            If it is no record of a format that is read here, or a damaged one.
        """
        if isinstance(source, bytes):
            return decode(source)
        try:
            return decode(Path(source).read_bytes())
        except InvalidTemplate as error:
            raise InvalidTemplate(f"{source}: {error}") from error

    def make_record(
        self, template: FingerTemplate, record_format: RecordFormat = RecordFormat.ISO_19794_2_2005
    ) -> bytes:
        """Write a template as a record for interchange."""
        return encode(template, record_format)

    def verification_threshold(self, threshold_fmr: float | None = None) -> float:
        """Give the score from which on two fingers match, for a false match rate or that of the settings.

        Raises
        ------
        CallerError
            If the rate is no rate.
        """
        return verification_threshold(self.settings.threshold_fmr if threshold_fmr is None else threshold_fmr)

    def _acquire(self, fingers: Mapping[FingerPosition, FingerSource], ppi: float | None) -> Acquisition:
        return acquire(fingers, self._extractor, ppi=ppi)
