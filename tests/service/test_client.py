"""What the clients do when calls fail: both kinds against real servers."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import replace

import grpc
import pytest

from service.failing_server import N_DECISIONS, UNAVAILABLE, Script, failing_server
from service.wire import QUICK, bulk_records, run
from vantay_service.client import AsyncVantayClient, CallSettings, RetryPolicy, ServiceError, VantayClient
from vantay_service.client.connection import check_loopback
from vantay_service.client.retrying import Attempts
from vantay_service.error_status import ErrorStatus
from vantay_service.v1 import enrolment_pb2 as pb

OVERLOADED = ErrorStatus(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", "later", retry_after_s=0.15)
TOO_LARGE = ErrorStatus(grpc.StatusCode.RESOURCE_EXHAUSTED, "", "message too large")
NOT_FOUND = ErrorStatus(grpc.StatusCode.NOT_FOUND, "SUBJECT_NOT_FOUND", "nobody", {"a": "b"})

Read = Callable[[Script, CallSettings], object]


def read_sync(script: Script, settings: CallSettings = QUICK) -> object:
    with VantayClient(script.address, settings=settings) as client:
        return client.read(pb.ReadRequest(subject_id="S-1")).subject_id


def read_async(script: Script, settings: CallSettings = QUICK) -> object:
    async def scenario() -> str:
        async with AsyncVantayClient(script.address, settings=settings) as client:
            return (await client.read(pb.ReadRequest(subject_id="S-1"))).subject_id

    return run(scenario())


either_client = pytest.mark.parametrize("read", [read_sync, read_async])


@either_client
def test_read_is_made_again_until_it_succeeds(read: Read) -> None:
    with failing_server(UNAVAILABLE, UNAVAILABLE) as script:
        assert read(script, QUICK) == "S-1"
        assert len(script.asked_at) == 3


@either_client
def test_read_is_not_made_more_often_than_the_policy_says(read: Read) -> None:
    with failing_server(*[UNAVAILABLE] * 9) as script:
        with pytest.raises(ServiceError) as failed:
            read(script, QUICK)
        assert len(script.asked_at) == QUICK.retries.n_attempts
        assert (failed.value.code, failed.value.reason) == (grpc.StatusCode.UNAVAILABLE, "NOT_READY")


@either_client
def test_overloaded_server_is_asked_again_when_it_said(read: Read) -> None:
    with failing_server(OVERLOADED) as script:
        read(script, QUICK)
        first, second = script.asked_at
        assert second - first >= 0.15


@either_client
@pytest.mark.parametrize("status", [TOO_LARGE, NOT_FOUND])
def test_what_another_attempt_does_not_mend_is_not_attempted(read: Read, status: ErrorStatus) -> None:
    with failing_server(status) as script:
        with pytest.raises(ServiceError) as failed:
            read(script, QUICK)
        assert len(script.asked_at) == 1
        assert failed.value.metadata == status.metadata
        assert failed.value.message == status.message


@either_client
def test_pause_beyond_the_deadline_is_not_begun(read: Read) -> None:
    with failing_server(replace(OVERLOADED, retry_after_s=100.0)) as script:
        with pytest.raises(ServiceError) as failed:
            read(script, replace(QUICK, deadline_s=5.0))
        assert failed.value.retry_after_s == 100.0
        assert len(script.asked_at) == 1


@pytest.mark.parametrize("call", ["enrol", "add_encounter", "erase"])
def test_what_is_not_idempotent_is_never_made_again(call: str) -> None:
    requests = {
        "enrol": pb.EnrolRequest(subject_id="S-1"),
        "add_encounter": pb.AddEncounterRequest(subject_id="S-1"),
        "erase": pb.EraseRequest(subject_id="S-1"),
    }
    for status in (UNAVAILABLE, OVERLOADED):
        with failing_server(status) as script, VantayClient(script.address, settings=QUICK) as client:
            with pytest.raises(ServiceError):
                getattr(client, call)(requests[call])
            assert len(script.asked_at) == 1


def test_enrolment_with_a_key_is_made_again() -> None:
    with failing_server(UNAVAILABLE) as script, VantayClient(script.address, settings=QUICK) as client:
        client.enrol(pb.EnrolRequest(subject_id="S-1", idempotency_key="k"))
        assert len(script.asked_at) == 2


def test_server_that_is_not_there_is_waited_for_within_the_attempts() -> None:
    with failing_server() as script:
        pass
    with pytest.raises(ServiceError) as failed:
        read_sync(script, QUICK)
    assert failed.value.code is grpc.StatusCode.UNAVAILABLE
    assert failed.value.reason == ""


def test_pauses_grow_and_differ() -> None:
    policy = RetryPolicy(first_pause_s=1.0, max_pause_s=4.0)
    for n_failed, longest in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 4.0), (400, 4.0)):
        pauses = {policy.pause_s(n_failed) for _ in range(20)}
        assert all(longest / 2 <= pause <= longest for pause in pauses)
        assert len(pauses) > 1


def test_attempts_share_one_deadline() -> None:
    attempts = Attempts(RetryPolicy(), 0.0, is_idempotent=True)
    assert attempts.time_left_s() == 0.0


@pytest.mark.parametrize("address", ["abis.example:8443", "10.0.0.1:1", "[2001:db8::1]:1", "0.0.0.0:1"])
def test_no_personal_data_in_the_clear_to_another_machine(address: str) -> None:
    with pytest.raises(ValueError, match="without TLS"):
        VantayClient(address)
    with pytest.raises(ValueError, match="without TLS"):
        AsyncVantayClient(address)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "[::1]:1", "localhost:1"])
def test_this_machine_may_be_called_in_the_clear(address: str) -> None:
    check_loopback(address)


def test_bulk_stream_that_ends_early_is_an_error() -> None:
    with failing_server() as script, VantayClient(script.address, settings=QUICK) as client:
        results = client.bulk_enrol(bulk_records(range(4)))
        assert next(results).index == 0
        with pytest.raises(ServiceError, match="ended after 1 results"):
            next(results)


BREAKS = ["unavailable", "end", "unknown", "silence", "unavailable"]


def test_feed_misses_none_and_repeats_none_whatever_breaks() -> None:
    settings = replace(QUICK, heartbeat_s=0.1)
    with (
        failing_server(breaks=list(BREAKS)) as script,
        VantayClient(script.address, settings=settings) as client,
    ):
        decisions = list(itertools.islice(client.decisions.watch(), N_DECISIONS))
        assert [d.sequence for d in decisions] == list(range(1, N_DECISIONS + 1))
        assert script.watched_from == [1, 2, 3, 4, 5, 6]


def test_asynchronous_feed_misses_none_and_repeats_none_whatever_breaks() -> None:
    settings = replace(QUICK, heartbeat_s=0.1)

    async def scenario(script: Script) -> list[int]:
        async with AsyncVantayClient(script.address, settings=settings) as client:
            feed = client.decisions.watch()
            seen = [(await anext(feed)).sequence for _ in range(N_DECISIONS)]
            await feed.aclose()
            return seen

    with failing_server(breaks=list(BREAKS)) as script:
        assert run(scenario(script)) == list(range(1, N_DECISIONS + 1))
        assert script.watched_from == [1, 2, 3, 4, 5, 6]


def test_feed_that_may_not_be_watched_says_so() -> None:
    denied = ErrorStatus(grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING", "no")
    with failing_server(denied) as script, VantayClient(script.address, settings=QUICK) as client:
        with pytest.raises(ServiceError) as failed:
            list(client.decisions.watch(N_DECISIONS + 2))
        assert failed.value.reason == "ROLE_MISSING"


def test_slow_reader_of_the_feed_is_not_cut_off() -> None:
    settings = replace(QUICK, heartbeat_s=0.1)
    with failing_server() as script, VantayClient(script.address, settings=settings) as client:
        feed = client.decisions.watch()
        next(feed)
        time.sleep(0.5)
        assert [next(feed).sequence for _ in range(3)] == [2, 3, 4]
        feed.close()
        assert script.watched_from == [1]


def test_iterators_end_when_the_client_closes() -> None:
    async def scenario(script: Script) -> list[int]:
        client = AsyncVantayClient(script.address, settings=QUICK)

        async def watch() -> list[int]:
            return [decision.sequence async for decision in client.decisions.watch()]

        watching = asyncio.create_task(watch())
        while len(script.watched_from) < 2:
            await asyncio.sleep(0.01)
        await client.close()
        return await watching

    with failing_server() as script:
        assert run(scenario(script)) == list(range(1, N_DECISIONS + 1))
