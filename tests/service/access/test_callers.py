"""Who is let in and who is refused, over mutual TLS."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import grpc
import grpc.aio
import pytest

from service.access.serving import (
    CHECK,
    DAY,
    ENROL,
    HEALTH,
    REFLECTION,
    Clock,
    Server,
    keys_of,
    reason_of,
    refusal_of,
    retry_delay_of,
    run,
    serving,
    written,
)
from vantay.errors import StoreUnavailable
from vantay.store import NewAuditEntry
from vantay_service.access.certificates import Authority, IssuedFiles, make_authority
from vantay_service.access.method_roles import Role
from vantay_service.access.x509_profiles import make_authority_certificate, make_caller_certificate, make_key

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


def of_another_authority(authority: Authority, folder: Path) -> IssuedFiles:
    return make_authority(folder / "others").issue("desk-1")


def self_signed(authority: Authority, folder: Path) -> IssuedFiles:
    key = make_key()
    certificate = make_authority_certificate(key, datetime.now(UTC), DAY)
    return written(
        folder, make_caller_certificate("desk-1", key, certificate, key, datetime.now(UTC), DAY), key
    )


def signed_by_a_false_authority_of_the_same_name(authority: Authority, folder: Path) -> IssuedFiles:
    issuer, _ = keys_of(authority)
    key = make_key()
    certificate = make_caller_certificate("desk-1", key, issuer, make_key(), datetime.now(UTC), DAY)
    return written(folder, certificate, key)


def expired(authority: Authority, folder: Path) -> IssuedFiles:
    key = make_key()
    past = datetime.now(UTC) - 2 * DAY
    return written(folder, make_caller_certificate("desk-1", key, *keys_of(authority), past, DAY), key)


def not_yet_valid(authority: Authority, folder: Path) -> IssuedFiles:
    key = make_key()
    future = datetime.now(UTC) + DAY
    return written(folder, make_caller_certificate("desk-1", key, *keys_of(authority), future, DAY), key)


def of_a_server(authority: Authority, folder: Path) -> IssuedFiles:
    return authority.server


def none_at_all(authority: Authority, folder: Path) -> None:
    return None


@pytest.mark.parametrize(
    "make",
    [
        of_another_authority,
        self_signed,
        signed_by_a_false_authority_of_the_same_name,
        expired,
        not_yet_valid,
        of_a_server,
        none_at_all,
    ],
)
def test_connection_without_a_sound_certificate_is_not_made(
    authority: Authority, tmp_path: Path, make: object
) -> None:
    assert callable(make)
    authority.issue("desk-1", roles=[Role.INTAKE])
    bad = make(authority, tmp_path)

    async def scenario() -> Server:
        async with serving(authority) as server:
            code, _ = await refusal_of(server.ask(bad))
            assert code is grpc.StatusCode.UNAVAILABLE
            return server

    assert run(scenario()).reached == []


def test_revoked_certificate_is_refused_and_audited_on_a_connection_that_is_open(
    authority: Authority,
) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])
    other = authority.issue("desk-2", roles=[Role.INTAKE])

    async def scenario() -> Server:
        async with serving(authority) as server, server.channel(desk) as channel:
            ask = channel.unary_unary(CHECK)
            await ask(b"x")
            authority.revoke("desk-1")
            assert await refusal_of(ask(b"x")) == (UNAUTHENTICATED, "CERTIFICATE_REVOKED")
            await server.ask(other)
            return server

    server = run(scenario())
    assert server.reached == ["desk-1", "desk-2"]
    assert [(e.actor.name, e.outcome, e.reason) for e in server.noted] == [
        ("desk-1", "UNAUTHENTICATED", "CERTIFICATE_REVOKED")
    ]


def test_revoked_certificate_is_refused_on_a_new_connection(authority: Authority) -> None:
    authority.issue("desk-1", roles=[Role.INTAKE])
    first = authority.issue("desk-1", roles=[Role.INTAKE], replace=True)
    kept = IssuedFiles(
        first.certificate.rename(authority.folder / "kept.pem"),
        first.key.rename(authority.folder / "kept.key"),
    )
    authority.revoke("desk-1")
    new = authority.issue("desk-1", roles=[Role.INTAKE])

    async def scenario() -> Server:
        async with serving(authority) as server:
            assert await refusal_of(server.ask(kept)) == (UNAUTHENTICATED, "CERTIFICATE_REVOKED")
            await server.ask(new)
            return server

    assert run(scenario()).reached == ["desk-1"]


def test_certificate_that_ends_while_its_connection_is_open_is_refused(authority: Authority) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE], days=1)
    clock = Clock()

    async def scenario() -> None:
        async with serving(authority, clock=clock) as server, server.channel(desk) as channel:
            ask = channel.unary_unary(CHECK)
            await ask(b"x")
            clock.now += 2 * DAY
            assert await refusal_of(ask(b"x")) == (UNAUTHENTICATED, "CERTIFICATE_EXPIRED")

    run(scenario())


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


def test_health_is_closed_to_a_revoked_certificate(authority: Authority) -> None:
    desk = authority.issue("desk-1")

    async def scenario() -> tuple[grpc.StatusCode, str]:
        async with serving(authority) as server, server.channel(desk) as channel:
            authority.revoke("desk-1")
            return await refusal_of(channel.unary_unary(HEALTH)(b""))

    assert run(scenario()) == (UNAUTHENTICATED, "CERTIFICATE_REVOKED")


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
