"""Subjects with everything that the store keeps of one, for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from vantay.store import (
    Biographics,
    Consent,
    Document,
    Enrolment,
    NewEncounter,
    NewImage,
    NewTemplate,
    Sex,
)
from vantay.types import FaceTemplate, FingerPosition

CAPTURED = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
PASSPORT = Document("passport", "m 123-456", "KOR", date(2035, 6, 7))
CARD = Document("residence-card", "VN99", "VNM")
KIM = Biographics(Sex.FEMALE, birth_date=date(1990, 5, 17), nationality="KOR")
RECORD = b"FMR record of Kim"
IMAGE = b"image of Kim's finger"


def make_face(seed: int, model: str = "m", version: str = "1", d: int = 64) -> FaceTemplate:
    vector = np.random.default_rng([seed, 3]).normal(size=d)
    return FaceTemplate((vector / np.linalg.norm(vector)).astype(np.float16), model, version, 50 + seed)


def encounter(subject_id: str, encounter_id: str | None = None, **changes: Any) -> NewEncounter:
    """An encounter with every part."""
    parts: dict[str, Any] = {
        "templates": (
            NewTemplate(FingerPosition(7), RECORD * 9, 61, "leader", "1"),
            NewTemplate(FingerPosition(2), RECORD * 10, 62, "classical", "2"),
        ),
        "captured_at": CAPTURED,
        "source": "desk 3",
        "face": make_face(1),
        "operator": "officer 17",
        "device": "scanner A",
        "consent": Consent("C-2030-1", "level 2 account", CAPTURED),
        "images": (NewImage("finger", IMAGE, FingerPosition(2)), NewImage("face", b"photo")),
    }
    return NewEncounter(subject_id, encounter_id=encounter_id, **parts | changes)


def enrolment(subject_id: str, encounter_id: str | None = None, *galleries: str) -> Enrolment:
    """A row of a load with every part."""
    return Enrolment(encounter(subject_id, encounter_id), KIM, (PASSPORT, CARD), galleries)
