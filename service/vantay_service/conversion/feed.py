"""Published decisions, to the wire."""

from __future__ import annotations

from vantay.store.published import PublishedDecision
from vantay_service.conversion.fields import read_number
from vantay_service.conversion.limits import (
    DEFAULT_HEARTBEAT_MS,
    MAX_HEARTBEAT_MS,
    MAX_SEQUENCE,
    MIN_HEARTBEAT_MS,
)
from vantay_service.conversion.people import write_time
from vantay_service.v1 import decisions_pb2 as pb
from vantay_service.v1.intake_pb2 import CheckReason, Due


def read_sequence_before(request: pb.WatchRequest) -> int:
    """Read after which decision the stream begins; 0 for all."""
    return max(int(read_number("from_sequence", request.from_sequence, 0, MAX_SEQUENCE)) - 1, 0)


def read_heartbeat_s(request: pb.WatchRequest) -> float:
    """Read how long the stream may stay silent."""
    if not request.heartbeat_ms:
        return DEFAULT_HEARTBEAT_MS / 1000
    return read_number("heartbeat_ms", request.heartbeat_ms, MIN_HEARTBEAT_MS, MAX_HEARTBEAT_MS) / 1000


def write_published(decision: PublishedDecision) -> pb.WatchResponse:
    """Tell of a decision."""
    return pb.WatchResponse(
        decision=pb.Decision(
            sequence=decision.sequence,
            recorded_at=write_time(decision.recorded_at),
            kind=pb.DecisionKind.Value(f"DECISION_KIND_{decision.kind}"),
            application_reference=decision.reference,
            subject_id=decision.subject_id,
            other_subject_id=decision.other_subject_id,
            outcome=decision.outcome,
            reasons=[CheckReason.Value(f"CHECK_REASON_{reason}") for reason in decision.reasons],
            due=_write_due(decision),
            case_id=decision.case_id,
        )
    )


def write_heartbeat(last_sequence: int) -> pb.WatchResponse:
    """Tell that the stream lives."""
    return pb.WatchResponse(heartbeat=pb.Heartbeat(last_sequence=last_sequence))


def _write_due(decision: PublishedDecision) -> Due | None:
    if decision.due_on is None:
        return None
    return Due(working_days=decision.working_days or 0, due_on=decision.due_on.isoformat())
