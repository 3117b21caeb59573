"""An applicant beside single subjects: those that changed after a search, compared as a search does."""

from __future__ import annotations

from functools import cached_property

from vantay.errors import IncompatibleTemplate
from vantay.fingerprint.comparison import PreparedTemplate
from vantay.intake.result import CheckedCandidate
from vantay.search import (
    Acquisition,
    FaceProbe,
    Reference,
    face_probe_of,
    prepare_probe,
    prepare_references,
    verify,
)
from vantay.store import StoredFace, StoredTemplate, SubjectState
from vantay.types import FingerPosition


class OneByOne:
    """Compares one applicant, whose templates are prepared when they are first needed.

    Parameters
    ----------
    acquired : Acquisition
        The applicant's fingers and face; at least one of them.
    """

    def __init__(self, acquired: Acquisition) -> None:
        self._acquired = acquired

    def compare(self, state: SubjectState) -> CheckedCandidate | None:
        """Compare with one subject; None if there is nothing in common."""
        references, faces = _references_of(state)
        try:
            result = verify(self._prepared, references, face=self._face_probe, face_references=faces)
        except IncompatibleTemplate:
            return None
        return CheckedCandidate(
            state.subject_id,
            result.score,
            is_match=False,
            is_claimed=False,
            finger_scores=result.finger_scores,
            face_score=result.face_score,
        )

    @cached_property
    def _prepared(self) -> dict[FingerPosition, PreparedTemplate]:
        return prepare_probe(self._acquired)

    @cached_property
    def _face_probe(self) -> FaceProbe | None:
        return face_probe_of(self._acquired)


def _references_of(state: SubjectState) -> tuple[list[Reference], list[StoredFace]]:
    fingers, faces = [], []
    for encounter in state.encounters:
        fingers += [
            StoredTemplate(state.subject_id, encounter.encounter_id, template.position, template.record)
            for template in encounter.templates
        ]
        if encounter.face is not None:
            faces.append(StoredFace(state.subject_id, encounter.encounter_id, encounter.face))
    return prepare_references(fingers), faces
