"""Who calls: the name in the certificate that a connection was made with."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vantay.errors import CallerError
from vantay.store import Actor
from vantay_service.access.refusal import unauthenticated

AuthContext = Mapping[str, Iterable[bytes]]
"""What gRPC tells of a connection: ``x509_pem_cert`` and other properties, each with its values."""

_CERTIFICATE = "x509_pem_cert"
_TRANSPORT = "transport_security_type"


@dataclass(frozen=True, slots=True)
class CallerCertificate:
    """A certificate that the connection proved, and the name in it.

    Attributes
    ----------
    name : str
        Its one URI among the alternative names; where there is none, its one common name.
    certificate : cryptography.x509.Certificate
    """

    name: str
    certificate: x509.Certificate


def is_plaintext(auth_context: AuthContext) -> bool:
    """Tell whether the connection came in on a port without TLS."""
    return list(auth_context.get(_TRANSPORT, ())) == [b"insecure"]


def read_certificate(auth_context: AuthContext) -> CallerCertificate:
    """Read the certificate of a connection.

    Raises
    ------
    Refusal
        ``CERTIFICATE_MISSING``, or ``CERTIFICATE_UNUSABLE`` if it has no name, several, or is no caller's.
    """
    values = list(auth_context.get(_CERTIFICATE, ()))
    if not values or list(auth_context.get(_TRANSPORT, ())) != [b"ssl"]:
        raise unauthenticated("CERTIFICATE_MISSING", "the connection has no certificate of the caller")
    if len(values) != 1:
        raise unauthenticated("CERTIFICATE_UNUSABLE", f"{len(values)} certificates, expected one")
    return _read_pem(values[0])


@functools.lru_cache(maxsize=4096)
def _read_pem(pem: bytes) -> CallerCertificate:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        _check_purpose(certificate)
        name = _name_of(certificate)
        Actor(name)
    except (ValueError, CallerError) as error:
        raise unauthenticated("CERTIFICATE_UNUSABLE", f"the certificate of the caller: {error}") from error
    return CallerCertificate(name, certificate)


def _check_purpose(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as error:
        raise ValueError("it does not say that it is for callers (clientAuth)") from error
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise ValueError("it is not for callers (clientAuth)")


def _name_of(certificate: x509.Certificate) -> str:
    uris = _uris_of(certificate)
    common = [str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    names = uris or common
    if len(names) != 1:
        kind = "URIs" if uris else "common names"
        raise ValueError(f"it has {len(names)} {kind}, expected one to name the caller")
    return names[0]


def _uris_of(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)
