"""Which certificates were revoked: the lists (RFC 5280, section 5) of the trusted authorities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from vantay.errors import InvalidSetting
from vantay_service.access.pem_files import read_revocation_lists


@dataclass(frozen=True, slots=True)
class RevocationList:
    """The list of one authority.

    Attributes
    ----------
    serials : frozenset of int
        Of the certificates that it revoked.
    made_at : datetime
        UTC.
    next_at : datetime, optional
        When a newer one must be there at the latest, UTC.
    """

    serials: frozenset[int]
    made_at: datetime
    next_at: datetime | None


def read_lists(
    pem: bytes, authorities: Sequence[x509.Certificate], where: str
) -> Mapping[bytes, RevocationList]:
    """Read the lists of all authorities, by the fingerprint of the authority.

    Raises
    ------
    InvalidSetting
        If one is damaged, is signed by none of the authorities, has entries of a kind that is not known here,
        or if an authority has none.
    """
    what = f"revocation list {where}"
    lists: dict[bytes, RevocationList] = {}
    for found in read_revocation_lists(pem, what):
        _check_kind(found, what)
        authority = _signer_of(found, authorities, what)
        read = RevocationList(
            frozenset(entry.serial_number for entry in found),
            found.last_update_utc,
            found.next_update_utc,
        )
        known = lists.setdefault(fingerprint(authority), read)
        if known.made_at < read.made_at:
            lists[fingerprint(authority)] = read
    for authority in authorities:
        if fingerprint(authority) not in lists:
            raise InvalidSetting(
                f"{what}: none of {authority.subject.rfc4514_string()}, expected one of each"
            )
    return lists


def fingerprint(certificate: x509.Certificate) -> bytes:
    """Give the SHA-256 of a certificate."""
    return certificate.fingerprint(hashes.SHA256())


def _signer_of(
    found: x509.CertificateRevocationList, authorities: Sequence[x509.Certificate], what: str
) -> x509.Certificate:
    for authority in authorities:
        if authority.subject == found.issuer and _is_signed_by(found, authority):
            return authority
    raise InvalidSetting(
        f"{what}: that of {found.issuer.rfc4514_string()} is not signed by a trusted authority"
    )


def _is_signed_by(found: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    try:
        return found.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    except TypeError:  # a key of a kind that signs no lists
        return False


def _check_kind(found: x509.CertificateRevocationList, what: str) -> None:
    """Refuse partial lists: changes to another list, or of some kinds of certificates only."""
    for extension in found.extensions:
        if extension.critical:
            raise InvalidSetting(f"{what}: has {extension.oid.dotted_string}, expected a complete list")
