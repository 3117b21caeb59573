import pytest

from vantay.report.score_words import rarity_words


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (0.0, "every comparison"),
        (5.0, "one of 3.2 comparisons"),
        (10.0, "one of 10 comparisons"),
        (40.0, "one of 10,000 comparisons"),
        (46.0, "one of 40,000 comparisons"),
        (50.0, "less than one of 100,000 comparisons"),
        (400.0, "less than one of 100,000 comparisons"),
    ],
)
def test_rarity_is_told_with_two_digits(score: float, words: str) -> None:
    assert rarity_words(score) == words
