"""Reading certificates, keys and revocation lists, with errors that name what is wrong."""

from __future__ import annotations

import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from vantay.errors import InvalidSetting

_LIST = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----\s*", re.DOTALL)


def read_certificates(pem: bytes, what: str) -> tuple[x509.Certificate, ...]:
    """Read one certificate or more.

    Raises
    ------
    InvalidSetting
        If there is none, or one is damaged; the message names `what`.
    """
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidSetting(f"{what}: expected PEM certificates ({error})") from error


def read_revocation_lists(pem: bytes, what: str) -> tuple[x509.CertificateRevocationList, ...]:
    """Read one revocation list or more.

    Raises
    ------
    InvalidSetting
        If there is none, or one is damaged.
    """
    try:
        lists = tuple(x509.load_pem_x509_crl(found[0]) for found in _LIST.finditer(pem))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidSetting(f"{what}: expected PEM revocation lists ({error})") from error
    if not lists:
        raise InvalidSetting(f"{what}: expected PEM revocation lists, found none")
    return lists


def check_pair(key_pem: bytes, certificate: x509.Certificate, what: str) -> None:
    """Refuse a private key that is not that of the certificate.

    Raises
    ------
    InvalidSetting
        If the key is none, is encrypted, or belongs to another certificate: also for the moment in which one
        of the two files is new already and the other is not.
    """
    try:
        key = load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidSetting(f"{what}: expected a PEM private key without a password") from error
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise InvalidSetting(f"{what}: the private key is not that of the certificate")
