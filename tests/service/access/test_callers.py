"""Who is let in and who is refused, over mutual TLS."""

from __future__ import annotations

import grpc
import grpc.aio
import pytest

from service.access.serving import (
    CHECK,
    ENROL,
    HEALTH,
    REFLECTION,
    Server,
    reason_of,
    refusal_of,
    retry_delay_of,
    run,
    serving,
)
from vantay.errors import StoreUnavailable
from vantay.store import NewAuditEntry
from vantay_service.access.certificates import Authority, IssuedFiles
from vantay_service.access.method_roles import Role

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
PERMISSION_DENIED = grpc.StatusCode.PERMISSION_DENIED


def test_caller_with_the_role_is_let_in_and_named(authority: Authority) -> None:
    desk = authority.issue("desk-1", roles=[Role.LOADER, Role.INTAKE])

    async def scenario() -> bytes:
        async with serving(authority) as server, server.channel(desk) as channel:
            call = channel.unary_unary(CHECK)(b"x", metadata=[("x-request-id", "r-17")])
            return bytes(await call)

    assert run(scenario()) == b"desk-1 intake r-17"


@pytest.mark.parametrize("sent", ["", "no spaces please", "x" * 65, "<script>"])
def test_call_gets_an_identifier_of_its_own_where_the_given_one_is_none(
    authority: Authority, sent: str
) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])

    async def scenario() -> str:
        async with serving(authority) as server, server.channel(desk) as channel:
            answer = await channel.unary_unary(CHECK)(b"x", metadata=[("x-request-id", sent)])
            return bytes(answer).decode()

    request_id = run(scenario()).split(" ", 2)[2]
    assert len(request_id) == 32
    assert set(request_id) <= set("0123456789abcdef")


def test_caller_outside_of_its_role_is_refused_and_audited(authority: Authority) -> None:
    auditor = authority.issue("auditor-1", roles=[Role.AUDITOR])

    async def scenario() -> Server:
        async with serving(authority) as server:
            assert await refusal_of(server.ask(auditor)) == (PERMISSION_DENIED, "ROLE_MISSING")
            return server

    server = run(scenario())
    assert server.reached == []
    (entry,) = server.noted
    assert (entry.actor.name, entry.actor.role) == ("auditor-1", "")
    assert (entry.call, entry.outcome, entry.reason) == (
        "IntakeService/CheckApplicant",
        "PERMISSION_DENIED",
        "ROLE_MISSING",
    )


def test_method_that_no_role_has_is_refused_to_all(authority: Authority) -> None:
    caller = authority.issue("everything", roles=list(Role))

    async def scenario() -> tuple[grpc.StatusCode, str]:
        async with serving(authority) as server:
            return await refusal_of(server.ask(caller, "/vantay.v1.EnrolmentService/Unheard"))

    assert run(scenario()) == (PERMISSION_DENIED, "ROLE_MISSING")


def test_method_that_is_not_there_is_unimplemented(authority: Authority) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])

    async def scenario() -> tuple[grpc.StatusCode, str]:
        async with serving(authority) as server:
            return await refusal_of(server.ask(desk, "/vantay.v1.IntakeService/Nothing"))

    assert run(scenario()) == (grpc.StatusCode.UNIMPLEMENTED, "")


async def reflect(server: Server, caller: IssuedFiles) -> list[bytes]:
    async with server.channel(caller) as channel:
        call = channel.stream_stream(REFLECTION)(iter([b"?"]))
        return [bytes(answer) async for answer in call]


def test_health_and_allowed_reflection_are_open_to_every_sound_certificate(authority: Authority) -> None:
    nobody = authority.issue("no-roles")

    async def scenario() -> list[bytes]:
        async with serving(authority, allow_reflection=True) as server:
            await server.ask(nobody, HEALTH)
            answers = await reflect(server, nobody)
            authority.revoke("no-roles")
            return answers

    assert run(scenario()) == [b"?"]


def test_reflection_is_closed_unless_allowed(authority: Authority) -> None:
    desk = authority.issue("desk-1", roles=list(Role))

    async def scenario() -> tuple[grpc.StatusCode, str]:
        async with serving(authority) as server:
            return await refusal_of(reflect(server, desk))

    assert run(scenario()) == (PERMISSION_DENIED, "ROLE_MISSING")


