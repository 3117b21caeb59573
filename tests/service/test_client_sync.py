"""The client that blocks makes the same calls as the other one."""

from __future__ import annotations

import asyncio
import inspect
import itertools

import pytest

from service.wire import Wire, bulk_records, check_request, encounter_of, run, serving, wire_samples
from vantay.engine import Engine
from vantay_service.client import AsyncDecisionFeed, AsyncVantayClient, DecisionFeed, VantayClient
from vantay_service.v1 import cases_pb2, enrolment_pb2, identification_pb2, intake_pb2, verification_pb2


@pytest.mark.parametrize(
    ("blocking", "other"), [(VantayClient, AsyncVantayClient), (DecisionFeed, AsyncDecisionFeed)]
)
def test_both_clients_have_the_same_calls(blocking: type, other: type) -> None:
    def parameters_of(kind: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(call).parameters)
            for name, call in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert parameters_of(blocking) == parameters_of(other)


def tour(wire: Wire) -> None:
    """Make every call once, with an answer that only it gives."""
    with wire.client() as client:
        answer = client.check_applicant(check_request(1, 1))
        assert answer.outcome == intake_pb2.OUTCOME_CONFLICT
        assert client.verify(
            verification_pb2.VerifyRequest(probe=wire_samples(2, 1), subject_id="S-2")
        ).is_match
        found = client.identify(identification_pb2.IdentifyRequest(probe=wire_samples(3, 1)))
        assert found.candidates[0].subject_id == "S-3"
        client.enrol(enrolment_pb2.EnrolRequest(subject_id="N-1", encounter=encounter_of(30)))
        client.add_encounter(
            enrolment_pb2.AddEncounterRequest(subject_id="N-1", encounter=encounter_of(30, 1))
        )
        assert len(client.read(enrolment_pb2.ReadRequest(subject_id="N-1")).encounters) == 2
        assert client.lock(enrolment_pb2.LockRequest(subject_id="N-1")).was_changed
        assert client.unlock(enrolment_pb2.UnlockRequest(subject_id="N-1")).was_changed
        assert client.merge(enrolment_pb2.MergeRequest(winner_id="S-0", loser_id="N-1")).n_encounters == 2
        assert client.erase(enrolment_pb2.EraseRequest(subject_id="S-0")).receipt_json
        assert [case.case_id for case in client.list_cases(cases_pb2.ListCasesRequest())] == [answer.case_id]
        read = client.read_case(cases_pb2.ReadCaseRequest(case_id=answer.case_id))
        assert read.result.case_id == answer.case_id
        verdict = cases_pb2.DecideCaseRequest(
            case_id=answer.case_id, same_person=cases_pb2.SamePerson(subject_id="S-1"), reason="scar"
        )
        assert client.decide_case(verdict).subject_id == "S-1"
        results = list(client.bulk_enrol(bulk_records(range(40, 43))))
        assert [result.subject_id for result in results] == ["B-40", "B-41", "B-42"]
        kinds = [d.kind for d in itertools.islice(client.decisions.watch(), 6)]
        assert kinds == [1, 3, 4, 5, 6, 2]


def test_blocking_client_makes_every_call(engine: Engine) -> None:
    async def scenario() -> None:
        async with serving(engine) as wire:
            await asyncio.to_thread(tour, wire)

    run(scenario())
