"""The rules of the intake check: no engine, no store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from benchmarks.harness.measurement import Measure, Work
from benchmarks.harness.reference import Reference

from vantay.intake.application import (
    Applicant,
    Application,
    Captures,
    CardKind,
    Claim,
    ConsentGiven,
    ResidenceCard,
    TravelDocument,
)
from vantay.intake.decision import decide, find_track
from vantay.intake.eligibility import find_refusals
from vantay.intake.findings import ClaimFinding, ClaimStatus, Findings
from vantay.intake.result import CheckedCandidate, ClaimEvidence
from vantay.intake.rules import load_rules
from vantay.intake.working_days import due_on

N_TIMES = 100
NOW = datetime(2026, 2, 12, 10, tzinfo=UTC)
"""Before Tet, when due days are the farthest."""

WORK = Work("one applicant", N_TIMES)


def findings() -> Findings:
    """Make what is found of somebody who is who they say, and nobody else."""
    return Findings(
        claim=ClaimFinding(ClaimStatus.COMPARED, ClaimEvidence("a", 60.0, 40.0, is_match=True)),
        claim_review_threshold=20.0,
        candidates=(CheckedCandidate("a", 300.0, is_match=True, is_claimed=True),),
        threshold=80.0,
        review_threshold=70.0,
        n_fingers=10,
        least_n_fingers=4,
        has_face=True,
        n_searched=1000,
    )


def test_decide(measure: Measure) -> None:
    """Findings to a decision with its reasons."""
    found = findings()
    measure(lambda: [decide(found) for _ in range(N_TIMES)], WORK, Reference.INTERPRETER)


def test_find_due_day(measure: Measure) -> None:
    """A decision to the day on which the answer is due."""
    rules, decision = load_rules(), decide(findings())
    calendar = rules.calendar
    measure(
        lambda: [due_on(NOW, find_track(decision, rules), calendar) for _ in range(N_TIMES)],
        WORK,
        Reference.INTERPRETER,
    )


def test_find_refusals(measure: Measure) -> None:
    """An application to the reasons why it cannot be checked: none."""
    rules = load_rules()
    asked = Application(
        reference="A-1",
        level=2,
        applicant=Applicant("name/1", date(1990, 5, 17), "KOR"),
        travel_document=TravelDocument("P1", "KOR", date(2090, 1, 1)),
        residence_card=ResidenceCard(CardKind.PERMANENT, "C1", None),
        consent=ConsentGiven("consent/1", NOW - timedelta(hours=1)),
        captures=Captures({}),
        claim=Claim("a"),
    )
    measure(
        lambda: [find_refusals(asked, rules, NOW) for _ in range(N_TIMES)],
        WORK,
        Reference.INTERPRETER,
    )
