"""Who is enrolled in the rounds: people of a seed with three fingers and a face, each capture with a mark."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from vantay.fingerprint.codec import encode
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate
from vantay_datasets.bulk import BulkRow, BulkWriter, Kind
from vantay_datasets.sample import Modality
from vantay_datasets.synthetic.population import Population

POPULATION = Population(seed=20265, size=1_000_000)
N_CAPTURES = 10
"""Of a person; the first enrols, the second is searched with, any other may be added."""
POSITIONS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX, FingerPosition.RIGHT_THUMB)


class Capture(NamedTuple):
    """What was captured of a person at one visit; its mark is stored as the place of the capture."""

    mark: str
    fingers: Mapping[FingerPosition, FingerTemplate]
    face: FaceTemplate

    @property
    def digest(self) -> str:
        """Of what must be stored, bit for bit."""
        records = {int(position): encode(template) for position, template in self.fingers.items()}
        return digest_of(records, self.face.vector.astype("<f2").tobytes())


def name_of(person: int) -> str:
    """The identifier of a person."""
    return f"P{person:06}"


@lru_cache(maxsize=64)
def capture(person: int, number: int) -> Capture:
    """Capture a person, for the first time or again."""
    encounter = POPULATION.encounter(person, number)
    assert encounter.face is not None
    fingers = {p: encounter.fingers[p] for p in POSITIONS if p in encounter.fingers}
    return Capture(f"{person}/{number}", fingers, encounter.face)


def digest_of(records: Mapping[int, bytes], face: bytes | None) -> str:
    """Sum up the templates of an encounter."""
    parts = [f"{position}:".encode() + record for position, record in sorted(records.items())]
    return hashlib.sha256(b"|".join([*parts, face or b""])).hexdigest()[:16]


def write_file(path: Path, people: Iterable[int]) -> None:
    """Write a bulk file with the first capture of each."""
    with BulkWriter(path) as writer:
        for person in people:
            writer.write(_rows(person))


def _rows(person: int) -> list[BulkRow]:
    captured = capture(person, 0)
    said: dict[str, Any] = {
        "subject_id": name_of(person),
        "encounter_id": f"load-{person}",
        "captured_place": captured.mark,
        "captured_at": POPULATION.encounter(person, 0).captured_at,
        "kind": Kind.TEMPLATE,
    }
    samples: list[dict[str, Any]] = [
        {"modality": Modality.FINGER, "position": position, "data": encode(template)}
        for position, template in captured.fingers.items()
    ]
    face = captured.face
    model = {"model": face.model, "model_version": face.model_version}
    samples.append({"modality": Modality.FACE, "data": face.vector.astype("<f2").tobytes()} | model)
    return [BulkRow(**(said | sample)) for sample in samples]
