"""The one name in a caller's certificate."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from service.access.serving import DAY
from vantay_service.access.caller_certificate import AuthContext, read_certificate
from vantay_service.access.refusal import Refusal
from vantay_service.access.x509_profiles import make_key


def pem_of(
    common_names: tuple[str, ...] = (),
    uris: tuple[str, ...] = (),
    purpose: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
) -> bytes:
    key = make_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in common_names])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + DAY)
    if uris:
        names = x509.SubjectAlternativeName(
            [x509.DNSName("host.example"), *(x509.UniformResourceIdentifier(uri) for uri in uris)]
        )
        builder = builder.add_extension(names, critical=False)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def context_of(*pems: bytes, transport: bytes = b"ssl") -> AuthContext:
    return {"transport_security_type": [transport], "x509_pem_cert": list(pems)}


def reason_of(context: AuthContext) -> str:
    with pytest.raises(Refusal) as refused:
        read_certificate(context)
    return refused.value.reason


def test_name_is_the_uri_else_the_common_name() -> None:
    uri = "spiffe://agency.example/intake"
    assert read_certificate(context_of(pem_of(("desk-1",)))).name == "desk-1"
    assert read_certificate(context_of(pem_of(("desk-1",), (uri,)))).name == uri
    assert read_certificate(context_of(pem_of((), (uri,)))).name == uri


@pytest.mark.parametrize(
    "pem",
    [
        pem_of(),
        pem_of(("a", "b")),
        pem_of(("a",), ("spiffe://a", "spiffe://b")),
        pem_of(("a",), purpose=ExtendedKeyUsageOID.SERVER_AUTH),
        pem_of(("a",), purpose=None),
        pem_of((" a",)),
        pem_of(("a\nb",)),
        pem_of(("a\x00b",)),
        pem_of(("spiffe://" + "x" * 10,), ("spiffe://" + "x" * 200,)),
        b"",
        b"no certificate",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
)
def test_certificate_that_does_not_name_one_caller_is_unusable(pem: bytes) -> None:
    assert reason_of(context_of(pem)) == "CERTIFICATE_UNUSABLE"


def test_several_certificates_are_unusable() -> None:
    assert reason_of(context_of(pem_of(("a",)), pem_of(("b",)))) == "CERTIFICATE_UNUSABLE"


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"transport_security_type": [b"ssl"]},
        {"transport_security_type": [b"ssl"], "x509_common_name": [b"desk-1"]},
        context_of(),
        context_of(pem_of(("a",)), transport=b"insecure"),
    ],
)
def test_connection_without_a_certificate_is_told_so(context: AuthContext) -> None:
    assert reason_of(context) == "CERTIFICATE_MISSING"
