"""The population that is loaded: kept only as long as it is the one that would be made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from benchmarks.harness.program import SCRATCH_VARIABLE

from benchmarks import bulk_load
from vantay_datasets.synthetic.population import Population


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(SCRATCH_VARIABLE, str(tmp_path))
    return tmp_path


def test_a_population_is_kept_by_number_and_distinct_people(scratch: Path) -> None:
    files = {
        bulk_load.kept_population(4, 4),
        bulk_load.kept_population(4, 2),
        bulk_load.kept_population(2, 2),
    }
    assert files == set(scratch.iterdir())
    rows = {path: pq.read_table(path, columns=["subject_id"]).column(0).to_pylist() for path in files}
    assert sorted(len(set(names)) for names in rows.values()) == [2, 4, 4]
    written = {path: path.stat().st_mtime_ns for path in files}
    bulk_load.kept_population(4, 2)
    assert {path: path.stat().st_mtime_ns for path in files} == written


def test_other_people_are_another_file(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bulk_load.kept_population(2, 2)
    monkeypatch.setattr(bulk_load, "SEED", 2)
    assert bulk_load.kept_population(2, 2) != before


def test_the_hash_changes_with_options_and_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    population = Population(1, 20)
    found = bulk_load.parameter_hash(population)
    assert bulk_load.parameter_hash(Population(1, 20)) == found
    older = Population(1, 20, options=replace(population.options, min_age_years=1.0))
    assert bulk_load.parameter_hash(older) != found
    monkeypatch.setattr(bulk_load, "encode", lambda _: b"")
    assert bulk_load.parameter_hash(population) != found


def test_a_population_that_was_not_finished_is_not_kept(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: Population, path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(bulk_load, "write_population", stop)
        with pytest.raises(KeyboardInterrupt):
            bulk_load.kept_population(2, 2)
    assert pq.read_table(bulk_load.kept_population(2, 2)).num_rows >= 2


def test_copies_that_do_not_come_out_even_are_refused(scratch: Path) -> None:
    with pytest.raises(SystemExit, match="no multiple"):
        bulk_load.kept_population(5, 2)
