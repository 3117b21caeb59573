"""What the development authority's certificates and revocation lists look like (RFC 5280).

Keys are on the curve P-256, signatures ECDSA with SHA-256. Callers carry their name as common name, and may
not act as servers; servers may not act as callers.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Host: TypeAlias = str | IPv4Address | IPv6Address
"""A DNS name or an address."""

_CLOCK_SKEW = timedelta(minutes=5)
"""Certificates are valid a little before they are made: clocks of other machines may be behind."""


def make_key() -> EllipticCurvePrivateKey:
    """Make a private key."""
    return generate_private_key(SECP256R1())


def make_authority_certificate(
    key: EllipticCurvePrivateKey, now: datetime, lifetime: timedelta
) -> x509.Certificate:
    """Make a self-signed certificate that may sign callers, servers and revocation lists only."""
    # a name of its own: two authorities of one name could not be told apart
    name = _name(f"Vantay development authority {secrets.token_hex(4)}")
    return (
        _builder(name, name, key, now, lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def make_caller_certificate(
    caller: str,
    key: EllipticCurvePrivateKey,
    issuer: x509.Certificate,
    issuer_key: EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.Certificate:
    """Make the certificate of a caller."""
    builder = _builder(_name(caller), issuer.subject, key, now, lifetime)
    return _leaf(builder, issuer_key, ExtendedKeyUsageOID.CLIENT_AUTH).sign(issuer_key, hashes.SHA256())


def make_server_certificate(
    hosts: Sequence[Host],
    key: EllipticCurvePrivateKey,
    issuer: x509.Certificate,
    issuer_key: EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.Certificate:
    """Make the certificate of a server that is reached under these names and addresses."""
    alternatives = x509.SubjectAlternativeName(
        [x509.DNSName(host) if isinstance(host, str) else x509.IPAddress(host) for host in hosts]
    )
    builder = _builder(_name("vantay-serve"), issuer.subject, key, now, lifetime)
    return (
        _leaf(builder, issuer_key, ExtendedKeyUsageOID.SERVER_AUTH)
        .add_extension(alternatives, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def make_revocation_list(
    revoked: Iterable[x509.RevokedCertificate],
    number: int,
    issuer: x509.Certificate,
    issuer_key: EllipticCurvePrivateKey,
    now: datetime,
) -> x509.CertificateRevocationList:
    """Make a list that holds as long as its issuer: in development nobody renews it."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now)
        .next_update(issuer.not_valid_after_utc)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_issuer_key_identifier(issuer_key), critical=False)
    )
    for certificate in revoked:
        builder = builder.add_revoked_certificate(certificate)
    return builder.sign(issuer_key, hashes.SHA256())


def make_revocation(serial: int, now: datetime) -> x509.RevokedCertificate:
    """Make an entry of a revocation list."""
    return x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _leaf(
    builder: x509.CertificateBuilder, issuer_key: EllipticCurvePrivateKey, purpose: x509.ObjectIdentifier
) -> x509.CertificateBuilder:
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(_issuer_key_identifier(issuer_key), critical=False)
    )


def _issuer_key_identifier(issuer_key: EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
