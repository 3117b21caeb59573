"""Each call over the wire, with the real engine behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
import pytest

from service.wire import bulk_records, check_request, encounter_of, run, serving, wire_samples
from vantay.engine import Engine
from vantay.intake.receipts import SignedReceipt, verify_receipt
from vantay_service.client import AsyncVantayClient, ServiceError
from vantay_service.conversion.limits import RequestLimits
from vantay_service.v1 import cases_pb2, decisions_pb2, enrolment_pb2, people_pb2
from vantay_service.v1 import identification_pb2 as identify_pb2
from vantay_service.v1 import intake_pb2 as intake
from vantay_service.v1 import verification_pb2 as verify_pb2

NEWCOMER = 20


def test_check_enrols_a_newcomer_and_answers_the_same_again(engine: Engine) -> None:
    async def scenario() -> None:
        async with serving(engine) as wire, wire.async_client() as client:
            first = await client.check_applicant(check_request(NEWCOMER))
            assert first.outcome == intake.OUTCOME_NEW
            assert list(first.reasons) == [intake.CHECK_REASON_NOBODY_FOUND]
            assert first.due.working_days == 7
            assert first.n_searched == 6
            assert len(first.captures) == 10
            assert {timing.stage for timing in first.timings} >= {"extract", "store"}
            assert engine.show(first.subject_id).encounters[0].encounter_id == first.encounter_id
            again = await client.check_applicant(check_request(NEWCOMER))
            assert again.is_repeat
            assert again.subject_id == first.subject_id
            with pytest.raises(ServiceError) as refused:
                await client.check_applicant(check_request(NEWCOMER, level=1))
            assert refused.value.code is grpc.StatusCode.ALREADY_EXISTS
            assert refused.value.reason == "IDEMPOTENCY_CONFLICT"

    run(scenario())


def test_check_knows_whoever_claims_to_be_enrolled(engine: Engine) -> None:
    async def scenario() -> None:
        async with serving(engine) as wire, wire.async_client() as client:
            request = check_request(1, visit=1, claim=intake.Claim(subject_id="S-1"))
            answer = await client.check_applicant(request)
            assert answer.outcome == intake.OUTCOME_KNOWN
            assert answer.claim.is_match
            assert len(answer.claim.finger_scores) == 10
            assert answer.subject_id == "S-1"
            assert answer.candidates[0].is_claimed
            assert answer.due.working_days == 3

    run(scenario())


def test_conflict_becomes_a_case_that_an_examiner_decides(engine: Engine) -> None:
    async def scenario() -> None:
        async with serving(engine) as wire, wire.async_client() as client:
            answer = await client.check_applicant(check_request(1, visit=1))
            assert answer.outcome == intake.OUTCOME_CONFLICT
            cases = [c async for c in client.list_cases(cases_pb2.ListCasesRequest(page_size=1))]
            assert [case.case_id for case in cases] == [answer.case_id]
            assert cases[0].status == cases_pb2.CASE_STATUS_OPEN
            read = await client.read_case(
                cases_pb2.ReadCaseRequest(case_id=answer.case_id, with_captures=True)
            )
            assert read.result.candidates[0].subject_id == "S-1"
            assert (len(read.captures.fingers), read.arrangement) == (10, "as-given")
            bare = await client.read_case(cases_pb2.ReadCaseRequest(case_id=answer.case_id))
            assert not bare.HasField("captures")
            verdict = cases_pb2.DecideCaseRequest(
                case_id=answer.case_id,
                same_person=cases_pb2.SamePerson(subject_id="S-1"),
                reason="the same\nscar",
            )
            decided = await client.decide_case(verdict)
            assert decided.subject_id == "S-1"
            assert decided.outcome == intake.OUTCOME_KNOWN
            assert (await client.decide_case(verdict)).is_repeat
            other = cases_pb2.DecideCaseRequest(
                case_id=answer.case_id, different_person=cases_pb2.DifferentPerson(), reason="no"
            )
            with pytest.raises(ServiceError) as refused:
                await client.decide_case(other)
            assert refused.value.reason == "CASE_DECIDED"
            summary = (await client.read_case(cases_pb2.ReadCaseRequest(case_id=answer.case_id))).summary
            assert summary.verdict == cases_pb2.VERDICT_SAME_PERSON
            assert (summary.verdict_subject_id, summary.examiner) == ("S-1", "tester")

    run(scenario())


def test_verify_by_subject_by_document_and_by_samples(engine: Engine) -> None:
    async def scenario(client: AsyncVantayClient) -> None:
        by_subject = await client.verify(
            verify_pb2.VerifyRequest(probe=wire_samples(2, 1), subject_id="S-2", threshold_fmr=1e-4)
        )
        assert by_subject.is_match
        assert by_subject.threshold == pytest.approx(40)
        assert (len(by_subject.probe.qualities), by_subject.is_locked) == (10, False)
        engine.lock("S-2")
        locked = await client.verify(verify_pb2.VerifyRequest(probe=wire_samples(2, 1), subject_id="S-2"))
        assert (locked.is_match, locked.is_locked) == (True, True)
        await client.check_applicant(check_request(NEWCOMER))
        document = people_pb2.DocumentReference(document_type="passport", number=f"P-00000{NEWCOMER}")
        by_document = await client.verify(
            verify_pb2.VerifyRequest(probe=wire_samples(NEWCOMER, 1), document=document)
        )
        assert by_document.is_match
        assert by_document.subject_id
        by_samples = await client.verify(
            verify_pb2.VerifyRequest(probe=wire_samples(3, 1), samples=wire_samples(4))
        )
        assert not by_samples.is_match
        assert by_samples.subject_id == ""

    _with_client(engine, scenario)


def test_identify_finds_and_filters(engine: Engine) -> None:
    async def scenario(client: AsyncVantayClient) -> None:
        found = await client.identify(
            identify_pb2.IdentifyRequest(probe=wire_samples(5, 1), max_candidates=2)
        )
        assert found.candidates[0].subject_id == "S-5"
        assert found.candidates[0].is_match
        assert found.candidates[0].rank == 1
        assert found.n_searched == 6
        locked = identify_pb2.SearchFilter(status=people_pb2.SUBJECT_STATUS_LOCKED)
        engine.lock("S-0")
        others = await client.identify(identify_pb2.IdentifyRequest(probe=wire_samples(5, 1), filter=locked))
        assert others.n_searched == 1
        assert not any(candidate.is_match for candidate in others.candidates)

    _with_client(engine, scenario)


def test_subjects_live_from_enrolment_to_erasure(engine: Engine) -> None:
    async def scenario(client: AsyncVantayClient) -> None:
        request = enrolment_pb2.EnrolRequest(
            subject_id="N-1",
            encounter=encounter_of(30),
            biographics=people_pb2.Biographics(birth_date="1984-02-29", sex=people_pb2.SEX_X),
            documents=[people_pb2.Document(document_type="passport", number="M 1", expires_on="9999-12-31")],
            idempotency_key="k-1",
        )
        enrolled = await client.enrol(request)
        assert (await client.enrol(request)).encounter_id == enrolled.encounter_id
        added = await client.add_encounter(
            enrolment_pb2.AddEncounterRequest(subject_id="N-1", encounter=encounter_of(30, 1))
        )
        read = await client.read(enrolment_pb2.ReadRequest(subject_id="N-1"))
        assert [e.encounter_id for e in read.encounters] == [enrolled.encounter_id, added.encounter_id]
        assert read.biographics.birth_date == "1984-02-29"
        assert read.documents[0].expires_on == "9999-12-31"
        assert len(read.encounters[0].templates) == 10
        assert read.encounters[0].recorded_at == enrolled.recorded_at
        lock = enrolment_pb2.LockRequest(subject_id="N-1", reason="expired")
        assert (await client.lock(lock)).was_changed
        assert not (await client.lock(lock)).was_changed
        assert (await client.unlock(enrolment_pb2.UnlockRequest(subject_id="N-1"))).was_changed
        merged = await client.merge(enrolment_pb2.MergeRequest(winner_id="S-0", loser_id="N-1"))
        assert merged.n_encounters == 2
        with pytest.raises(ServiceError) as refused:
            await client.lock(lock)
        assert refused.value.reason == "SUBJECT_MERGED"
        assert refused.value.metadata == {"merged_into": "S-0"}
        erased = await client.erase(enrolment_pb2.EraseRequest(subject_id="S-0", reason="asked to"))
        receipt = SignedReceipt.from_json(erased.receipt_json)
        verify_receipt(receipt)
        assert receipt.body["subject_id"] == "S-0"
        assert (await client.read(enrolment_pb2.ReadRequest(subject_id="S-0"))).status == (
            people_pb2.SUBJECT_STATUS_ERASED
        )

    _with_client(engine, scenario)


def test_bulk_enrolment_answers_every_record_in_order(engine: Engine) -> None:
    records = bulk_records(range(40, 50))
    records[3].encounter.captures.samples.fingers[0].template_record = b"FMR\x00 damaged"
    records[5].subject_id = "S-1"
    records[7].biographics.nationality = "korean"
    limits = RequestLimits(max_batch_records=4)

    async def scenario() -> None:
        async with serving(engine, limits=limits) as wire, wire.async_client() as client:
            results = [r async for r in client.bulk_enrol(records)]
            assert [r.index for r in results] == list(range(10))
            assert [r.record_id for r in results] == [r.record_id for r in records]
            reasons = {r.index: r.error_reason for r in results if r.error_reason}
            assert reasons == {3: "INVALID_TEMPLATE", 5: "ALREADY_ENROLLED", 7: "INVALID_REQUEST"}
            assert {r.encounter_id for r in results if r.outcome == enrolment_pb2.BULK_OUTCOME_ENROLLED} == {
                f"E-{person}" for person in range(40, 50) if person not in {43, 45, 47}
            }
            again = [r async for r in client.bulk_enrol(records, enrolment_pb2.ON_CONFLICT_SKIP)]
            assert [r.outcome for r in again].count(enrolment_pb2.BULK_OUTCOME_SKIPPED) == 8

    run(scenario())


def test_bulk_enrolment_answers_whoever_waits_for_each_result(engine: Engine) -> None:
    async def scenario() -> None:
        async with serving(engine) as wire, wire.async_client() as client:
            answered = asyncio.Event()

            async def records() -> AsyncIterator[enrolment_pb2.BulkRecord]:
                for record in bulk_records(range(3)):
                    answered.clear()
                    yield record
                    await answered.wait()

            n = 0
            async for _ in client.bulk_enrol(records(), batch_records=1):
                n += 1
                answered.set()
            assert n == 3

    run(scenario())


def test_feed_tells_all_from_a_number_on_then_each_new_one(engine: Engine) -> None:
    async def scenario(client: AsyncVantayClient) -> None:
        await client.check_applicant(check_request(NEWCOMER))
        await client.check_applicant(check_request(1, visit=1))
        feed = client.decisions.watch()
        first, second = await anext(feed), await anext(feed)
        assert (first.sequence, second.sequence) == (1, 2)
        assert (first.kind, first.outcome) == (decisions_pb2.DECISION_KIND_CHECK, "NEW")
        assert first.application_reference == f"A-{NEWCOMER}-0"
        assert first.due.working_days == 7
        assert second.case_id
        await client.lock(enrolment_pb2.LockRequest(subject_id="S-2"))
        third = await anext(feed)
        assert (third.kind, third.subject_id) == (decisions_pb2.DECISION_KIND_LOCK, "S-2")
        await feed.aclose()
        later = client.decisions.watch(3)
        assert await anext(later) == third
        await later.aclose()

    _with_client(engine, scenario)


def test_feed_refuses_whoever_has_seen_more_than_there_is(engine: Engine) -> None:
    async def scenario(client: AsyncVantayClient) -> None:
        with pytest.raises(ServiceError) as refused:
            await anext(client.decisions.watch(5))
        assert refused.value.code is grpc.StatusCode.FAILED_PRECONDITION

    _with_client(engine, scenario)


def test_every_call_is_in_the_audit_log(engine: Engine) -> None:
    async def scenario(client: AsyncVantayClient) -> None:
        await client.check_applicant(check_request(NEWCOMER))
        await client.identify(identify_pb2.IdentifyRequest(probe=wire_samples(1)))
        await client.read(enrolment_pb2.ReadRequest(subject_id="S-1"))
        with pytest.raises(ServiceError):
            await client.read(enrolment_pb2.ReadRequest(subject_id="nobody"))
        noted = [(entry.call, entry.actor_name, entry.outcome) for entry in engine.audit_entries()]
        assert noted == [
            ("IntakeService/CheckApplicant", "tester", "NEW"),
            ("IdentificationService/Identify", "tester", "FOUND"),
            ("EnrolmentService/Read", "tester", "READ"),
            ("EnrolmentService/Read", "tester", "FAILED"),
        ]

    _with_client(engine, scenario)


def test_image_that_is_no_print_is_told_by_its_field_or_its_report(engine: Engine) -> None:
    async def scenario(client: AsyncVantayClient) -> None:
        request = verify_pb2.VerifyRequest(probe=wire_samples(1), subject_id="S-1")
        request.probe.fingers[2].image = b""
        with pytest.raises(ServiceError) as refused:
            await client.verify(request)
        assert refused.value.metadata == {"field": "probe.fingers[2].image"}
        request.probe.fingers[2].image = b"no image"
        with pytest.raises(ServiceError) as refused:
            await client.verify(request)
        assert refused.value.reason == "INVALID_SAMPLE"

    _with_client(engine, scenario)


def _with_client(engine: Engine, scenario: Callable[[AsyncVantayClient], Awaitable[None]]) -> None:
    async def bound() -> None:
        async with serving(engine) as wire, wire.async_client() as client:
            await scenario(client)

    run(bound())
