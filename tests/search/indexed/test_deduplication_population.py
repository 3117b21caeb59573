"""Who returned under another passport is found in a synthetic population; twins and look-alikes are not."""

from __future__ import annotations

import json
from pathlib import Path

from vantay.fingerprint.codec import encode
from vantay.search.indexed.deduplication import DeduplicationPlan, deduplicate
from vantay.search.indexed.gallery import IndexedGallery
from vantay.store import NewEncounter, NewTemplate, Store
from vantay.types import FingerPosition
from vantay_datasets.synthetic.population import (
    Population,
    PopulationOptions,
    RelationRates,
    SyntheticEncounter,
)
from vantay_models.entry import Calibration

SIZE = 60
OPTIONS = PopulationOptions(relations=RelationRates(twin=0.2, returning=0.3, look_alike=0.1))
ROUGH = Calibration((0.7, 0.85, 0.93), (0.0, 8.0, 35.0), 500.0, "0" * 64, "nobody: rounded by hand")
PLAN = DeduplicationPlan(calibration=ROUGH, checks_sequence=False)
FOUR = (
    FingerPosition.RIGHT_THUMB,
    FingerPosition.RIGHT_INDEX,
    FingerPosition.LEFT_THUMB,
    FingerPosition.LEFT_INDEX,
)


def pairs_labelled(population: Population, label: str) -> set[tuple[str, str]]:
    """Name the pairs of subjects that stand in a relation."""
    found = set()
    for subject in population.subjects():
        if label in subject.labels:
            first, second = sorted((subject.subject_id, subject.labels[label]))
            found.add((first, second))
    return found


def new_encounter(made: SyntheticEncounter) -> NewEncounter:
    templates = tuple(NewTemplate(p, encode(t), t.quality) for p, t in made.fingers.items())
    return NewEncounter(made.subject_id, templates, face=made.face)


def test_who_returned_is_found_and_twins_and_look_alikes_are_not(store: Store, tmp_path: Path) -> None:
    returned: set[tuple[str, str]] = set()
    twins: set[tuple[str, str]] = set()
    for seed in (1, 3):
        population = Population(seed, SIZE, options=OPTIONS)
        returned |= pairs_labelled(population, "same_person_as")
        twins |= pairs_labelled(population, "twin_of")
        for made in population.encounters(0, SIZE, positions=FOUR):
            store.enrol(new_encounter(made))
    assert len(returned) >= 6
    assert len(twins) >= 5
    path = tmp_path / "pairs.jsonl"
    with IndexedGallery(store) as index:
        summary = deduplicate(store, index, path, PLAN)
    assert summary.n_subjects == 2 * SIZE
    assert {tuple(json.loads(line)["subject_ids"]) for line in path.read_text().splitlines()} == returned
