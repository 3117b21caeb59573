"""Write the table of decisions into docs/intake.md, by asking `decide`.

    PYTHONPATH=tests python -m intake.decision_table

`test_decision` fails while the page says something else than the code does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from intake.findings_of import REVIEW_THRESHOLD, THRESHOLD, make_candidate, make_claim, make_findings
from vantay.intake.decision import ClaimFinding, ClaimStatus, Decision, decide, find_track
from vantay.intake.rules import load_rules

PAGE = Path(__file__).resolve().parents[2] / "docs" / "intake.md"
BEGIN, END = "<!-- decision table: begin -->\n", "<!-- decision table: end -->\n"

CLAIMS: Mapping[str, ClaimFinding | None] = {
    "nothing": None,
    "a record that matches": make_claim(60.0),
    "… and is locked": make_claim(60.0, is_locked=True),
    "a record between the thresholds": make_claim(30.0),
    "a record that does not match": make_claim(5.0),
    "a record without a common sample": ClaimFinding(ClaimStatus.INCOMPARABLE),
    "a record that is not there": ClaimFinding(ClaimStatus.UNKNOWN),
    "a document of several": ClaimFinding(ClaimStatus.AMBIGUOUS),
}
_ONE = (make_candidate("a", THRESHOLD),)
SEARCHES: dict[str, dict[str, Any]] = {
    "nobody": {},
    "somebody near": {"candidates": (make_candidate("a", REVIEW_THRESHOLD),)},
    "somebody": {"candidates": _ONE},
    "several": {"candidates": (*_ONE, make_candidate("b", THRESHOLD))},
    "nobody comparable": {"n_searched": 0},
}
CIRCUMSTANCES: dict[str, dict[str, Any]] = {
    "too few fingers": {"n_fingers": 3},
    "no photo": {"has_face": False},
    "somebody found with the fingers in another order": {
        "candidates": _ONE,
        "arrangement": "hands-swapped",
    },
    "somebody found who is on the watchlist": {"candidates": _ONE, "on_watchlist": frozenset({"a"})},
    "nobody in the searched galleries": {"n_searched": 0, "is_gallery_empty": True},
}


def render_tables() -> str:
    """Give the outcomes, the reasons of each claim, and those of each circumstance, as Markdown."""
    outcomes = [
        [claim, *(_outcome(decide(make_findings(claim=finding, **search))) for search in SEARCHES.values())]
        for claim, finding in CLAIMS.items()
    ]
    claims = [[claim, _told(decide(make_findings(claim=finding)))] for claim, finding in CLAIMS.items()]
    circumstances = [
        [name, *(_told(decide(make_findings(claim=claim, **changes))) for claim in (None, make_claim(60.0)))]
        for name, changes in (SEARCHES | CIRCUMSTANCES).items()
    ]
    return "\n".join(
        [
            _table(["the applicant claims", *(f"found else: {search}" for search in SEARCHES)], outcomes),
            _table(["the applicant claims", "and nobody else is found"], claims),
            _table(["found else", "claims nothing", "claims a record that matches"], circumstances),
        ]
    )


def put_tables(page: str) -> str:
    """Give the page with the tables that the code makes."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{render_tables()}\n{END}{rest.split(END)[1]}"


def _outcome(decision: Decision) -> str:
    return f"{decision.outcome}, {find_track(decision, load_rules())}"


def _told(decision: Decision) -> str:
    return f"{_outcome(decision)}: {', '.join(f'`{reason}`' for reason in decision.reasons)}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(put_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
