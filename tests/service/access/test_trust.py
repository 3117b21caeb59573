"""Trusted authorities and their revocation lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from service.access.serving import DAY, Clock, keys_of
from vantay.errors import InvalidSetting
from vantay_service.access.certificates import Authority, make_authority
from vantay_service.access.refusal import Refusal
from vantay_service.access.trust import Trust
from vantay_service.access.x509_profiles import make_caller_certificate, make_key


def certificate_of(authority: Authority, name: str = "desk-1") -> x509.Certificate:
    return x509.load_pem_x509_certificate(authority.issue(name).certificate.read_bytes())


def trust_in(authority: Authority, clock: Clock | None = None) -> Trust:
    return Trust(
        authority.certificate_file, authority.revocation_file, clock=clock or Clock(), interval_s=0.0
    )


def refusal(trust: Trust, certificate: x509.Certificate) -> str:
    with pytest.raises(Refusal) as refused:
        trust.check(certificate)
    return refused.value.reason


def list_of(
    authority: Authority,
    serials: Sequence[int] = (),
    *,
    made_at: datetime | None = None,
    lasts: timedelta = DAY,
    extension: x509.ExtensionType | None = None,
    key: EllipticCurvePrivateKey | None = None,
) -> bytes:
    issuer, issuer_key = keys_of(authority)
    made_at = made_at or datetime.now(UTC)
    builder = x509.CertificateRevocationListBuilder(issuer.subject, made_at, made_at + lasts)
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, made_at).build()
        builder = builder.add_revoked_certificate(entry)
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key or issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def test_certificate_of_a_trusted_authority_holds_for_its_time(authority: Authority) -> None:
    clock = Clock()
    trust = trust_in(authority, clock)
    certificate = certificate_of(authority)
    trust.check(certificate)
    clock.now = certificate.not_valid_after_utc + timedelta(seconds=1)
    assert refusal(trust, certificate) == "CERTIFICATE_EXPIRED"
    clock.now = certificate.not_valid_before_utc - timedelta(seconds=1)
    assert refusal(trust, certificate) == "CERTIFICATE_EXPIRED"


def test_certificate_of_another_authority_is_untrusted(authority: Authority, tmp_path: Path) -> None:
    stranger = certificate_of(make_authority(tmp_path / "others"))
    assert refusal(trust_in(authority), stranger) == "CERTIFICATE_UNTRUSTED"


def test_certificate_that_only_names_the_authority_is_untrusted(authority: Authority) -> None:
    issuer, _ = keys_of(authority)
    key = make_key()
    forged = make_caller_certificate("desk-1", key, issuer, make_key(), datetime.now(UTC), DAY)
    assert refusal(trust_in(authority), forged) == "CERTIFICATE_UNTRUSTED"


def test_authority_that_is_taken_out_of_the_file_is_trusted_no_more(
    authority: Authority, tmp_path: Path
) -> None:
    other = make_authority(tmp_path / "others")
    both = tmp_path / "both.pem"
    both.write_bytes(authority.certificate_file.read_bytes() + other.certificate_file.read_bytes())
    lists = tmp_path / "lists.pem"
    lists.write_bytes(authority.revocation_file.read_bytes() + other.revocation_file.read_bytes())
    trust = Trust(both, lists, interval_s=0.0)
    first, second = certificate_of(authority), certificate_of(other)
    trust.check(first)
    trust.check(second)
    both.write_bytes(authority.certificate_file.read_bytes())
    lists.write_bytes(authority.revocation_file.read_bytes())
    trust.check(first)
    assert refusal(trust, second) == "CERTIFICATE_UNTRUSTED"


def test_revoked_authority_takes_its_certificates_with_it(authority: Authority, tmp_path: Path) -> None:
    middle = make_authority(tmp_path / "middle")
    middle_certificate, middle_key = keys_of(middle)
    root, root_key = keys_of(authority)
    crossed = (
        x509.CertificateBuilder(
            root.subject,
            middle_certificate.subject,
            middle_key.public_key(),
            77,
            middle_certificate.not_valid_before_utc,
            middle_certificate.not_valid_after_utc,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    chain, lists = tmp_path / "chain.pem", tmp_path / "lists.pem"
    chain.write_bytes(crossed.public_bytes(Encoding.PEM) + authority.certificate_file.read_bytes())
    lists.write_bytes(list_of(middle) + list_of(authority))
    trust = Trust(chain, lists, interval_s=0.0)
    caller = certificate_of(middle)
    trust.check(caller)
    lists.write_bytes(list_of(middle) + list_of(authority, [77], made_at=datetime.now(UTC) + DAY / 2))
    assert refusal(trust, caller) == "CERTIFICATE_REVOKED"


def test_list_past_its_time_refuses_all_and_one_that_is_revoked_as_such(authority: Authority) -> None:
    clock = Clock()
    good, bad = certificate_of(authority, "good"), certificate_of(authority, "bad")
    authority.revocation_file.write_bytes(list_of(authority, [bad.serial_number]))
    trust = trust_in(authority, clock)
    trust.check(good)
    clock.now += 2 * DAY
    assert refusal(trust, good) == "REVOCATION_UNKNOWN"
    assert refusal(trust, bad) == "CERTIFICATE_REVOKED"


def test_list_that_ends_soon_is_warned_of(authority: Authority, caplog: pytest.LogCaptureFixture) -> None:
    authority.revocation_file.write_bytes(list_of(authority, lasts=DAY / 2))
    trust_in(authority)
    assert "callers are refused then" in caplog.text


def test_older_list_does_not_let_a_revoked_caller_in_again(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = certificate_of(authority)
    authority.revocation_file.write_bytes(list_of(authority, [certificate.serial_number]))
    trust = trust_in(authority)
    authority.revocation_file.write_bytes(list_of(authority, made_at=datetime.now(UTC) - DAY / 2))
    assert refusal(trust, certificate) == "CERTIFICATE_REVOKED"
    assert "older than the one in force" in caplog.text


@pytest.mark.parametrize(
    "content", [b"", b"no list", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----"]
)
def test_broken_list_changes_nothing(
    authority: Authority, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = certificate_of(authority)
    authority.revoke("desk-1")
    trust = trust_in(authority)
    authority.revocation_file.write_bytes(content)
    assert refusal(trust, certificate) == "CERTIFICATE_REVOKED"
    assert "expected PEM revocation lists" in caplog.text


def test_list_of_nobody_trusted_is_refused(authority: Authority, tmp_path: Path) -> None:
    authority.revocation_file.write_bytes(list_of(make_authority(tmp_path / "others")))
    with pytest.raises(InvalidSetting, match="not signed by a trusted authority"):
        trust_in(authority)


def test_list_with_a_false_signature_is_refused(authority: Authority) -> None:
    authority.revocation_file.write_bytes(list_of(authority, key=make_key()))
    with pytest.raises(InvalidSetting, match="not signed by a trusted authority"):
        trust_in(authority)


def test_partial_list_is_refused(authority: Authority) -> None:
    authority.revocation_file.write_bytes(list_of(authority, extension=x509.DeltaCRLIndicator(1)))
    with pytest.raises(InvalidSetting, match="expected a complete list"):
        trust_in(authority)


def test_authority_without_a_list_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = make_authority(tmp_path / "others")
    both = tmp_path / "both.pem"
    both.write_bytes(authority.certificate_file.read_bytes() + other.certificate_file.read_bytes())
    with pytest.raises(InvalidSetting, match="expected one of each"):
        Trust(both, authority.revocation_file)


def test_newest_of_two_lists_of_one_authority_counts(authority: Authority) -> None:
    certificate = certificate_of(authority)
    now = datetime.now(UTC)
    old = list_of(authority, made_at=now - DAY / 2)
    new = list_of(authority, [certificate.serial_number], made_at=now)
    for content in (old + new, new + old):
        authority.revocation_file.write_bytes(content)
        assert refusal(trust_in(authority), certificate) == "CERTIFICATE_REVOKED"


def test_without_a_list_nobody_is_looked_up(authority: Authority) -> None:
    certificate = certificate_of(authority)
    authority.revoke("desk-1")
    Trust(authority.certificate_file).check(certificate)


@pytest.mark.parametrize("content", [b"", b"no certificate"])
def test_file_without_an_authority_is_refused(authority: Authority, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(content)
    with pytest.raises(InvalidSetting, match="expected PEM certificates"):
        Trust(path)
