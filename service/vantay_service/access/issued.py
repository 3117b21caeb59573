"""What an authority knows of the certificates that it made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """What is known of one certificate that the authority made.

    Attributes
    ----------
    name : str
        Of the caller; ``vantay-serve`` for the server.
    purpose : str
        ``caller`` or ``server``.
    serial : int
    not_after : datetime
        UTC; it is no longer accepted afterwards.
    is_revoked : bool
    """

    name: str
    purpose: str
    serial: int
    not_after: datetime
    is_revoked: bool


def describe(certificate: x509.Certificate, *, is_revoked: bool) -> IssuedCertificate:
    """Tell what a certificate of `x509_profiles` says."""
    name = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return IssuedCertificate(
        str(name),
        "server" if ExtendedKeyUsageOID.SERVER_AUTH in usage else "caller",
        certificate.serial_number,
        certificate.not_valid_after_utc,
        is_revoked,
    )
