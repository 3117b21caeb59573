"""The server's side of mutual TLS: certificate files that may be replaced while the service runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import grpc

from vantay.errors import InvalidSetting
from vantay_service.access.changing_file import ChangingFile
from vantay_service.access.pem_files import check_pair, read_certificates
from vantay_service.access.private_folder import check_private


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """PEM files of the server.

    Attributes
    ----------
    key : Path
        Private key of the certificate, without a password; only its owner may read it.
    certificate : Path
        Of the server, followed by those that lead to its authority.
    authorities : Path
        Whose certificates callers must have.
    """

    key: Path
    certificate: Path
    authorities: Path

    @classmethod
    def of_folder(cls, folder: Path) -> ServerFiles:
        """Name the files in a folder as `certificates.make_authority` lays it out."""
        return cls(folder / "server.key", folder / "server.pem", folder / "ca.pem")


def server_credentials(files: ServerFiles, *, interval_s: float = 1.0) -> grpc.ServerCredentials:
    """Make credentials that ask every caller for a certificate of the authorities.

    New connections get new files as soon as they fit together; broken ones are logged, and the old ones stay.

    Parameters
    ----------
    files : ServerFiles
    interval_s : float
        How often to look for new files at most.

    Raises
    ------
    InvalidSetting
        If the files cannot be used, or the certificate is no longer valid.
    """
    watched = ChangingFile(
        [files.key, files.certificate, files.authorities],
        lambda read: _configuration(files, read),
        what="certificate of the server",
        interval_s=interval_s,
    )
    # gRPC asks before each handshake, on threads of its own. It is never told that nothing changed: of
    # several ports only one would hear of a change then, and sessions could be resumed past the end of a
    # certificate
    return grpc.dynamic_ssl_server_credentials(
        watched.current(), watched.current, require_client_authentication=True
    )


def _configuration(files: ServerFiles, read: Sequence[bytes]) -> grpc.ServerCertificateConfiguration:
    key, certificate, authorities = read
    check_private(files.key)
    read_certificates(authorities, f"authorities {files.authorities}")
    own = read_certificates(certificate, f"certificate {files.certificate}")[0]
    check_pair(key, own, f"certificate {files.certificate} and key {files.key}")
    if own.not_valid_after_utc < datetime.now(UTC):
        raise InvalidSetting(
            f"certificate {files.certificate} was valid until {own.not_valid_after_utc:%Y-%m-%d %H:%M} UTC, "
            "expected one that is valid"
        )
    return grpc.ssl_server_certificate_configuration([(key, certificate)], authorities)
