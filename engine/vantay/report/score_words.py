"""What a score says, in words."""

from __future__ import annotations

LARGEST_MEASURED_SCORE = 50.0
"""Beyond it scores are extrapolated: see docs/accuracy.md."""


def rarity_words(score: float) -> str:
    """Say how rare a score is among non-mated comparisons.

    Parameters
    ----------
    score : float
        −10·log10(FMR), ≥ 0.

    Returns
    -------
    str
        For a sentence like "different people score as high in …". From 50 on it says no more than "less than
        one of 100,000": what was measured ends there.

    Examples
    --------
    >>> rarity_words(40.0), rarity_words(0.0), rarity_words(64.0)
    ('one of 10,000 comparisons', 'every comparison', 'less than one of 100,000 comparisons')
    """
    odds = 10.0 ** (score / 10.0)
    if odds < 1.05:
        return "every comparison"
    if score >= LARGEST_MEASURED_SCORE:
        return "less than one of 100,000 comparisons"
    return f"one of {_count_words(odds)} comparisons"


def _count_words(count: float) -> str:
    """Write a count with two significant digits."""
    if count < 10.0:
        return f"{count:.1f}"
    return f"{float(f'{count:.2g}'):,.0f}"
