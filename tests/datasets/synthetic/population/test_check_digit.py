"""The check digits of travel documents."""

from __future__ import annotations

import pytest

from vantay.errors import InvalidSetting
from vantay_datasets.synthetic.population.check_digit import check_digit


@pytest.mark.parametrize(
    ("field", "digit"),
    [
        ("520727", "3"),  # ICAO Doc 9303-3, 4.9, example 1
        ("AB2134<<<", "5"),  # example 2
        ("L898902C3", "6"),  # the specimen passport of Doc 9303-4, appendix B: number,
        ("740812", "2"),  # date of birth,
        ("120415", "9"),  # date of expiry
        ("", "0"),
    ],
)
def test_check_digit_is_that_of_the_worked_examples(field: str, digit: str) -> None:
    assert check_digit(field) == digit


@pytest.mark.parametrize("field", ["ab", "A B", "Ü", "1-2"])
def test_check_digit_refuses_what_has_no_value(field: str) -> None:
    with pytest.raises(InvalidSetting, match="expected 0-9, A-Z or <"):
        check_digit(field)
