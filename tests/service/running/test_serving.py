"""A whole server: start, answers, end."""

from __future__ import annotations

import asyncio
import http.client
import socket
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from service.running.real_server import Site, client_of, request_of, samples_of, serving
from service.running.stand_in import COMPILING_S, run
from vantay.engine import Engine
from vantay.errors import InvalidSetting, StoreUnavailable
from vantay.settings import EngineSettings
from vantay.store import AuditAnchor
from vantay_service.client import ServiceError
from vantay_service.running.serving import Running, StopSignals, serve
from vantay_service.v1 import intake_pb2 as pb
from vantay_service.v1.identification_pb2 import IdentifyRequest

REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site.make(tmp_path)


def get(running: Running, path: str) -> tuple[int, str]:
    assert running.status_port is not None
    connection = http.client.HTTPConnection("127.0.0.1", running.status_port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_an_applicant_is_checked_enrolled_and_found_again(site: Site) -> None:
    async def test() -> None:
        async with serving(site) as running, client_of(site, running) as client:
            new = await client.check_applicant(request_of(7, enrol_if=[pb.ENROL_IF_NEW]))
            assert new.outcome == pb.OUTCOME_NEW
            assert new.subject_id
            request = request_of(7, 1, claim=pb.Claim(subject_id=new.subject_id))
            known = await client.check_applicant(request)
            assert known.outcome == pb.OUTCOME_KNOWN
            again = await client.check_applicant(request)
            assert again.is_repeat
            code, text = await asyncio.to_thread(get, running, "/metrics")
            assert code == 200
            assert 'vantay_check_outcomes_total{outcome="KNOWN"} 1.0' in text
            assert 'vantay_check_outcomes_total{outcome="KNOWN_AGAIN"} 1.0' in text
            assert (
                'vantay_stage_seconds_count{method="IntakeService/CheckApplicant",stage="queue"} 3.0' in text
            )
            assert 'vantay_capture_quality_count{modality="finger"} 20.0' in text

    run(test, COMPILING_S)


def test_what_was_written_is_there_after_the_end(site: Site) -> None:
    async def test() -> None:
        async with serving(site) as running, client_of(site, running) as client:
            await client.check_applicant(request_of(7, enrol_if=[pb.ENROL_IF_NEW]))

    run(test, COMPILING_S)
    with Engine.open(site.folder / "people.db") as engine:
        assert engine.stats().n_subjects == 4
        assert engine.verify_audit().n_entries > 0
        assert engine.last_decision() == 1


def test_the_page_tells_that_the_server_is_ready(site: Site) -> None:
    async def test() -> None:
        async with serving(site) as running:
            assert await asyncio.to_thread(get, running, "/readyz") == (200, "serving\n")
            running.readiness.set_trouble("disk", "the disk is full")
            assert await asyncio.to_thread(get, running, "/readyz") == (503, "serving; the disk is full\n")

    run(test, COMPILING_S)


def test_too_little_room_on_the_disk_keeps_the_server_from_being_ready(site: Site) -> None:
    async def test() -> None:
        async with serving(site, min_free_disk_bytes=1 << 50) as running:
            while "MiB are free" not in running.readiness.describe():
                await asyncio.sleep(0.01)
            assert not running.readiness.is_ready

    run(test, COMPILING_S)


def test_upkeep_counts_people_purges_and_tells_the_audit_anchor(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        async with serving(site) as running:
            read = running.metrics.registry.get_sample_value
            while read("vantay_subjects", {"status": "enrolled"}) != 3:
                await asyncio.sleep(0.01)
            while "audit anchor" not in caplog.messages:
                await asyncio.sleep(0.01)
            assert read("vantay_disk_free_bytes", {})

    with caplog.at_level("INFO", logger="vantay_service"):
        run(test, COMPILING_S)
    told = next(record.__dict__["anchor"] for record in caplog.records if record.message == "audit anchor")
    with Engine.open(site.folder / "people.db") as engine:
        assert [(e.actor_name, e.call) for e in engine.audit_entries()] == [
            ("vantay-serve", "retention/purge")
        ]
        assert engine.verify_audit(AuditAnchor(**told)).n_entries == 1


def test_a_second_server_of_a_database_answers_the_same(site: Site) -> None:
    """Only the first one writes files of the index; the second one reads them."""

    async def test() -> None:
        async with (
            serving(site) as first,
            serving(site) as second,
            client_of(site, first) as one,
            client_of(site, second) as other,
        ):
            await one.check_applicant(request_of(8, enrol_if=[pb.ENROL_IF_NEW]))
            conflict = await other.check_applicant(request_of(8, 1))
            assert conflict.outcome == pb.OUTCOME_CONFLICT

    run(test, COMPILING_S)


def test_callers_are_counted_by_role_and_refusals_by_reason(site: Site) -> None:
    roles = site.folder / "certs" / "roles.toml"
    roles.write_text('[callers."desk-1"]\nroles = ["examiner"]\n')

    async def test() -> None:
        async with serving(site) as running, client_of(site, running) as client:
            await client.identify(IdentifyRequest(probe=samples_of(0)))
            with pytest.raises(ServiceError):
                await client.check_applicant(request_of(8))
            read = running.metrics.registry.get_sample_value
            identified = {"method": "IdentificationService/Identify", "role": "examiner", "code": "OK"}
            assert read("vantay_calls_total", identified) == 1
            refused = {"method": "IntakeService/CheckApplicant", "reason": "ROLE_MISSING"}
            assert read("vantay_call_refusals_total", refused) == 1

    run(test, COMPILING_S)


def test_a_plaintext_port_knows_its_callers_by_one_name(site: Site) -> None:
    with (site.folder / "certs" / "roles.toml").open("a") as file:
        file.write('\n[callers.plaintext]\nroles = ["examiner"]\n')

    async def test() -> None:
        changes = {"address": "", "plaintext_address": "127.0.0.1:0"}
        async with serving(site, **changes) as running:
            assert running.port is None
            async with grpc.aio.insecure_channel(f"127.0.0.1:{running.plaintext_port}") as channel:
                identify: Any = channel.unary_unary("/vantay.v1.IdentificationService/Identify")
                await identify(IdentifyRequest(probe=samples_of(0)).SerializeToString())

    run(test, COMPILING_S)


@pytest.mark.parametrize("name", ["address", "status_address"])
def test_a_taken_address_is_told(site: Site, name: str) -> None:
    async def test() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(InvalidSetting, match="cannot be listened on"):
                async with serving(site, **{name: address}):
                    pass

    run(test, COMPILING_S)


def test_a_database_that_is_not_there_is_not_made(site: Site) -> None:
    async def test() -> None:
        absent = EngineSettings(database=site.folder / "peeple.db")
        with pytest.raises(StoreUnavailable):
            await serve(site.settings(), absent, signals=StopSignals())
        assert not (site.folder / "peeple.db").exists()

    run(test, COMPILING_S)


def test_missing_certificates_are_told(site: Site) -> None:
    (site.folder / "certs" / "crl.pem").unlink()

    async def test() -> None:
        with pytest.raises(InvalidSetting, match=r"crl\.pem"):
            async with serving(site):
                pass

    run(test, COMPILING_S)


def test_who_hurries_the_server_does_not_wait_for_running_calls(site: Site) -> None:
    async def test() -> None:
        signals, ready = StopSignals(), asyncio.Event()
        ports: list[Running] = []

        def on_ready(running: Running) -> None:
            ports.append(running)
            ready.set()

        settings = site.settings(drain_s=3600.0, with_reflection=True)
        server = asyncio.ensure_future(
            serve(settings, site.engine_settings, signals=signals, on_ready=on_ready)
        )
        await ready.wait()
        credentials = site.tls.read()
        async with grpc.aio.secure_channel(f"127.0.0.1:{ports[0].port}", credentials) as channel:
            never_ends: Any = channel.stream_stream(
                "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
            )()
            await never_ends.write(b"")
            await never_ends.read()
            signals.press()
            await asyncio.sleep(0.1)
            assert not server.done()
            signals.press()
            await server

    run(test, COMPILING_S)
