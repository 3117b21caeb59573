"""Small populations for loads: records of random minutiae, faces of random numbers, all by a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from vantay.fingerprint.codec import RecordFormat, encode, from_templates, write_record
from vantay.settings import EngineSettings
from vantay.store import OnConflict, Store, SubjectStatus
from vantay.transfer import LoadPlan, LoadSummary, find_source, load_sources
from vantay.types import MINUTIA_DTYPE, FingerPosition, FingerTemplate
from vantay_datasets.bulk import BulkRow, BulkWriter, Document, Kind, Sex
from vantay_datasets.sample import Modality

CAPTURED = datetime(2025, 3, 4, 5, 6, 7, 891_000, tzinfo=UTC)
CLASSICAL = EngineSettings(extractor="classical")


def make_template(seed: int, position: int, n: int = 20) -> FingerTemplate:
    rng = np.random.default_rng([seed, position])
    minutiae = np.zeros(n, MINUTIA_DTYPE)
    minutiae["x_px"], minutiae["y_px"] = rng.integers(0, 400, (2, n))
    minutiae["angle"], minutiae["type"] = rng.integers(0, 256, n), rng.integers(1, 3, n)
    return FingerTemplate(minutiae, 400, 400, FingerPosition(position), 40 + position, "leader", "1")


def make_record(seed: int, position: int) -> bytes:
    return encode(make_template(seed, position))


def make_vector(seed: int, d: int = 16) -> bytes:
    vector = np.random.default_rng([seed, 77]).normal(size=d)
    return (vector / np.linalg.norm(vector)).astype("<f2").tobytes()


def subject_rows(number: int, n_fingers: int = 2, **changes: Any) -> list[BulkRow]:
    """Rows of a subject with one encounter: fingers and a face."""
    said: dict[str, Any] = {
        "subject_id": f"S{number:04}",
        "sex": Sex.FEMALE,
        "birth_date": date(1990, 1, 1) + timedelta(days=number),
        "nationality": "KOR",
        "documents": (Document("passport", f"M{number:06}", "KOR"),),
        "encounter_id": f"E{number:04}",
        "captured_at": CAPTURED + timedelta(minutes=number),
        "kind": Kind.TEMPLATE,
    }
    rows = [
        {"modality": Modality.FINGER, "position": FingerPosition(p), "data": make_record(number, p)}
        for p in range(1, n_fingers + 1)
    ]
    rows.append({"modality": Modality.FACE, "data": make_vector(number), "model": "m"})
    return [BulkRow(**(said | row | changes)) for row in rows]


def write_rows(path: Path, rows: Iterable[BulkRow]) -> Path:
    with BulkWriter(path) as writer:
        writer.write(rows)
    return path


def write_population(path: Path, n_subjects: int) -> Path:
    return write_rows(path, (row for number in range(n_subjects) for row in subject_rows(number)))


def load(store: Store, *paths: Path, settings: EngineSettings = CLASSICAL, **plan: Any) -> LoadSummary:
    """Load into a store; what is rejected goes beside the database."""
    plan = {"rejects": paths[0].parent / "rejects.jsonl", "progress": paths[0].parent / "progress"} | plan
    if "on_conflict" in plan:
        plan["on_conflict"] = OnConflict(plan["on_conflict"])
    return load_sources(store, [find_source(path) for path in paths], LoadPlan(**plan), settings)


def contents(store: Store) -> dict[str, Any]:
    """All that a store knows of its subjects, tombstones too, without its own numbers and times."""
    return {
        state.subject_id: (
            state.status,
            state.biographics,
            state.documents,
            state.galleries,
            [_encounter(store, encounter) for encounter in _in_order(state.encounters)],
        )
        for page in store.pages_since(0, with_documents=True)
        for state in page.subjects
        if state.status is not SubjectStatus.MERGED
    }


def _in_order(encounters: Iterable[Any]) -> Iterator[Any]:
    yield from sorted(encounters, key=lambda encounter: encounter.encounter_id)


def _encounter(store: Store, encounter: Any) -> tuple[Any, ...]:
    images = store.images(encounter.encounter_id)
    return (
        encounter.encounter_id,
        _to_ms(encounter.captured_at),
        encounter.source,
        encounter.operator,
        encounter.device,
        encounter.consent,
        encounter.templates,
        encounter.face,
        sorted((image.modality, image.position, image.data) for image in images),
    )


def _to_ms(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def write_ansi_record(path: Path, *positions: int) -> Path:
    """Write one ANSI 378 record with a view of each finger."""
    views = [make_template(3, position) for position in positions]
    path.write_bytes(write_record(from_templates(views, RecordFormat.ANSI_378_2004)))
    return path
