"""Which certificates are refused, before a connection is made and on one that is open."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import grpc
import grpc.aio
import pytest

from service.access.serving import (
    CHECK,
    DAY,
    HEALTH,
    Clock,
    Server,
    keys_of,
    refusal_of,
    run,
    serving,
    written,
)
from vantay_service.access.certificates import Authority, IssuedFiles, make_authority
from vantay_service.access.method_roles import Role
from vantay_service.access.x509_profiles import make_authority_certificate, make_caller_certificate, make_key

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


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


def test_health_is_closed_to_a_revoked_certificate(authority: Authority) -> None:
    desk = authority.issue("desk-1")

    async def scenario() -> tuple[grpc.StatusCode, str]:
        async with serving(authority) as server, server.channel(desk) as channel:
            authority.revoke("desk-1")
            return await refusal_of(channel.unary_unary(HEALTH)(b""))

    assert run(scenario()) == (UNAUTHENTICATED, "CERTIFICATE_REVOKED")
