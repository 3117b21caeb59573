"""Figures of programs that used to print tables alone."""

from __future__ import annotations

import pytest
from benchmarks.real_among_synthetic import RealSearch
from benchmarks.shortlist_ranks import MILLION, MateRanks

from benchmarks import real_among_synthetic, shortlist_ranks


def test_ranks_by_codes_are_told_for_a_million_and_those_by_sketches_as_they_are() -> None:
    ranks = [MateRanks(coarse=n, fine=2 * n, sketches=n % 3) for n in range(100)]
    found = shortlist_ranks.figures_of(ranks, MILLION // 10)
    assert found["n_mates"] == 100
    assert found["stages"]["coarse"]["p100"] == 990
    assert found["stages"]["fine"]["p50"] == 1000
    assert found["stages"]["sketches"]["p100"] == 2


def test_a_mate_is_lost_only_if_it_would_have_been_known() -> None:
    searches = [
        RealSearch("p", "ten", 2, rank, score, threshold=60.0, best_other=0.0)
        for rank, score in ((1, 90.0), (2, 70.0), (1, 10.0), (0, 90.0), (0, 10.0))
    ]
    found = real_among_synthetic.figures_of(searches, 1000)
    assert found["kinds"] == {"ten": {"n_searches": 5, "n_rank_1": 2, "n_known": 2, "n_lost": 1}}
    assert found["n_subjects"] == 1000


def test_searches_are_printed_with_a_line_for_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    lost = RealSearch("DB1_B", "two", 3, 0, 90.0, 60.0, 12.0)
    real_among_synthetic.print_searches(real_among_synthetic.figures_of([lost], 1000))
    said = capsys.readouterr().out
    assert "two, 1,000 subjects: 0 of 1 at rank 1" in said
    assert "1 above it but lost" in " ".join(said.split())
