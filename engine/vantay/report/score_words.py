"""What a score says, in words."""

from __future__ import annotations


def rarity_words(score: float) -> str:
    """Say how rare a score is among non-mated comparisons.

    Parameters
    ----------
    score : float
        −10·log10(FMR), ≥ 0.

    Returns
    -------
    str
        For a sentence like "different people score as high in …". From 90 on it says no more than "less than
        one of a billion": no test set is large enough to know.

    Examples
    --------
    >>> rarity_words(40.0), rarity_words(0.0), rarity_words(64.0)
    ('one of 10,000 comparisons', 'every comparison', 'one of 2.5 million comparisons')
    """
    odds = 10.0 ** (score / 10.0)
    if odds < 1.05:
        return "every comparison"
    if score >= 90.0:
        return "less than one of a billion comparisons"
    return f"one of {_count_words(odds)} comparisons"


def _count_words(count: float) -> str:
    """Write a count with two significant digits."""
    if count < 10.0:
        return f"{count:.1f}"
    rounded = float(f"{count:.2g}")
    return f"{rounded:,.0f}" if rounded < 1e6 else f"{rounded / 1e6:,g} million"
