"""What is told of an encounter without its templates."""

from __future__ import annotations

from datetime import UTC, datetime

from vantay.store.incoming import Consent, NewEncounter, NewTemplate
from vantay.store.records import EncounterRecord, FaceSummary, TemplateSummary
from vantay.types import FaceTemplate


def encounter_record(encounter: NewEncounter, encounter_id: str, recorded_at: datetime) -> EncounterRecord:
    """Tell what is recorded of a new encounter."""
    captured_at = encounter.captured_at or recorded_at
    consent = encounter.consent
    return EncounterRecord(
        encounter_id,
        encounter.subject_id,
        captured_at.astimezone(UTC),
        recorded_at,
        encounter.source,
        template_summaries(encounter.templates),
        face_summary(encounter.face),
        encounter.operator,
        encounter.device,
        consent and Consent(consent.reference, consent.purpose, consent.given_at.astimezone(UTC)),
    )


def template_summaries(templates: tuple[NewTemplate, ...]) -> tuple[TemplateSummary, ...]:
    """Tell about templates, in the order of fingers."""
    return tuple(
        TemplateSummary(t.position, t.quality, t.extractor, t.extractor_version, len(t.record))
        for t in sorted(templates, key=lambda template: template.position)
    )


def face_summary(face: FaceTemplate | None) -> FaceSummary | None:
    """Tell about a face."""
    if face is None:
        return None
    return FaceSummary(face.quality, face.model, face.model_version, face.vector.nbytes)
