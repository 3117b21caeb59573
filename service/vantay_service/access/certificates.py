"""A development authority: a folder with its key, its certificates, its revocation list and a roles file.

::

    ca.pem ca.key         the authority
    crl.pem               what it revoked
    server.pem server.key the server
    roles.toml            who has which roles
    clients/NAME.pem .key callers
    issued/SERIAL.pem     every certificate it made, so that each can be revoked later

An agency with an authority of its own gives the service that one's files instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from vantay.errors import CallerError, InvalidSetting
from vantay_service.access import x509_profiles
from vantay_service.access.issued import IssuedCertificate, describe
from vantay_service.access.method_roles import Role
from vantay_service.access.private_folder import check_private, one_writer, write_whole
from vantay_service.access.roles import read_roles

AUTHORITY_DAYS = 3650
LEAF_DAYS = 365
_MAX_DAYS = 36_500
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # 64 characters: the bound of a common name
_ROLES_HEADER = b"""# Which caller has which roles; read anew when it changes, without a restart.
# Callers are named as in their certificates. docs/access.md says what else can stand here.
"""


@dataclass(frozen=True, slots=True)
class IssuedFiles:
    """Where a certificate and its key are."""

    certificate: Path
    key: Path


def make_authority(
    folder: Path,
    *,
    names: Sequence[str] = ("localhost",),
    addresses: Sequence[str] = ("127.0.0.1",),
    days: int = AUTHORITY_DAYS,
) -> Authority:
    """Make an authority in a new or empty folder, with a server certificate and an empty revocation list.

    Parameters
    ----------
    folder : Path
        Only its owner may look into it.
    names, addresses : sequence of str
        Under which the server is reached.
    days : int
        How long the authority lasts.

    Raises
    ------
    CallerError
        If the folder is not empty, or an address is none.
    """
    hosts = _hosts(names, addresses)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with one_writer(folder):
        if any(path.name != ".lock" for path in folder.iterdir()):
            raise CallerError(f"{folder} is not empty, expected a new folder")
        for name in ("clients", "issued"):
            (folder / name).mkdir(mode=0o700)
        key = x509_profiles.make_key()
        certificate = x509_profiles.make_authority_certificate(key, _now(), _lifetime(days))
        authority = Authority(folder, certificate, key)
        authority.write_first_files(hosts)
    return authority


class Authority:
    """A development authority; `make_authority` makes one, `Authority.open` finds it again."""

    def __init__(self, folder: Path, certificate: x509.Certificate, key: EllipticCurvePrivateKey) -> None:
        self.folder = folder
        self.certificate_file = folder / "ca.pem"
        self.revocation_file = folder / "crl.pem"
        self.roles_file = folder / "roles.toml"
        self.server = IssuedFiles(folder / "server.pem", folder / "server.key")
        self._certificate = certificate
        self._key = key

    @classmethod
    def open(cls, folder: Path) -> Authority:
        """Open the authority of a folder.

        Raises
        ------
        InvalidSetting
            If there is none, or others than its owner may use its key.
        """
        key_file = folder / "ca.key"
        check_private(key_file)
        try:
            key = load_pem_private_key(key_file.read_bytes(), password=None)
            certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
        except (OSError, ValueError, TypeError) as error:
            raise InvalidSetting(f"{folder} holds no authority: {error}") from error
        if not isinstance(key, EllipticCurvePrivateKey):
            raise InvalidSetting(
                f"the key {key_file} is not one on an elliptic curve, as this authority makes"
            )
        return cls(folder, certificate, key)

    def issue(
        self, name: str, *, roles: Sequence[Role] = (), days: int = LEAF_DAYS, replace: bool = False
    ) -> IssuedFiles:
        """Make the certificate and the key of a caller, and note its roles in the roles file.

        Parameters
        ----------
        name : str
            1 to 64 letters, digits, dots, hyphens and underscores.
        roles : sequence of Role
            Left out of the roles file if empty.
        days : int
            How long it is valid; at most as long as the authority.
        replace : bool
            Make a new one of a caller who has one; the old one stays valid too until it is revoked.

        Raises
        ------
        CallerError
            If the name is none, has a certificate already, or has other roles in the roles file.
        """
        if _NAME.fullmatch(name) is None:
            raise CallerError(
                f"caller {name!r}: expected 1 to 64 letters, digits, dots, hyphens, underscores"
            )
        files = IssuedFiles(self.folder / "clients" / f"{name}.pem", self.folder / "clients" / f"{name}.key")
        with one_writer(self.folder):
            if files.certificate.exists() and not replace:
                raise CallerError(f"{name} has a certificate already: ask to replace it, or revoke it first")
            self._note_roles(name, roles)
            key, now = x509_profiles.make_key(), _now()
            certificate = x509_profiles.make_caller_certificate(
                name, key, self._certificate, self._key, now, self._lifetime(now, days)
            )
            self._write_pair(files, certificate, key)
        return files

    def renew_server(self, names: Sequence[str], addresses: Sequence[str], *, days: int = LEAF_DAYS) -> None:
        """Replace the certificate and the key of the server; a running one takes them up by itself.

        Parameters
        ----------
        names, addresses : sequence of str
            Under which the server is reached.
        days : int
            How long the certificate is valid; at most as long as the authority.

        Raises
        ------
        CallerError
            If there is no name and no address, or an address is none.
        """
        hosts = _hosts(names, addresses)
        with one_writer(self.folder):
            self._write_server(hosts, days)

    def revoke(self, name: str) -> int:
        """Revoke every certificate that a caller has, and remove the caller's files.

        Returns
        -------
        n_revoked : int
            0 if all were revoked before.

        Raises
        ------
        CallerError
            If the caller never had one.
        """
        with one_writer(self.folder):
            own = [
                made.serial for made in self.certificates() if (made.name, made.purpose) == (name, "caller")
            ]
            if not own:
                raise CallerError(f"no certificate of {name!r} was issued here")
            old = self._revocations()
            new = set(own) - {entry.serial_number for entry in old}
            now = _now()
            if new:
                entries = [*old, *(x509_profiles.make_revocation(serial, now) for serial in sorted(new))]
                self._write_revocations(entries, now)
            for suffix in ("key", "pem"):
                (self.folder / "clients" / f"{name}.{suffix}").unlink(missing_ok=True)
        return len(new)

    def certificates(self) -> list[IssuedCertificate]:
        """Tell what was issued, by name and end."""
        revoked = {entry.serial_number for entry in self._revocations()}
        found = (
            x509.load_pem_x509_certificate(path.read_bytes())
            for path in (self.folder / "issued").glob("[0-9a-f]*.pem")
        )
        told = [describe(made, is_revoked=made.serial_number in revoked) for made in found]
        return sorted(told, key=lambda certificate: (certificate.name, certificate.not_after))

    def write_first_files(self, hosts: Sequence[x509_profiles.Host]) -> None:
        """Write the files of a new authority; its own certificate comes last."""
        write_whole(self.folder / "ca.key", _private_pem(self._key), is_private=True)
        self._write_revocations([], _now())
        write_whole(self.roles_file, _ROLES_HEADER)
        self._write_server(hosts, LEAF_DAYS)
        write_whole(self.certificate_file, self._certificate.public_bytes(Encoding.PEM))

    def _write_server(self, hosts: Sequence[x509_profiles.Host], days: int) -> None:
        key, now = x509_profiles.make_key(), _now()
        certificate = x509_profiles.make_server_certificate(
            hosts, key, self._certificate, self._key, now, self._lifetime(now, days)
        )
        self._write_pair(self.server, certificate, key)

    def _lifetime(self, now: datetime, days: int) -> timedelta:
        return min(_lifetime(days), self._certificate.not_valid_after_utc - now)

    def _write_pair(
        self, files: IssuedFiles, certificate: x509.Certificate, key: EllipticCurvePrivateKey
    ) -> None:
        """Write a certificate and its key; it is among the issued ones before anybody can use it."""
        pem = certificate.public_bytes(Encoding.PEM)
        write_whole(self.folder / "issued" / f"{certificate.serial_number:040x}.pem", pem)
        write_whole(files.key, _private_pem(key), is_private=True)
        write_whole(files.certificate, pem)

    def _note_roles(self, name: str, roles: Sequence[Role]) -> None:
        if not roles:
            return
        text = self.roles_file.read_bytes()
        known = read_roles(text, str(self.roles_file)).callers.get(name)
        if known is None:
            names = ", ".join(f'"{role}"' for role in roles)
            write_whole(self.roles_file, text + f'\n[callers."{name}"]\nroles = [{names}]\n'.encode())
        elif known.roles != tuple(roles):
            raise CallerError(f"{name} has other roles in {self.roles_file}: change them there")

    def _revocations(self) -> list[x509.RevokedCertificate]:
        return list(self._revocation_list())

    def _revocation_list(self) -> x509.CertificateRevocationList:
        try:
            return x509.load_pem_x509_crl(self.revocation_file.read_bytes())
        except (OSError, ValueError) as error:
            raise InvalidSetting(f"the revocation list {self.revocation_file}: {error}") from error

    def _write_revocations(self, entries: Sequence[x509.RevokedCertificate], now: datetime) -> None:
        number = 1
        if self.revocation_file.exists():
            old = self._revocation_list().extensions.get_extension_for_class(x509.CRLNumber)
            number = old.value.crl_number + 1
        made = x509_profiles.make_revocation_list(entries, number, self._certificate, self._key, now)
        write_whole(self.revocation_file, made.public_bytes(Encoding.PEM))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _lifetime(days: int) -> timedelta:
    if not 1 <= days <= _MAX_DAYS:
        raise CallerError(f"valid for {days} days, expected 1 to {_MAX_DAYS}")
    return timedelta(days=days)


def _hosts(names: Sequence[str], addresses: Sequence[str]) -> list[x509_profiles.Host]:
    try:
        hosts: list[x509_profiles.Host] = [*names, *(ip_address(address) for address in addresses)]
    except ValueError as error:
        raise CallerError(f"server address: {error}") from error
    if not hosts:
        raise CallerError("the server has neither a name nor an address, expected one at least")
    return hosts


def _private_pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
