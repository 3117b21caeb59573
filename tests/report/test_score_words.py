import pytest

from vantay.report.score_words import rarity_words


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (0.0, "every comparison"),
        (5.0, "one of 3.2 comparisons"),
        (10.0, "one of 10 comparisons"),
        (40.0, "one of 10,000 comparisons"),
        (59.99, "one of 1 million comparisons"),
        (83.4, "one of 220 million comparisons"),
        (90.0, "less than one of a billion comparisons"),
        (400.0, "less than one of a billion comparisons"),
    ],
)
def test_rarity_is_told_with_two_digits(score: float, words: str) -> None:
    assert rarity_words(score) == words
