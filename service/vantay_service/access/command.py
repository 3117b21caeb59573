"""``vantay certs``: a development authority, and the certificates of the server and of callers."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from vantay.cli.lazy_group import LazyCommand, LazyGroup
from vantay.cli.options import Command, table_option
from vantay.cli.output import print_json, print_table, warn
from vantay.cli.wrong_usage import wrong_usage
from vantay_service.access.certificates import LEAF_DAYS, Authority, IssuedFiles, make_authority
from vantay_service.access.issued import IssuedCertificate
from vantay_service.access.method_roles import Role
from vantay_service.access.roles import read_roles

_MODULE = "vantay_service.access.command"
COMMANDS = {
    "init": LazyCommand(f"{_MODULE}:init", "Make a development authority."),
    "issue": LazyCommand(f"{_MODULE}:issue", "Make the certificate of a caller."),
    "renew": LazyCommand(f"{_MODULE}:renew", "Make a new certificate of the server."),
    "revoke": LazyCommand(f"{_MODULE}:revoke", "Revoke the certificates of a caller."),
    "show": LazyCommand(f"{_MODULE}:show", "List the certificates that were issued."),
}
_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_NAMES = click.option(
    "--name", "names", multiple=True, help="DNS name of the server; may be repeated.  [default: localhost]"
)
_ADDRESSES = click.option(
    "--ip", "addresses", multiple=True, help="Address of the server; may be repeated.  [default: 127.0.0.1]"
)
_DAYS = click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    default=LEAF_DAYS,
    show_default=True,
    help="How long it is valid.",
)


@click.command(cls=LazyGroup, lazy_commands=COMMANDS)
def certs() -> None:
    """Make the certificates that the service and its callers prove themselves with.

    The authority is for development, tests and small sites: its key is a file. See docs/access.md.
    """


def _hosts(command: Command) -> Command:
    return _NAMES(_ADDRESSES(command))


@click.command()
@_FOLDER
@_hosts
@table_option
def init(folder: Path, *, names: tuple[str, ...], addresses: tuple[str, ...], as_table: bool) -> None:
    """Make an authority in DIR, a certificate of the server, an empty revocation list and a roles file."""
    with wrong_usage():
        reached = _reached(names, addresses)
        authority = make_authority(folder, names=reached.names, addresses=reached.addresses)
    _print(
        {
            "authority": str(authority.certificate_file),
            "server": _told(authority.server),
            "revoked": str(authority.revocation_file),
            "roles": str(authority.roles_file),
        },
        as_table=as_table,
    )


@click.command()
@_FOLDER
@click.argument("caller", metavar="NAME")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in Role]),
    help="What the caller is there for; may be repeated. Written into the roles file.",
)
@_DAYS
@click.option(
    "--replace", is_flag=True, help="Make another one; the one before stays valid until it is revoked."
)
@table_option
def issue(
    folder: Path, caller: str, *, roles: tuple[str, ...], days: int, replace: bool, as_table: bool
) -> None:
    """Make a key and a certificate for the caller NAME, in DIR/clients."""
    authority = Authority.open(folder)
    with wrong_usage():
        files = authority.issue(caller, roles=[Role(role) for role in roles], days=days, replace=replace)
    _print({"name": caller, **_told(files), "roles": _roles_of(authority, caller)}, as_table=as_table)


@click.command()
@_FOLDER
@_hosts
@_DAYS
@table_option
def renew(
    folder: Path, *, names: tuple[str, ...], addresses: tuple[str, ...], days: int, as_table: bool
) -> None:
    """Replace the key and the certificate of the server; one that runs takes them up by itself."""
    authority = Authority.open(folder)
    with wrong_usage():
        authority.renew_server(*_reached(names, addresses), days=days)
    _print({"server": _told(authority.server)}, as_table=as_table)


@click.command()
@_FOLDER
@click.argument("caller", metavar="NAME")
@table_option
def revoke(folder: Path, caller: str, *, as_table: bool) -> None:
    """Revoke all certificates of the caller NAME: a service that runs refuses them within a second or so."""
    authority = Authority.open(folder)
    with wrong_usage():
        n_revoked = authority.revoke(caller)
    if roles := _roles_of(authority, caller):
        warn(f"{caller} still stands in {authority.roles_file} with {', '.join(roles)}")
    _print(
        {"name": caller, "n_revoked": n_revoked, "list": str(authority.revocation_file)}, as_table=as_table
    )


@click.command()
@_FOLDER
@table_option
def show(folder: Path, *, as_table: bool) -> None:
    """List the certificates that the authority of DIR issued, with the roles of each caller."""
    authority = Authority.open(folder)
    rows = [_row(authority, issued) for issued in authority.certificates()]
    if as_table:
        print_table(list(_ROW_KEYS), [[_cell(row[key]) for key in _ROW_KEYS] for row in rows])
    else:
        print_json(rows)


class _Reached(NamedTuple):
    names: tuple[str, ...]
    addresses: tuple[str, ...]


_ROW_KEYS = ("name", "purpose", "roles", "serial", "not_after", "is_revoked")


def _row(authority: Authority, issued: IssuedCertificate) -> dict[str, object]:
    return {
        "name": issued.name,
        "purpose": issued.purpose,
        "roles": _roles_of(authority, issued.name) if issued.purpose == "caller" else [],
        "serial": f"{issued.serial:040x}",
        "not_after": issued.not_after,
        "is_revoked": issued.is_revoked,
    }


def _roles_of(authority: Authority, caller: str) -> list[str]:
    book = read_roles(authority.roles_file.read_bytes(), str(authority.roles_file))
    rules = book.callers.get(caller)
    return [] if rules is None else [role.value for role in rules.roles]


def _reached(names: tuple[str, ...], addresses: tuple[str, ...]) -> _Reached:
    """Take this machine where the server was given neither a name nor an address."""
    if not names and not addresses:
        return _Reached(("localhost",), ("127.0.0.1",))
    return _Reached(names, addresses)


def _told(files: IssuedFiles) -> dict[str, str]:
    return {"certificate": str(files.certificate), "key": str(files.key)}


def _print(answer: dict[str, object], *, as_table: bool) -> None:
    if as_table:
        print_table(("what", "value"), [(key, _cell(value)) for key, value in answer.items()])
    else:
        print_json(answer)


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(str(item) for item in value.values())
    return ", ".join(value) if isinstance(value, list) else value
