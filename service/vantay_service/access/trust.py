"""Whom the service trusts to name callers, and whether a certificate of theirs still holds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from vantay.errors import InvalidSetting
from vantay_service.access.changing_file import ChangingFile
from vantay_service.access.pem_files import read_certificates
from vantay_service.access.refusal import unauthenticated
from vantay_service.access.revocation import RevocationList, fingerprint, read_lists

_MAX_CHAIN = 4
_MAX_CHAINS = 10_000
_WARN_BEFORE = timedelta(days=1)
_MINUTE = "%Y-%m-%d %H:%M UTC"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Chain:
    """A certificate and those that it hangs on: when all are valid, and where each would be listed."""

    valid_from: datetime
    valid_until: datetime
    listed: tuple[tuple[int, RevocationList], ...]

    def check(self, now: datetime) -> None:
        if not self.valid_from <= now <= self.valid_until:
            raise unauthenticated(
                "CERTIFICATE_EXPIRED",
                f"the certificate is valid from {self.valid_from:{_MINUTE}} to {self.valid_until:{_MINUTE}}",
            )
        for serial, revoked in self.listed:
            _check_list(serial, revoked, now)


@dataclass(frozen=True, slots=True)
class TrustedAuthorities:
    """The authorities of one moment, with what each of them revoked.

    Attributes
    ----------
    authorities : tuple of cryptography.x509.Certificate
        Each signs certificates of callers, or of another one of them.
    lists : mapping of bytes to RevocationList, optional
        By fingerprint of the authority; None where the service was given no lists.
    """

    authorities: tuple[x509.Certificate, ...]
    lists: Mapping[bytes, RevocationList] | None
    _chains: dict[x509.Certificate, _Chain] = field(default_factory=dict, repr=False)

    def check(self, certificate: x509.Certificate, now: datetime) -> None:
        """Refuse a certificate that does not hold: the connection may be older than its end.

        Raises
        ------
        Refusal
            ``CERTIFICATE_UNTRUSTED``, ``CERTIFICATE_EXPIRED``, ``CERTIFICATE_REVOKED``; or
            ``REVOCATION_UNKNOWN`` if the list of its authority is out of date.
        """
        chain = self._chains.get(certificate)
        if chain is None:
            chain = self._chain_of(certificate)
            if len(self._chains) >= _MAX_CHAINS:
                self._chains.clear()
            self._chains[certificate] = chain
        chain.check(now)

    def _chain_of(self, certificate: x509.Certificate) -> _Chain:
        """Find who signed it, who signed that, and so on: up to one that nobody else here signed."""
        chain = [certificate]
        while len(chain) < _MAX_CHAIN and (issuer := self._issuer_of(chain[-1])) is not None:
            chain.append(issuer)
        if len(chain) == 1:
            raise unauthenticated("CERTIFICATE_UNTRUSTED", "the certificate is of no trusted authority")
        lists = self.lists
        return _Chain(
            max(link.not_valid_before_utc for link in chain),
            min(link.not_valid_after_utc for link in chain),
            ()
            if lists is None
            else tuple((link.serial_number, lists[fingerprint(issuer)]) for link, issuer in pairwise(chain)),
        )

    def _issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        return next((a for a in self.authorities if a != certificate and _signed(a, certificate)), None)


class Trust:
    """The files of authorities and of revocation lists, which may be replaced while the service runs.

    Parameters
    ----------
    authorities : Path
        PEM certificates.
    revoked : Path, optional
        PEM revocation lists, one of each authority. Once given, it must stay in order: a caller whose
        authority's list is past its time is refused.
    clock : callable, optional
        Gives the time, UTC.
    interval_s : float
        How often to look for new files at most.

    Raises
    ------
    InvalidSetting
        If they cannot be used the first time; later that is logged, and what they said before stays in force.
    """

    def __init__(
        self,
        authorities: Path,
        revoked: Path | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        interval_s: float = 1.0,
    ) -> None:
        self._paths = [authorities] if revoked is None else [authorities, revoked]
        self._clock = clock
        self._last: Mapping[bytes, RevocationList] = {}
        what = "file of authorities" if revoked is None else "file of authorities or revocation lists"
        self._file = ChangingFile(self._paths, self._read, what=what, interval_s=interval_s)

    def check(self, certificate: x509.Certificate) -> None:
        """Refuse a certificate that does not hold now.

        Raises
        ------
        Refusal
            As `TrustedAuthorities.check`.
        """
        self._file.current().check(certificate, self._clock())

    def _read(self, read: Sequence[bytes]) -> TrustedAuthorities:
        authorities = read_certificates(read[0], f"authorities {self._paths[0]}")
        if len(read) == 1:
            return TrustedAuthorities(authorities, None)
        lists = read_lists(read[1], authorities, str(self._paths[1]))
        self._check_newer(lists)
        self._warn_if_old(lists)
        self._last = lists
        return TrustedAuthorities(authorities, lists)

    def _check_newer(self, lists: Mapping[bytes, RevocationList]) -> None:
        """Refuse an older list: it would let revoked callers in again."""
        for key, new in lists.items():
            old = self._last.get(key)
            if old is not None and new.made_at < old.made_at:
                raise InvalidSetting(
                    f"revocation list {self._paths[1]}: of {new.made_at:{_MINUTE}}, older than the one in "
                    f"force, of {old.made_at:{_MINUTE}}"
                )

    def _warn_if_old(self, lists: Mapping[bytes, RevocationList]) -> None:
        for found in lists.values():
            if found.next_at is not None and found.next_at < self._clock() + _WARN_BEFORE:
                _logger.warning(
                    "a revocation list of %s is good until %s only: callers are refused then",
                    self._paths[1],
                    found.next_at.isoformat(),
                )


def _check_list(serial: int, revoked: RevocationList, now: datetime) -> None:
    if serial in revoked.serials:
        raise unauthenticated("CERTIFICATE_REVOKED", "the certificate was revoked")
    if revoked.next_at is not None and revoked.next_at < now:
        raise unauthenticated(
            "REVOCATION_UNKNOWN",
            f"the revocation list of its authority was good until {revoked.next_at:{_MINUTE}}: the service "
            "needs a newer one",
        )


def _signed(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
