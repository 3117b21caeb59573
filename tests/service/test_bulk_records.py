"""Records of a bulk enrolment that cannot be used: each fails alone, is named, and is in the audit log."""

from __future__ import annotations

from service.wire import bulk_records, run, serving
from vantay.engine import Engine
from vantay_service.v1 import enrolment_pb2 as pb
from vantay_service.v1.samples_pb2 import FINGER_POSITION_UNSPECIFIED


def test_unusable_records_fail_alone_and_are_noted(engine: Engine) -> None:
    records = bulk_records(range(30, 34))
    records[0].encounter.captures.samples.fingers[0].position = FINGER_POSITION_UNSPECIFIED
    records[1].record_id = "x" * 129
    records[2].encounter.captures.samples.fingers[0].image = b"no image at all"

    async def scenario() -> None:
        async with serving(engine) as wire, wire.async_client() as client:
            results = [result async for result in client.bulk_enrol(records)]
            assert [result.outcome for result in results] == [pb.BULK_OUTCOME_FAILED] * 3 + [
                pb.BULK_OUTCOME_ENROLLED
            ]
            assert [result.error_reason for result in results[:3]] == [
                "INVALID_REQUEST",
                "INVALID_REQUEST",
                "INVALID_SAMPLE",
            ]
            assert results[1].error_message.startswith("record_id: ")
            assert results[1].record_id == "x" * 128

    run(scenario())
    noted = {entry.subject_id: (entry.outcome, entry.reason) for entry in engine.audit_entries()}
    assert noted == {
        "B-30": ("FAILED", "InvalidField"),
        "B-31": ("FAILED", "InvalidField"),
        "B-32": ("FAILED", "InvalidSample"),
        "B-33": ("ENROLLED", ""),
    }
