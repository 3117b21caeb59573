"""The feed of decisions as rows of a table."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import NamedTuple

from vantay_service.demo.wording import reason_name
from vantay_service.v1.decisions_pb2 import Decision, DecisionKind

VIETNAM_TIME = timezone(timedelta(hours=7))


class TimelineRow(NamedTuple):
    """A decision; the fields are the headings."""

    no: str
    time: str
    kind: str
    application: str
    decision: str
    subject: str
    due: str
    why: str


def timeline_row(decision: Decision) -> TimelineRow:
    """Write a decision as a row, its time in Vietnam."""
    recorded_at = decision.recorded_at.ToDatetime(tzinfo=VIETNAM_TIME)
    reasons = ", ".join(reason_name(reason) for reason in decision.reasons)
    return TimelineRow(
        str(decision.sequence),
        f"{recorded_at:%H:%M:%S}",
        DecisionKind.Name(decision.kind).removeprefix("DECISION_KIND_"),
        decision.application_reference,
        decision.outcome,
        decision.subject_id or "open",
        decision.due.due_on if decision.HasField("due") else "",
        reasons,
    )
