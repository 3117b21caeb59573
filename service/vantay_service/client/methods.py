"""Which calls may be made again."""

from __future__ import annotations

from vantay_service.v1.enrolment_pb2 import AddEncounterRequest, EnrolRequest, EraseRequest


def is_idempotent(request: object) -> bool:
    """Tell whether a call may be made again although the first one may have been carried out.

    Reads are, and checks, whose reference is their key; locks, merges and verdicts lead to the same state. An
    enrolment is if it has a key. An erasure is not: its receipt would tell of nothing left to erase.
    """
    if isinstance(request, EnrolRequest | AddEncounterRequest):
        return bool(request.idempotency_key)
    return not isinstance(request, EraseRequest)
