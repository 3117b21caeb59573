"""The clients with certificates, and the feed of a real server that is stopped and started again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
import grpc.aio
import pytest

from service.wire import QUICK, check_request, run, serving
from vantay.engine import Engine
from vantay.store import Actor
from vantay_service.access.certificates import make_authority
from vantay_service.client import AsyncVantayClient, CallSettings, ServiceError, TlsFiles, VantayClient
from vantay_service.v1 import enrolment_pb2
from vantay_service.v1.decisions_pb2 import Decision

OPERATOR = Actor("operator-1", "operator", "r-1")


def read_over_tls(folder: Path, name: str, port: int) -> str:
    tls = TlsFiles.in_folder(folder, name)
    with VantayClient(f"localhost:{port}", tls, QUICK) as client:
        return client.read(enrolment_pb2.ReadRequest(subject_id="S-1")).subject_id


def test_client_with_certificates_is_answered_and_one_of_another_authority_is_not(
    engine: Engine, tmp_path: Path
) -> None:
    authority = make_authority(tmp_path / "certs", names=["localhost"], addresses=["127.0.0.1"])
    authority.issue("counter-3")
    make_authority(tmp_path / "others", names=["localhost"], addresses=[]).issue("counter-3")
    credentials = grpc.ssl_server_credentials(
        [(authority.server.key.read_bytes(), authority.server.certificate.read_bytes())],
        authority.certificate_file.read_bytes(),
        require_client_auth=True,
    )

    async def scenario() -> None:
        async with serving(engine, credentials=credentials) as wire:
            answer = await asyncio.to_thread(read_over_tls, tmp_path / "certs", "counter-3", wire.port)
            assert answer == "S-1"
            with pytest.raises(ServiceError) as refused:
                await asyncio.to_thread(read_over_tls, tmp_path / "others", "counter-3", wire.port)
            assert refused.value.code is grpc.StatusCode.UNAVAILABLE

    run(scenario())


def test_feed_goes_on_where_it_was_when_the_server_comes_back(engine: Engine) -> None:
    seen: list[Decision] = []

    async def watch(client: AsyncVantayClient) -> None:
        async for decision in client.decisions.watch():
            seen.append(decision)  # noqa: PERF401 - looked at while it grows

    async def scenario() -> None:
        async with serving(engine) as wire:
            port = wire.port
            client = wire.async_client(CallSettings(heartbeat_s=0.2))
            watching = asyncio.create_task(watch(client))
            await client.check_applicant(check_request(20))
            while len(seen) < 1:
                await asyncio.sleep(0.01)
        engine.lock("S-0")  # the engine's own call publishes nothing
        await asyncio.to_thread(wire.desks.records.lock, OPERATOR, "S-1")
        await asyncio.to_thread(wire.desks.records.unlock, OPERATOR, "S-1")
        async with serving(engine, port=port):
            await client.lock(enrolment_pb2.LockRequest(subject_id="S-2"))
            while len(seen) < 4:
                await asyncio.sleep(0.01)
        watching.cancel()
        await client.close()

    run(scenario())
    assert [decision.sequence for decision in seen] == [1, 2, 3, 4]
    assert [decision.subject_id for decision in seen[1:]] == ["S-1", "S-1", "S-2"]


def test_full_queue_is_told_and_waited_for(engine: Engine) -> None:
    async def scenario() -> None:
        async with serving(engine, n_waiting=1) as wire, wire.async_client() as client:
            calls = [client.check_applicant(check_request(20 + i)) for i in range(12)]
            answers = await asyncio.gather(*calls, return_exceptions=True)
            told = [a for a in answers if isinstance(a, ServiceError)]
            assert all((e.reason, e.code) == ("OVERLOADED", grpc.StatusCode.RESOURCE_EXHAUSTED) for e in told)
            assert len(told) < len(answers)

    run(scenario())
