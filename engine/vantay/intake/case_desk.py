"""`CaseDesk`: what a person must decide, and what the decision does to the records."""

from __future__ import annotations

from dataclasses import dataclass
from vantay.engine import Engine
from vantay.intake.application import Application
from vantay.intake.capture_file import CapturedSamples
from vantay.intake.result import CheckResult
from vantay.intake.rules import IntakeRules
from vantay.intake.verdict import CaseDecision, Verdict
from vantay.store import Actor, StoredCase


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as an examiner reads it.

    Attributes
    ----------
    case : StoredCase
    result : CheckResult, optional
        What the check found: candidates, claim, captures. None once it was purged or erased.
    captures : CapturedSamples, optional
        Templates, and images if they were kept. None once they were purged or erased.
    """

    case: StoredCase
    result: CheckResult | None
    captures: CapturedSamples | None


class CaseDesk:
    """The cases of an installation."""

    def __init__(self, engine: Engine, rules: IntakeRules) -> None:
        self._engine = engine
        self._rules = rules

    def list_cases(
        self, actor: Actor, *, status: str | None = None, after: str = "", limit: int = 100
    ) -> list[StoredCase]:
        """List cases, the oldest first; ``after`` is the identifier of the last one seen."""
        raise NotImplementedError

    def read_case(self, actor: Actor, case_id: str) -> CaseFile:
        """Read a case with what was found and captured."""
        raise NotImplementedError

    def decide(self, actor: Actor, case_id: str, verdict: Verdict, reason: str) -> CaseDecision:
        """Decide a case; the decision is applied to the records in the same transaction."""
        raise NotImplementedError
