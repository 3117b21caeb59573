"""The protocols that all peers go through, with peers whose every answer is known."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.peers import finger_protocol
from benchmarks.peers.finger_protocol import FingerPlan, measure_fingers
from benchmarks.peers.pairwise import compare_each
from benchmarks.peers.peer import Figures, Float32s, PeerUnavailable, Rows, load_package, versions_of
from benchmarks.peers.stored_scores import measure_stored
from benchmarks.peers.vector_data import VectorData, VectorPlan, nearest_rows
from benchmarks.peers.vector_protocol import measure_vectors, recalls
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vantay.types import FingerImage


class Knowing:
    """Tells fingers by their grey: 2 of the same finger, 1 of others, unless told to fail."""

    def __init__(self, *, blind_to: int = -1, breaks_on: int = -1) -> None:
        self.blind_to, self.breaks_on = blind_to, breaks_on

    def extract(self, image: FingerImage) -> int:
        grey = int(image.pixels[0, 0])
        if grey == self.blind_to:
            raise RuntimeError("nothing seen")
        return grey

    def prepare(self, template: int) -> int:
        return template

    def gather(self, prepared: Sequence[int]) -> list[int]:
        return list(prepared)

    def compare(self, probe: int, gathered: list[int]) -> list[float]:
        return compare_each(self._compare_two, probe, gathered)

    def _compare_two(self, probe: int, reference: int) -> float:
        if self.breaks_on in {probe, reference}:
            raise RuntimeError("broken")
        return 2.0 if probe // 10 == reference // 10 else 1.0


@pytest.fixture
def prints(tmp_path: Path) -> FingerPlan:
    """Three fingers with two impressions each, whose greys name them."""
    folder = tmp_path / "fvc1999" / "DB1_B"
    folder.mkdir(parents=True)
    for finger, impression in ((f, i) for f in (101, 102, 103) for i in (1, 2)):
        grey = 10 * (finger - 100) + impression
        pixels = np.full((120, 120), 200, np.uint8)
        pixels[:60] = grey
        Image.fromarray(pixels).save(folder / f"{finger}_{impression}.tif")
    return FingerPlan((str(folder),))


def last(figures: Iterator[Figures]) -> Figures:
    return list(figures)[-1]


def test_a_peer_that_knows_makes_no_errors(prints: FingerPlan) -> None:
    figures = last(measure_fingers(Knowing, prints))
    assert (figures["n_images"], figures["n_mated"], figures["n_non_mated"]) == (6, 3, 12)
    assert (figures["eer"], figures["fnmr_at_fmr_1e-3"], figures["n_errors"], figures["n_failed"]) == (
        0,
        0,
        0,
        0,
    )
    assert figures["comparisons_per_s"] > 0


def test_an_image_without_a_template_costs_its_mated_comparisons(prints: FingerPlan) -> None:
    figures = last(measure_fingers(partial(Knowing, blind_to=11), prints))
    assert figures["n_failed"] == 1
    assert figures["n_mated"] == 3
    assert figures["fnmr_at_fmr_1e-3"] == pytest.approx(1 / 3)


def test_comparisons_that_raise_are_counted_and_score_zero(prints: FingerPlan) -> None:
    figures = last(measure_fingers(partial(Knowing, breaks_on=21), prints))
    assert figures["n_errors"] == 5
    assert figures["fnmr_at_fmr_1e-3"] == pytest.approx(1 / 3)


def test_speeds_are_told_before_error_rates(prints: FingerPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finger_protocol, "N_BETWEEN_REPORTS", 2)
    told = [dict(figures) for figures in measure_fingers(Knowing, prints)]
    extracted, compared = told[:4], told[4:]
    assert [figures["n_images"] for figures in extracted] == [2, 4, 6, 6]
    assert all("extract_ms" in figures and "comparisons_per_s" not in figures for figures in extracted)
    assert len(compared) == 5 + 1  # a row each, and the error rates
    assert all("extract_ms" in figures and figures["comparisons_per_s"] > 0 for figures in compared)
    assert ["eer" in figures for figures in compared] == [False] * 5 + [True]


def test_a_plan_takes_the_first_fingers_and_impressions(prints: FingerPlan) -> None:
    (chosen,) = FingerPlan(prints.folders, n_fingers=2, n_impressions=1).sets()
    assert [(image.finger, image.impression) for image in chosen.images] == [(101, 1), (102, 1)]


def test_stored_scores_of_the_plan_alone_count(prints: FingerPlan, tmp_path: Path) -> None:
    names = [(finger, impression) for finger in (101, 102, 103) for impression in (1, 2)]
    with (tmp_path / "other_fvc1999_DB1_B.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["probe", "candidate", "score"])
        for one, two in combinations(names, 2):
            # finger 103 is left out of the plan: its scores would be errors
            score = 9 if (one[0] == two[0]) != (103 in {one[0], two[0]}) else 3
            writer.writerow([f"{one[0]}_{one[1]}", f"{two[0]}_{two[1]}", score])
    plan = FingerPlan(prints.folders, n_fingers=2)
    assert last(measure_stored("other", tmp_path, plan)) == {
        "eer": 0,
        "fnmr_at_fmr_1e-3": 0,
        "n_mated": 2,
        "n_non_mated": 4,
    }
    assert last(measure_stored("other", tmp_path, prints))["eer"] > 0
    with pytest.raises(PeerUnavailable, match="no scores of nobody"):
        last(measure_stored("nobody", tmp_path, plan))


class Exact:
    """Computes all inner products."""

    def build(self, vectors: Float32s) -> None:
        self.vectors = vectors

    def search(self, probe: Float32s, n_best: int) -> Rows:
        found: Rows = nearest_rows(self.vectors, probe[None], n_best)[0]
        return found


class Backwards(Exact):
    """Finds what is least alike."""

    def search(self, probe: Float32s, n_best: int) -> Rows:
        return super().search(-probe, n_best)


@pytest.fixture
def vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VectorPlan:
    """Vectors of four numbers, each searched for by a noisy copy."""
    random = np.random.default_rng(3)
    all_of_them = random.normal(size=(300, 4)).astype(np.float32)
    all_of_them /= np.linalg.norm(all_of_them, axis=1, keepdims=True)
    mates = np.arange(0, 300, 30, dtype=np.int64)
    probes = (all_of_them[mates] + random.normal(0, 1e-4, (10, 4))).astype(np.float32)
    plan = VectorPlan(300, 10, tmp_path)
    nearest = nearest_rows(all_of_them, probes, 10)
    np.savez(plan.file, vectors=all_of_them, probes=probes, mates=mates, nearest=nearest)
    return plan


@pytest.mark.parametrize(("peer", "share"), [(Exact, 1.0), (Backwards, 0.0)])
def test_exact_search_finds_everything_and_the_opposite_nothing(
    peer: type[Any], share: float, vectors: VectorPlan
) -> None:
    figures = last(measure_vectors(peer, vectors))
    assert [figures[name] for name in ("mates_first", "mates_listed", "nearest_found")] == [share] * 3
    assert (figures["n_vectors"], figures["n_probes"]) == (300, 10)


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_nearest_rows_are_those_of_a_full_sort(n: int, n_best: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors, probes = (random.integers(-3, 4, (k, 3)).astype(np.float32) for k in (n, 2))
    found = nearest_rows(vectors, probes, n_best)
    for probe, rows in zip(probes, found, strict=True):
        products = [float(vector @ probe) for vector in vectors]
        assert rows.tolist() == sorted(range(n), key=lambda row: (-products[row], row))[:n_best]


def test_a_mate_that_is_listed_but_not_first_is_told_apart() -> None:
    data = VectorData(
        np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)[:1], np.array([0]), np.array([[0, 1]])
    )
    assert recalls([np.array([1, 0])], data) == {
        "mates_first": 0,
        "mates_listed": 1,
        "nearest_found": 1,
        "n_probes": 1,
    }


def test_a_package_that_is_not_there_is_said() -> None:
    with pytest.raises(PeerUnavailable, match="no_such_peer does not load"):
        load_package("no_such_peer")
    assert versions_of(["no-such-peer", "numpy"]) == {
        "no-such-peer": "not installed",
        "numpy": np.__version__,
    }
