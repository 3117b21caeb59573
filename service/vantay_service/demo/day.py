"""A day at the counter: applications are answered, and an examiner decides a case."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import grpc

from vantay.errors import StateError
from vantay_service.client import ServiceError, VantayClient
from vantay_service.demo.scenarios import Scenario
from vantay_service.v1 import cases_pb2
from vantay_service.v1 import intake_pb2 as pb

EXAMINER_REASON = "Ten fingers and the face agree; the passport of the record has been replaced."


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """An application with its answer.

    Attributes
    ----------
    number : int
        From 1.
    scenario : Scenario
    answer : CheckApplicantResponse
    round_trip_ms : float
        As the counter saw it: images out, answer in.
    """

    number: int
    scenario: Scenario
    answer: pb.CheckApplicantResponse
    round_trip_ms: float

    @property
    def is_right(self) -> bool:
        """Whether the answer is the expected one."""
        return self.scenario.is_right(self.answer)


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """A case that an examiner decided.

    Attributes
    ----------
    case : ReadCaseResponse
        As the examiner read it.
    decision : DecideCaseResponse
    """

    case: cases_pb2.ReadCaseResponse
    decision: cases_pb2.DecideCaseResponse

    @property
    def n_captures(self) -> int:
        """Count the applicant's captures that the examiner was given."""
        return len(self.case.captures.fingers) + self.case.captures.HasField("face")


def play(
    client: VantayClient, scenarios: Sequence[Scenario], tell: Callable[[Answered], None]
) -> list[Answered]:
    """Send one application after another.

    Parameters
    ----------
    client : VantayClient
        Of a counter.
    scenarios : sequence of Scenario
    tell : callable
        Given each answer as it comes.
    """
    answered = []
    for number, scenario in enumerate(scenarios, start=1):
        start = time.perf_counter()
        answer = client.check_applicant(scenario.request)
        one = Answered(number, scenario, answer, 1000 * (time.perf_counter() - start))
        tell(one)
        answered.append(one)
    return answered


def refusal_of(client: VantayClient, case_id: str) -> ServiceError:
    """Let a caller decide a case who may not, and give the refusal.

    Raises
    ------
    StateError
        If nobody refuses.
    """
    try:
        client.decide_case(
            cases_pb2.DecideCaseRequest(case_id=case_id, different_person=cases_pb2.DifferentPerson())
        )
    except ServiceError as error:
        if error.code is not grpc.StatusCode.PERMISSION_DENIED:
            raise
        return error
    raise StateError("a counter decided a case, expected the server to refuse it")


def decide_same_person(client: VantayClient, case_id: str, subject_id: str) -> Ruling:
    """Read a case and decide that the applicant is somebody enrolled.

    Parameters
    ----------
    client : VantayClient
        Of an examiner.
    case_id, subject_id : str
    """
    case = client.read_case(cases_pb2.ReadCaseRequest(case_id=case_id, with_captures=True))
    decision = client.decide_case(
        cases_pb2.DecideCaseRequest(
            case_id=case_id,
            same_person=cases_pb2.SamePerson(subject_id=subject_id),
            reason=EXAMINER_REASON,
        )
    )
    return Ruling(case, decision)


def open_cases(client: VantayClient) -> list[cases_pb2.CaseSummary]:
    """List what waits for an examiner."""
    return list(client.list_cases(cases_pb2.ListCasesRequest(status=cases_pb2.CASE_STATUS_OPEN)))
