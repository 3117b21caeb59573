"""What an engine does without an enrolment database: templates, records, comparisons."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from vantay.errors import ExtractionFailed, InvalidSample, InvalidTemplate
from vantay.face.comparison import FaceComparison, calibration_of, compare_faces
from vantay.face.extraction import make_face_extractor
from vantay.fingerprint.codec import RecordFormat, decode, encode
from vantay.fingerprint.comparison import compare, prepare
from vantay.fingerprint.image import normalise_finger_image, read_finger_image
from vantay.search import (
    Acquisition,
    Extractors,
    FaceSource,
    FingerSource,
    ImageSource,
    acquire,
    acquire_what_is_usable,
    extract_in_batches,
    extractor_of,
    record_of,
    verification_threshold,
)
from vantay.settings import EngineSettings
from vantay.types import Comparison, FaceTemplate, FingerImage, FingerPosition, FingerTemplate

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
        # Made when an image comes
        self._extractor = functools.cache(lambda: extractor_of(settings))
        self._face_extractor = functools.cache(
            lambda: make_face_extractor(settings.face_profile, n_threads=settings.n_threads)
        )

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
        return self._acquire({position: source}, None, ppi).templates[position]

    def compare_faces(self, probe: FaceSource, reference: FaceSource) -> FaceComparison:
        """Compare two faces; nothing is read from the database or written to it.

        Raises
        ------
        InvalidSample, ExtractionFailed
            If one of them cannot be used.
        IncompatibleTemplate
            If they are templates of different models.
        ModelUnavailable
            If a model of the face profile is not installed, or was never calibrated.
        """
        probe_template, reference_template = self.extract_face(probe), self.extract_face(reference)
        return compare_faces(probe_template, reference_template, calibration_of(probe_template.model))

    def extract_face(self, source: FaceSource) -> FaceTemplate:
        """Make the template of a face, by the face profile of the settings.

        Raises
        ------
        InvalidSample, ExtractionFailed
            If the photo cannot be used, or has no face or several.
        ModelUnavailable
            If a model of the face profile is not installed.
        """
        face = self._acquire({}, source, None).face
        assert face is not None  # noqa: S101 - what is not acquired was raised
        return face

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

    def acquire(
        self,
        fingers: Mapping[FingerPosition, FingerSource],
        face: FaceSource | None = None,
        *,
        ppi: float | None = None,
        may_be_empty: bool = False,
    ) -> Acquisition:
        """Make templates once, for several calls; failures are told beside them.

        Parameters
        ----------
        fingers, face, ppi
            As for `Engine.enrol`.
        may_be_empty : bool
            Nothing that gives a template, or nothing at all, is no error.

        Raises
        ------
        InvalidSample, InvalidTemplate, IncompatibleTemplate, ExtractionFailed, ModelUnavailable
            As for `Engine.enrol`.
        """
        if not may_be_empty:
            return self._acquire(fingers, face, ppi)
        extractors = Extractors(self._extractor, self._face_extractor)
        return acquire_what_is_usable(fingers, extractors, face=face, ppi=ppi)

    def _acquire(
        self, fingers: Mapping[FingerPosition, FingerSource], face: FaceSource | None, ppi: float | None
    ) -> Acquisition:
        return acquire(fingers, Extractors(self._extractor, self._face_extractor), face=face, ppi=ppi)
