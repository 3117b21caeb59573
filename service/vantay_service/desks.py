"""What handlers hand their work to."""

from __future__ import annotations

from dataclasses import dataclass

from vantay.engine import Engine
from vantay.intake.case_desk import CaseDesk
from vantay.intake.desk import IntakeDesk
from vantay.intake.records_desk import RecordsDesk


@dataclass(frozen=True, slots=True)
class Desks:
    """The desks of one installation, and the engine that they share."""

    engine: Engine
    intake: IntakeDesk
    cases: CaseDesk
    records: RecordsDesk
