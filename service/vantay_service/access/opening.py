"""Puts the parts of access together, for a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import grpc

from vantay.errors import InvalidSetting
from vantay_service.access.admission import AccessRules, Admission
from vantay_service.access.credentials import ServerFiles, server_credentials
from vantay_service.access.denials import Denials, NoteAudit
from vantay_service.access.interceptor import AccessInterceptor
from vantay_service.access.rate_limit import RateLimiter
from vantay_service.access.roles import Roles
from vantay_service.access.trust import Trust


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """What a service is told about access.

    Attributes
    ----------
    roles : Path
        The roles file.
    server : ServerFiles, optional
        None for a server with a plaintext port only.
    revoked : Path, optional
        PEM revocation lists, one of each authority; None looks for none.
    allow_reflection : bool
        Whether every caller may ask for the protos.
    plaintext_caller : str, optional
        How the roles file names callers of a port without TLS; None refuses them.
    interval_s : float
        How often to look at most whether a file was replaced.
    """

    roles: Path
    server: ServerFiles | None = None
    revoked: Path | None = None
    allow_reflection: bool = False
    plaintext_caller: str | None = None
    interval_s: float = 1.0

    @classmethod
    def of_folder(
        cls,
        folder: Path,
        *,
        roles: Path | None = None,
        allow_reflection: bool = False,
        plaintext_caller: str | None = None,
    ) -> AccessSettings:
        """Take the files of a folder as `certificates.make_authority` lays it out, ``crl.pem`` among them.

        Parameters
        ----------
        folder : Path
        roles : Path, optional
            Instead of ``roles.toml`` in the folder.
        allow_reflection, plaintext_caller
            As above.
        """
        return cls(
            roles or folder / "roles.toml",
            ServerFiles.of_folder(folder),
            folder / "crl.pem",
            allow_reflection,
            plaintext_caller,
        )


@dataclass(frozen=True, slots=True)
class Access:
    """What a server is made with.

    Attributes
    ----------
    credentials : grpc.ServerCredentials, optional
        For its TLS port; None without server files.
    interceptor : AccessInterceptor
        Await its `close` after the server has stopped and before the store is closed.
    """

    credentials: grpc.ServerCredentials | None
    interceptor: AccessInterceptor


def open_access(settings: AccessSettings, note_audit: NoteAudit) -> Access:
    """Read all files, and make what a server needs of them.

    Parameters
    ----------
    settings : AccessSettings
    note_audit : callable
        Awaited with each `vantay.store.NewAuditEntry` of a refused call.

    Raises
    ------
    InvalidSetting
        If a file cannot be used, or nobody could call.
    """
    if settings.server is None and settings.plaintext_caller is None:
        raise InvalidSetting("neither certificates nor a plaintext port: nobody could call")
    roles = Roles(settings.roles, interval_s=settings.interval_s)
    trust = _trust(settings)
    rules = AccessRules(roles.book, trust, settings.allow_reflection, settings.plaintext_caller)
    interceptor = AccessInterceptor(Admission(rules, RateLimiter()), Denials(note_audit))
    if settings.server is None:
        return Access(None, interceptor)
    return Access(server_credentials(settings.server, interval_s=settings.interval_s), interceptor)


def _trust(settings: AccessSettings) -> Trust | None:
    if settings.server is None:
        return None
    return Trust(settings.server.authorities, settings.revoked, interval_s=settings.interval_s)
