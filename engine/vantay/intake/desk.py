"""`IntakeDesk`: one call answers whether an applicant is known, new, or a case for a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from vantay.engine import Engine
from vantay.intake.application import Application
from vantay.intake.result import CheckResult
from vantay.intake.rules import IntakeRules
from vantay.store import Actor


def read_clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


class IntakeDesk:
    """Checks applicants. Any number of threads may use one desk, and any number of desks one database."""

    def __init__(
        self,
        engine: Engine,
        rules: IntakeRules,
        *,
        clock: Callable[[], datetime] = read_clock,
        keeps_images: bool = False,
    ) -> None:
        self._engine = engine
        self._rules = rules
        self._clock = clock
        self._keeps_images = keeps_images

    def check(self, application: Application, actor: Actor) -> CheckResult:
        """Check an applicant."""
        raise NotImplementedError
