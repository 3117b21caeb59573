"""What a verdict rests on, in words."""

from __future__ import annotations

from vantay.report.run_report.difference import Test

TEST_WORDS = {
    Test.FISHER: "Fisher’s exact test, trials are independent",
    Test.FISHER_DEPENDENT: "Fisher’s exact test, counts dependent comparisons one by one: a hint at best",
    Test.INTERVALS: "95 % interval of the difference, from both runs’ intervals",
    Test.NONE: "no interval and no counts",
}
SHORT_TEST_WORDS = {
    Test.FISHER: "Fisher",
    Test.FISHER_DEPENDENT: "Fisher*",
    Test.INTERVALS: "intervals",
    Test.NONE: "",
}


def p_text(p_value: float | None) -> str:
    """Print a p-value; nothing if there is none."""
    if p_value is None:
        return ""
    return (
        "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.0995 else f"p = {p_value:.2f}"
    )
