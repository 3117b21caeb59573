"""What a verification compares: the samples of a probe and of a subject, made ready in one call each."""

from __future__ import annotations

from collections.abc import Sequence

from vantay.face.comparison import calibration_of
from vantay.fingerprint.comparison import PreparedTemplate, prepare_each
from vantay.search.acquisition import Acquisition
from vantay.search.faces import FaceProbe
from vantay.search.gallery import prepare_each_stored
from vantay.search.verification import Reference
from vantay.store import StoredTemplate
from vantay.types import FingerPosition


def prepare_probe(acquired: Acquisition) -> dict[FingerPosition, PreparedTemplate]:
    """Prepare the fingers of a probe."""
    prepared = prepare_each([*acquired.templates.values()])
    return dict(zip(acquired.templates, prepared, strict=True))


def face_probe_of(acquired: Acquisition) -> FaceProbe | None:
    """Put the calibration of its model beside the face of a probe; None if there is no face."""
    face = acquired.face
    return None if face is None else FaceProbe(face, calibration_of(face.model))


def prepare_references(stored: Sequence[StoredTemplate]) -> list[Reference]:
    """Prepare stored fingers as references.

    Raises
    ------
    DataCorruption
        If a record cannot be read.
    """
    prepared = prepare_each_stored(stored)
    return [
        Reference(one.encounter_id, one.position, template)
        for one, template in zip(stored, prepared, strict=True)
    ]
