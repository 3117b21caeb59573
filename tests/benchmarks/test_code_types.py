"""The types of FAISS that are compared: what they find, and what is told of each."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.code_types import SEARCHED, Mates, kept, measure, vectors_of
from benchmarks.faiss_types import CODE_TYPES, FAISS, CodeType, Vectors, try_adding, try_filter, try_removal

from benchmarks import code_types
from vantay.evaluation.identification_index_files import open_synthetic_index
from vantay.search.indexed.layout import DEVIATION, FACE_BLOCK, VECTOR_NUMBERS
from vantay.search.indexed.shortlist import shortlist_sizes

BY_NAME = {one.name: one for one in CODE_TYPES}
N_ROWS = 400
FAST = [one for one in CODE_TYPES if "rotated" not in one.name]
"""A rotation takes seconds to train, of any number of vectors."""


@pytest.fixture
def vectors() -> Vectors:
    return np.random.default_rng(3).normal(0, DEVIATION, (N_ROWS, VECTOR_NUMBERS)).astype(np.float32)


def short(vectors: Vectors) -> Vectors:
    return np.ascontiguousarray(vectors[:, :64])


@pytest.mark.parametrize("one", FAST, ids=lambda one: one.name)
def test_every_type_finds_what_it_holds(one: CodeType, vectors: Vectors) -> None:
    rows = one.taken(short(vectors))
    index = one.built(rows)
    assert index.ntotal == N_ROWS
    _, listed = index.search(rows[7:8], 3)
    assert listed[0, 0] == 7
    assert try_adding(index, rows) == "yes"


@pytest.mark.parametrize(
    ("name", "removal", "filtering"),
    [
        ("float32", "moves", "yes"),
        ("ours: 4 bits for 4 numbers", "yes", "yes"),
        ("4 bits for 4 numbers, trained", "moves", "no"),
        ("signs, by Hamming distance", "moves", "yes"),
        ("8 bits, graph (HNSW)", "no", "yes"),
    ],
)
def test_what_an_index_can_do_is_tried(name: str, removal: str, filtering: str, vectors: Vectors) -> None:
    rows = BY_NAME[name].taken(short(vectors))
    index = BY_NAME[name].built(rows)
    assert try_filter(index, rows[:1], 4) == filtering
    assert try_adding(index, rows) == "yes"
    assert try_removal(index, rows) == removal


def test_a_filter_behind_few_lists_is_told_to_be_short(vectors: Vectors) -> None:
    index = next(one for one in CODE_TYPES if "IVF" in one.name).built(short(vectors))
    FAISS.ParameterSpace().set_index_parameters(index, "nprobe=1")
    assert try_filter(index, short(vectors)[:1], 8).startswith("short: ")


def test_a_whole_index_is_searched_by_the_numbers_of_the_probe_alone(vectors: Vectors) -> None:
    mates = Mates(vectors[::40].copy(), np.arange(0, N_ROWS, 40))
    one = CodeType("whole", FAISS.IndexFlatIP, is_whole=True)
    for whole in (one, CodeType("own numbers", FAISS.IndexFlatIP)):
        [row] = measure(whole, SEARCHED["two"], vectors.astype(np.float16), mates)
        assert (row.mates_among_coarse, row.mates_among_fine) == (1.0, 1.0)
        assert row.bytes_a_subject == pytest.approx(4 * (VECTOR_NUMBERS if whole is one else 384), rel=0.01)
        assert row.search_ms > 0
        assert row.build_s > 0


def test_mates_that_are_not_listed_count_as_such(vectors: Vectors) -> None:
    strangers = np.random.default_rng(4).normal(0, DEVIATION, (10, VECTOR_NUMBERS)).astype(np.float32)
    mates = Mates(strangers, np.arange(10))
    [row] = measure(BY_NAME["float32"], SEARCHED["two"], vectors.astype(np.float16), mates)
    assert row.mates_among_coarse < 0.5


def test_stages_keep_their_share_of_a_million() -> None:
    sizes = shortlist_sizes(2)
    assert kept(SEARCHED["two"], 1_000_000) == (sizes.coarse, sizes.sketched)
    assert kept(SEARCHED["two"], 100_000) == (sizes.coarse // 10, sizes.sketched // 10)
    assert kept(SEARCHED["two"], 10) == (1, 1)


def test_figures_of_an_index_are_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    calibrated_models: Path,
) -> None:
    index, _ = open_synthetic_index(tmp_path / "index")
    index.extend(12)
    vectors = vectors_of([part.part for part in index.snapshot().parts])
    assert vectors.shape == (12, VECTOR_NUMBERS)
    assert np.linalg.norm(vectors[:, FACE_BLOCK].astype(np.float32), axis=1).min() > 0
    monkeypatch.setattr(code_types, "CODE_TYPES", [BY_NAME["float32"]])
    output = tmp_path / "figures.json"
    words = ["code_types", "--folder", str(tmp_path / "index"), "--searches", "4", "--kinds", "two"]
    monkeypatch.setattr("sys.argv", [*words, "--json", str(output)])
    code_types.main()
    figures = json.loads(output.read_text(encoding="utf-8"))
    [row] = figures["kinds"]["two"]["types"]
    assert (figures["n_subjects"], row["type"], row["mates_among_coarse"]) == (12, "float32", 1.0)
    assert "float32" in capsys.readouterr().out
