"""What a score says, in words."""

from __future__ import annotations


def rarity_words(score: float) -> str:
    """Say how rare a score is among comparisons that are not mated.

    Parameters
    ----------
    score : float
        −10·log10(FMR), ≥ 0.

    Returns
    -------
    str
        ``1 in 10,000`` for 40; ``1 in 2.5 million``; ``less than 1 in a billion`` from 90 on, where no test
        set is large enough to check.

    Examples
    --------
    >>> rarity_words(40.0), rarity_words(0.0), rarity_words(64.0)
    ('1 in 10,000', 'every one', '1 in 2.5 million')
    """
    odds = 10.0 ** (score / 10.0)
    if odds < 1.05:
        return "every one"
    if score >= 90.0:
        return "less than 1 in a billion"
    if odds < 10:
        return f"1 in {odds:.1f}"
    if odds < 1e6:
        return f"1 in {_round_to_two_digits(odds):,.0f}"
    return f"1 in {_round_to_two_digits(odds / 1e6):,g} million"


def _round_to_two_digits(value: float) -> float:
    return float(f"{value:.2g}")
