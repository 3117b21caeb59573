"""What is wrong with the operator's rules is the server's trouble, and not the caller's."""

from __future__ import annotations

import logging
from dataclasses import replace

import grpc
import pytest

from intake.applications import NOW
from intake.people import OFFICER, WITHOUT_FACES, application_of
from service.wire import check_request, run, serving
from vantay.engine import Engine
from vantay.intake.application import Claim, EnrolIf
from vantay.intake.desk import IntakeDesk
from vantay_service.client import ServiceError
from vantay_service.v1.cases_pb2 import DecideCaseRequest, DifferentPerson

NEWCOMER = 20


def check_is_setup(error: ServiceError, caplog: pytest.LogCaptureFixture) -> None:
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "SERVER_SETUP")
    assert "wanted" not in error.message
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert vars(record)["incident"] == error.metadata["incident"]
    assert "no gallery 'wanted'" in vars(record)["error_message"]


def test_missing_gallery_of_the_rules_is_told_to_the_operator(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        rules = replace(WITHOUT_FACES, watchlist="wanted")
        async with serving(engine, rules=rules) as wire, wire.async_client() as client:
            with pytest.raises(ServiceError) as refused:
                await client.check_applicant(check_request(NEWCOMER))
            check_is_setup(refused.value, caplog)

    run(scenario())
    assert engine.audit_entries()[-1].reason == "GalleryNotFound"


def test_missing_gallery_for_newcomers_is_told_when_a_case_enrols(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    application = application_of(NEWCOMER, claim=Claim("S-2"), enrol_if=frozenset({EnrolIf.NEW}))
    case_id = IntakeDesk(engine, WITHOUT_FACES, clock=lambda: NOW).check(application, OFFICER).case_id

    async def scenario() -> None:
        rules = replace(WITHOUT_FACES, enrol_galleries=("wanted",))
        verdict = DecideCaseRequest(case_id=case_id, different_person=DifferentPerson(), reason="no scar")
        async with serving(engine, rules=rules) as wire, wire.async_client() as client:
            with pytest.raises(ServiceError) as refused:
                await client.decide_case(verdict)
            check_is_setup(refused.value, caplog)

    run(scenario())
    assert engine.case(case_id).status == "open"
