"""A population in a bulk file: whole, valid, and what the population says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vantay.errors import InvalidSetting
from vantay.evaluation.population_file import PopulationFilePlan, subject_rows, write_population
from vantay.fingerprint.codec import decode
from vantay.fingerprint.image import read_finger_image
from vantay.types import FingerPosition
from vantay_datasets.bulk import BulkRow, Kind, read_rows, validate
from vantay_datasets.sample import Modality
from vantay_datasets.synthetic.population import (
    FINGER_SETS,
    FingerRates,
    MistakeRates,
    Population,
    PopulationOptions,
    RelationRates,
    SyntheticEncounter,
)

EVENTFUL = PopulationOptions(
    relations=RelationRates(0.3, 0.3, 0.3),
    mistakes=MistakeRates(0.2, 0.2, 0.2),
    fingers=FingerRates(amputee=0.3),
)


@pytest.fixture(scope="module")
def population() -> Population:
    return Population(8, 40, options=EVENTFUL)


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
def test_file_is_valid_and_has_what_was_captured(tmp_path: Path, population: Population, suffix: str) -> None:
    path = tmp_path / f"people{suffix}"
    seen = []
    n_rows = write_population(
        population, path, PopulationFilePlan(n_encounters=2), advance=lambda: seen.append(1)
    )
    assert not list(validate(path))
    rows = list(read_rows(path))
    assert len(rows) == n_rows
    assert len(seen) == population.size
    expected = [
        e for pair in zip(*(population.encounters(0, 40, k) for k in (0, 1)), strict=True) for e in pair
    ]
    assert list(dict.fromkeys(row.encounter_id for row in rows)) == [one.encounter_id for one in expected]
    by_encounter: dict[str | None, list[BulkRow]] = {}
    for row in rows:
        by_encounter.setdefault(row.encounter_id, []).append(row)
    for encounter in expected:
        _assert_rows_of(by_encounter[encounter.encounter_id], encounter)


def _assert_rows_of(rows: list[BulkRow], encounter: SyntheticEncounter) -> None:
    fingers = {row.position: row for row in rows if row.modality is Modality.FINGER}
    assert fingers.keys() == encounter.fingers.keys()
    for position, template in encounter.fingers.items():
        (decoded,) = decode(fingers[position].data or b"")
        np.testing.assert_array_equal(decoded.minutiae, template.minutiae)
        assert decoded.position is position
    (face,) = [row for row in rows if row.modality is Modality.FACE]
    assert encounter.face is not None
    np.testing.assert_array_equal(np.frombuffer(face.data or b"", "<f2"), encounter.face.vector)
    assert face.model == encounter.face.model
    for row in rows:
        assert encounter.labels.items() <= row.labels.items()
        assert ("missing" in row.labels) == bool(encounter.missing)


def test_rows_tell_of_the_subject(population: Population) -> None:
    plan = PopulationFilePlan(positions=FINGER_SETS[1])
    for subject, rows in zip(population.subjects(), subject_rows(population, plan), strict=True):
        for row in rows:
            assert row.subject_id == subject.subject_id
            assert row.birth_date == subject.birth_date
            assert [one.number for one in row.documents] == [one.number for one in subject.documents]
            assert subject.labels.items() <= row.labels.items()


def test_first_subjects_have_images_instead_of_templates(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    plan = PopulationFilePlan(positions=FINGER_SETS[1], with_faces=False, n_image_subjects=1, n_encounters=2)
    options = PopulationOptions(mistakes=MistakeRates(0, 0, 0), fingers=FingerRates(0, 0, 0, 0, 0, 0))
    write_population(Population(8, 2, options=options), path, plan)
    assert not list(validate(path))
    rows = list(read_rows(path))
    assert [row.kind for row in rows] == [Kind.IMAGE] * 2 + [Kind.TEMPLATE] * 2
    first, second = (read_finger_image(row.data or b"") for row in rows[:2])
    assert first.ppi == pytest.approx(500, abs=0.5)
    assert not np.array_equal(first.pixels, second.pixels)
    assert rows[0].position is FingerPosition.RIGHT_INDEX


def test_a_subject_of_whom_nothing_is_captured_still_has_a_row() -> None:
    options = PopulationOptions(fingers=FingerRates(amputee=1.0, lost_finger=1.0))
    plan = PopulationFilePlan(with_faces=False)
    (rows,) = subject_rows(Population(1, 1, options=options), plan)
    assert [row.kind for row in rows] == [Kind.NONE]


def test_plan_refuses_impossible_numbers() -> None:
    with pytest.raises(InvalidSetting, match="0 encounters"):
        PopulationFilePlan(n_encounters=0)
    with pytest.raises(InvalidSetting, match="-1 subjects"):
        PopulationFilePlan(n_image_subjects=-1)