def test_caller_above_its_limit_is_told_when_to_come_again_and_not_audited(authority: Authority) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])
    other = authority.issue("desk-2", roles=[Role.INTAKE])
    with authority.roles_file.open("a") as file:
        file.write("[roles.intake]\ncaller_limit = { calls_per_second = 0.01, burst = 2 }\n")

    async def scenario() -> Server:
        async with serving(authority) as server, server.channel(desk) as channel:
            ask = channel.unary_unary(CHECK)
            await ask(b"x")
            await ask(b"x")
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await ask(b"x")
            assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert reason_of(refused.value) == "RATE_LIMITED"
            assert 90 <= retry_delay_of(refused.value).seconds <= 100
            await server.ask(other)
            return server

    server = run(scenario())
    assert server.reached == ["desk-1", "desk-1", "desk-2"]
    assert server.noted == []


def test_calls_outside_of_a_role_are_limited_too(authority: Authority) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])
    with authority.roles_file.open("a") as file:
        file.write("limit = { calls_per_second = 0.01, burst = 1 }\n")

    async def scenario() -> list[str]:
        async with serving(authority) as server, server.channel(desk) as channel:
            ask = channel.stream_unary(ENROL)
            return [(await refusal_of(ask(iter([]))))[1] for _ in range(2)]

    assert run(scenario()) == ["ROLE_MISSING", "RATE_LIMITED"]


def test_roles_file_is_read_anew_and_a_broken_one_changes_nothing(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])
    sound = authority.roles_file.read_text()

    async def scenario() -> None:
        async with serving(authority) as server, server.channel(desk) as channel:
            ask = channel.unary_unary(CHECK)
            await ask(b"x")
            authority.roles_file.write_text(sound.replace("intake", "auditor"))
            assert await refusal_of(ask(b"x")) == (PERMISSION_DENIED, "ROLE_MISSING")
            authority.roles_file.write_text(sound.replace("intake", "emperor"))
            assert await refusal_of(ask(b"x")) == (PERMISSION_DENIED, "ROLE_MISSING")
            assert "unknown role 'emperor'" in caplog.text
            authority.roles_file.write_text(sound)
            await ask(b"x")

    run(scenario())


def test_caller_without_tls_has_the_roles_of_the_name_that_was_set(authority: Authority) -> None:
    authority.issue("on-this-machine", roles=[Role.INTAKE])

    async def scenario() -> bytes:
        async with (
            serving(authority, plaintext_caller="on-this-machine") as server,
            server.plaintext_channel() as channel,
        ):
            assert await refusal_of(channel.stream_unary(ENROL)(iter([]))) == (
                PERMISSION_DENIED,
                "ROLE_MISSING",
            )
            return bytes(await channel.unary_unary(CHECK)(b"x"))

    assert run(scenario()).startswith(b"on-this-machine intake ")


def test_caller_without_tls_is_refused_unless_that_was_asked_for(authority: Authority) -> None:
    async def scenario() -> Server:
        async with serving(authority) as server, server.plaintext_channel() as channel:
            assert await refusal_of(channel.unary_unary(CHECK)(b"x")) == (
                UNAUTHENTICATED,
                "CERTIFICATE_MISSING",
            )
            return server

    (entry,) = run(scenario()).noted
    assert (entry.actor.name, entry.reason) == ("nobody", "CERTIFICATE_MISSING")


def test_certificate_cannot_have_the_name_of_callers_without_one(authority: Authority) -> None:
    twin = authority.issue("plaintext", roles=[Role.INTAKE])

    async def scenario() -> tuple[grpc.StatusCode, str]:
        async with serving(authority, plaintext_caller="plaintext") as server:
            return await refusal_of(server.ask(twin))

    assert run(scenario()) == (UNAUTHENTICATED, "CERTIFICATE_UNUSABLE")


def test_request_that_is_no_message_is_an_invalid_argument(authority: Authority) -> None:
    desk = authority.issue("desk-1")

    async def scenario() -> tuple[grpc.StatusCode, str]:
        async with serving(authority) as server, server.channel(desk) as channel:
            return await refusal_of(channel.unary_unary(HEALTH)(b"\xff\xff\xff"))

    assert run(scenario()) == (grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_MESSAGE")


@pytest.mark.parametrize("failure", [StoreUnavailable("the disk is full"), RuntimeError("shut down")])
def test_refusal_is_told_even_if_it_cannot_be_audited(
    authority: Authority, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    auditor = authority.issue("auditor-1", roles=[Role.AUDITOR])

    async def fail(entry: NewAuditEntry) -> None:
        raise failure

    async def scenario() -> tuple[grpc.StatusCode, str]:
        async with serving(authority, note_audit=fail) as server:
            return await refusal_of(server.ask(auditor))

    assert run(scenario()) == (PERMISSION_DENIED, "ROLE_MISSING")
    assert "could not be written into the audit log" in caplog.text
