"""Who is let in: by which certificate, for which method, how often."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

import grpc
from cryptography import x509

from vantay_service.access.caller_certificate import AuthContext, is_plaintext, read_certificate
from vantay_service.access.method_roles import HEALTH_METHODS, REFLECTION_METHODS, Role
from vantay_service.access.rate_limit import Limit, RateLimiter
from vantay_service.access.refusal import Refusal, unauthenticated
from vantay_service.access.roles import RoleBook
from vantay_service.access.trust import Trust

_LOOPBACK = re.compile(r"ipv4:127\.|ipv6:\[::1\]:|unix:")


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of a connection.

    Attributes
    ----------
    name : str
        As in the roles file.
    certificate : cryptography.x509.Certificate, optional
        None on a port without TLS.
    """

    name: str
    certificate: x509.Certificate | None


@dataclass(frozen=True, slots=True)
class AccessRules:
    """What decides.

    Attributes
    ----------
    book : callable
        Gives the roles of now: `Roles.book`.
    trust : Trust, optional
        Whose certificates hold; without it nobody is let in by a certificate.
    allow_reflection : bool
        Whether every caller may ask for the protos.
    plaintext_caller : str, optional
        How the roles file names callers on a port without TLS, which must come from this machine; without it
        they are refused. No certificate may have this name.
    """

    book: Callable[[], RoleBook]
    trust: Trust | None
    allow_reflection: bool = False
    plaintext_caller: str | None = None


class Admission:
    """Decides about calls, by rules that may change between two of them.

    Parameters
    ----------
    rules : AccessRules
    limiter : RateLimiter
    """

    def __init__(self, rules: AccessRules, limiter: RateLimiter) -> None:
        self._rules = rules
        self._limiter = limiter
        self._open = HEALTH_METHODS | (REFLECTION_METHODS if rules.allow_reflection else frozenset())

    def identify(self, auth_context: AuthContext, address: str) -> Peer:
        """Tell who is at the other end; whether the certificate holds is asked by `check`.

        Raises
        ------
        Refusal
            ``CERTIFICATE_MISSING`` or ``CERTIFICATE_UNUSABLE``.
        """
        plaintext_caller = self._rules.plaintext_caller
        if plaintext_caller is not None and is_plaintext(auth_context) and _LOOPBACK.match(unquote(address)):
            return Peer(plaintext_caller, None)
        found = read_certificate(auth_context)
        if found.name == plaintext_caller:
            raise unauthenticated("CERTIFICATE_UNUSABLE", "the name is that of callers without a certificate")
        return Peer(found.name, found.certificate)

    def check(self, peer: Peer, method: str) -> Role | None:
        """Give the role by which a peer may call a method now; None for a method that needs none.

        Raises
        ------
        Refusal
            What `Trust.check` raises; or ``ROLE_MISSING``.
        """
        if peer.certificate is not None:
            if self._rules.trust is None:
                raise unauthenticated("CERTIFICATE_UNTRUSTED", "the service trusts no authority")
            self._rules.trust.check(peer.certificate)
        role = self._rules.book().role_for(peer.name, method)
        if role is None and method not in self._open:
            message = f"{peer.name} has no role that may call {method}"
            raise Refusal(grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING", message)
        return role

    def admit(self, peer: Peer, method: str) -> Role | None:
        """Do what `check` does, and count the call; one outside of the caller's roles counts too.

        Raises
        ------
        Refusal
            What `check` raises; or ``RATE_LIMITED``, if the caller, or all of its role together, called too
            often.
        """
        try:
            role = self.check(peer, method)
        except Refusal as refusal:
            if refusal.code is grpc.StatusCode.PERMISSION_DENIED:
                self._take_turn(peer, None)
            raise
        self._take_turn(peer, role)
        return role

    def _take_turn(self, peer: Peer, role: Role | None) -> None:
        book = self._rules.book()
        wanted: list[tuple[str, Limit]] = [
            (f"caller {peer.name} {role or ''}", book.caller_limit(peer.name, role))
        ]
        total = None if role is None else book.total_limit(role)
        if total is not None:
            wanted.append((f"role {role}", total))
        wait_s = self._limiter.take(wanted)
        if wait_s > 0.0:
            raise Refusal(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "RATE_LIMITED",
                f"{peer.name} calls more often than its limit allows, try again in {wait_s:.1f} s",
                retry_after_s=wait_s,
            )
