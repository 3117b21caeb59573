"""Open-set error rates by their definitions, from all scores: one row a search, one column a subject."""

from __future__ import annotations

from collections.abc import Sequence

Scores = Sequence[Sequence[float]]


def ranked(row: Sequence[float]) -> list[int]:
    """Subjects from the best to the worst; of equals the first."""
    return sorted(range(len(row)), key=lambda subject: (-row[subject], subject))


def naive_fpir(non_mated: Scores, threshold: float) -> float:
    return sum(any(score >= threshold for score in row) for row in non_mated) / len(non_mated)


def naive_fnir(mated: Scores, mates: Sequence[int], threshold: float, max_rank: int) -> float:
    """A search misses unless the mate is among the first and reaches the threshold."""
    misses = 0
    for row, mate in zip(mated, mates, strict=True):
        listed = [subject for subject in ranked(row)[:max_rank] if row[subject] >= threshold]
        misses += mate not in listed
    return misses / len(mated)


def naive_hit_rate(mated: Scores, mates: Sequence[int], rank: int) -> float:
    return sum(mate in ranked(row)[:rank] for row, mate in zip(mated, mates, strict=True)) / len(mated)


def naive_selectivity(non_mated: Scores, threshold: float) -> float:
    return sum(score >= threshold for row in non_mated for score in row) / len(non_mated)


def naive_fnir_at_fpir(mated: Scores, mates: Sequence[int], non_mated: Scores, max_fpir: float) -> float:
    """The lowest of all thresholds that keep to the FPIR, tried one after the other."""
    n_subjects = len(mated[0])
    thresholds = {0.0, float("inf"), *(score for row in [*mated, *non_mated] for score in row)}
    return min(
        naive_fnir(mated, mates, threshold, n_subjects)
        for threshold in thresholds
        if naive_fpir(non_mated, threshold) <= max_fpir
    )
