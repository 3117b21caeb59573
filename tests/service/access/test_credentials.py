"""Certificate files of a running server are replaced."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from service.access.serving import CHECK, DAY, HEALTH, keys_of, refusal_of, run, serving, written
from vantay.errors import InvalidSetting
from vantay_service.access.certificates import Authority, make_authority
from vantay_service.access.credentials import ServerFiles, server_credentials
from vantay_service.access.method_roles import Role
from vantay_service.access.x509_profiles import make_key, make_server_certificate
from vantay_service.error_status import AnyContext


def files_of(authority: Authority) -> ServerFiles:
    return ServerFiles.of_folder(authority.folder)


def test_new_server_certificate_is_used_without_a_restart(authority: Authority) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])

    async def scenario() -> None:
        async with serving(authority) as server, server.channel(desk) as channel:
            ask = channel.unary_unary(CHECK)
            await ask(b"x")
            authority.renew_server(["elsewhere.example"], [])
            code, _ = await refusal_of(server.ask(desk))  # asks for localhost
            assert code is grpc.StatusCode.UNAVAILABLE
            await ask(b"x")  # a connection goes on as it was made
            authority.renew_server(["localhost"], [])
            await server.ask(desk)

    run(scenario())


def test_several_ports_get_new_certificates(authority: Authority) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])

    async def ask(port: int) -> bytes:
        trusted = authority.certificate_file.read_bytes()
        pair = desk.key.read_bytes(), desk.certificate.read_bytes()
        options = [("grpc.use_local_subchannel_pool", 1)]
        credentials = grpc.ssl_channel_credentials(trusted, *pair)
        channel: Any = grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials, options)
        async with channel:
            return bytes(await channel.unary_unary(HEALTH)(b""))

    async def scenario() -> None:
        server = grpc.aio.server()
        server.add_generic_rpc_handlers(handlers_without_access())
        credentials = server_credentials(files_of(authority), interval_s=0.0)
        ports = [server.add_secure_port("127.0.0.1:0", credentials) for _ in range(2)]
        await server.start()
        for port in ports:
            assert await ask(port) == b"up"
        authority.renew_server(["elsewhere.example"], [])
        for port in ports:
            code, _ = await refusal_of(ask(port))
            assert code is grpc.StatusCode.UNAVAILABLE
        await server.stop(None)

    run(scenario())


def handlers_without_access() -> tuple[grpc.GenericRpcHandler, ...]:
    async def answer(request: bytes, context: AnyContext) -> bytes:
        return b"up"

    methods: dict[str, Any] = {"Check": grpc.unary_unary_rpc_method_handler(answer)}
    return (grpc.method_handlers_generic_handler("grpc.health.v1.Health", methods),)


def test_certificate_and_key_are_taken_when_they_fit_together(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])
    old_key = authority.server.key.read_bytes()

    async def scenario() -> None:
        async with serving(authority) as server:
            authority.renew_server(["elsewhere.example"], [])
            new_key = authority.server.key.read_bytes()
            authority.server.key.write_bytes(old_key)
            await server.ask(desk)
            assert "the private key is not that of the certificate" in caplog.text
            authority.server.key.write_bytes(new_key)
            code, _ = await refusal_of(server.ask(desk))
            assert code is grpc.StatusCode.UNAVAILABLE

    run(scenario())


@pytest.mark.parametrize("name", ["server.key", "server.pem", "ca.pem"])
def test_broken_file_leaves_the_old_ones_in_use(authority: Authority, name: str) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])
    trusted = authority.certificate_file.read_bytes()

    async def scenario() -> None:
        async with serving(authority) as server:
            (authority.folder / name).write_bytes(b"-----BEGIN CERTIFICATE-----\nbroken")
            async with server.channel(desk, trusted) as channel:
                await channel.unary_unary(CHECK)(b"x")

    run(scenario())


def test_callers_of_a_new_authority_are_let_in_and_those_of_the_old_one_are_not(
    authority: Authority, tmp_path: Path
) -> None:
    old = authority.issue("desk-1", roles=[Role.INTAKE])
    other = make_authority(tmp_path / "others")
    new = other.issue("desk-1")
    trusted = authority.certificate_file.read_bytes()

    async def scenario() -> None:
        async with serving(authority) as server, server.channel(old) as channel:
            ask = channel.unary_unary(CHECK)
            await ask(b"x")
            shutil.copy(other.revocation_file, authority.revocation_file)
            shutil.copy(other.certificate_file, authority.certificate_file)
            assert await refusal_of(ask(b"x")) == (
                grpc.StatusCode.UNAUTHENTICATED,
                "CERTIFICATE_UNTRUSTED",
            )
            async with server.channel(new, trusted) as newer:
                await newer.unary_unary(CHECK)(b"x")

    run(scenario())


def test_key_that_others_may_read_is_refused(authority: Authority) -> None:
    authority.server.key.chmod(0o644)
    with pytest.raises(InvalidSetting, match="permissions 644"):
        server_credentials(files_of(authority))


def test_certificate_that_has_ended_is_refused(authority: Authority, tmp_path: Path) -> None:
    issuer, issuer_key = keys_of(authority)
    key = make_key()
    past = issuer.not_valid_before_utc - 2 * DAY
    ended = written(tmp_path, make_server_certificate(["localhost"], key, issuer, issuer_key, past, DAY), key)
    with pytest.raises(InvalidSetting, match="was valid until"):
        server_credentials(ServerFiles(ended.key, ended.certificate, authority.certificate_file))


def test_key_of_another_certificate_is_refused(authority: Authority) -> None:
    other = authority.issue("desk-1")
    with pytest.raises(InvalidSetting, match="the private key is not that of the certificate"):
        server_credentials(ServerFiles(other.key, authority.server.certificate, authority.certificate_file))


def test_missing_file_is_named(authority: Authority) -> None:
    authority.certificate_file.unlink()
    with pytest.raises(InvalidSetting, match=r"ca\.pem cannot be read"):
        server_credentials(files_of(authority))
