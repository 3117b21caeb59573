"""All parts of access put together from files."""

from __future__ import annotations

from pathlib import Path

import grpc.aio
import pytest

from service.access.serving import CHECK, handlers, run
from vantay.errors import InvalidSetting
from vantay.store import NewAuditEntry
from vantay_service.access.certificates import Authority
from vantay_service.access.method_roles import Role
from vantay_service.access.opening import AccessSettings, open_access


async def note(entry: NewAuditEntry) -> None:
    raise AssertionError(entry)


def test_folder_of_an_authority_is_all_that_a_server_needs(authority: Authority) -> None:
    desk = authority.issue("desk-1", roles=[Role.INTAKE])
    pair = desk.key.read_bytes(), desk.certificate.read_bytes()

    async def scenario() -> bytes:
        access = open_access(AccessSettings.of_folder(authority.folder), note)
        assert access.credentials is not None
        server = grpc.aio.server(interceptors=[access.interceptor])
        server.add_generic_rpc_handlers(handlers([]))
        port = server.add_secure_port("127.0.0.1:0", access.credentials)
        await server.start()
        trusted = grpc.ssl_channel_credentials(authority.certificate_file.read_bytes(), *pair)
        async with grpc.aio.secure_channel(f"127.0.0.1:{port}", trusted) as channel:
            answer = bytes(await channel.unary_unary(CHECK)(b"x"))  # type: ignore[arg-type]
        await server.stop(None)
        await access.interceptor.close()
        return answer

    assert run(scenario()).startswith(b"desk-1 intake ")


def test_server_without_certificates_has_a_plaintext_port_or_nothing(authority: Authority) -> None:
    settings = AccessSettings(authority.roles_file, plaintext_caller="plaintext")
    assert open_access(settings, note).credentials is None
    with pytest.raises(InvalidSetting, match="nobody could call"):
        open_access(AccessSettings(authority.roles_file), note)


@pytest.mark.parametrize("name", ["ca.pem", "crl.pem", "roles.toml", "server.key", "server.pem"])
def test_file_that_is_missing_at_the_start_is_named(authority: Authority, name: str) -> None:
    (authority.folder / name).unlink()
    with pytest.raises(InvalidSetting, match=name.replace(".", r"\.")):
        open_access(AccessSettings.of_folder(authority.folder), note)


def test_roles_file_may_be_elsewhere(authority: Authority, tmp_path: Path) -> None:
    roles = tmp_path / "who.toml"
    roles.write_text("[callers]\n")
    authority.roles_file.unlink()
    assert open_access(AccessSettings.of_folder(authority.folder, roles=roles), note).credentials is not None
