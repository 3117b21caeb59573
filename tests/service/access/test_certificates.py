"""The development authority: its files, who may read them, what it issues and revokes."""

from __future__ import annotations

import multiprocessing
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from vantay.errors import CallerError, InvalidSetting
from vantay_service.access.certificates import Authority, make_authority
from vantay_service.access.method_roles import Role
from vantay_service.access.roles import read_roles


def certificate_in(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def revocation_list(authority: Authority) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl(authority.revocation_file.read_bytes())


def usage_of(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_keys_are_for_their_owner_alone(authority: Authority) -> None:
    authority.issue("desk-1")
    keys = list(authority.folder.rglob("*.key"))
    assert len(keys) == 3
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert stat.S_IMODE(authority.folder.stat().st_mode) == 0o700
    assert not [path for path in authority.folder.rglob(".*.*") if path.is_file()]  # no drafts are left


def test_server_certificate_names_where_it_is_reached(tmp_path: Path) -> None:
    made = make_authority(tmp_path / "c", names=["vantay.example"], addresses=["192.0.2.1", "::1"])
    server = certificate_in(made.server.certificate)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["vantay.example"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.1", "::1"]
    assert usage_of(server) == [ExtendedKeyUsageOID.SERVER_AUTH]
    server.verify_directly_issued_by(certificate_in(made.certificate_file))


def test_caller_certificate_is_for_callers_only_and_ends(authority: Authority) -> None:
    files = authority.issue("desk-1", days=30)
    certificate = certificate_in(files.certificate)
    assert certificate.subject.rfc4514_string() == "CN=desk-1"
    assert usage_of(certificate) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=29) < left <= timedelta(days=30)


def test_certificate_does_not_outlive_its_authority(tmp_path: Path) -> None:
    short = make_authority(tmp_path / "c", days=2)
    issued = certificate_in(short.issue("desk-1", days=365).certificate)
    assert issued.not_valid_after_utc <= certificate_in(short.certificate_file).not_valid_after_utc


def test_two_authorities_have_two_names(tmp_path: Path) -> None:
    names = {certificate_in(make_authority(tmp_path / n).certificate_file).subject for n in ("a", "b")}
    assert len(names) == 2


def test_roles_are_noted_and_what_stands_in_the_file_is_kept(authority: Authority) -> None:
    authority.roles_file.write_text(authority.roles_file.read_text() + "# a note of the operator\n")
    authority.issue("desk.1-a_b", roles=[Role.INTAKE, Role.LOADER])
    text = authority.roles_file.read_text()
    assert "# a note of the operator" in text
    found = read_roles(text.encode(), "roles")
    assert found.callers["desk.1-a_b"].roles == (Role.INTAKE, Role.LOADER)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", ".hidden", "x" * 65, 'a"]\n[x', "ă", "a\n"])
def test_name_that_is_none_is_refused(authority: Authority, name: str) -> None:
    with pytest.raises(CallerError, match="expected 1 to 64 letters"):
        authority.issue(name)


def test_caller_gets_a_second_certificate_only_when_asked_for(authority: Authority) -> None:
    first = certificate_in(authority.issue("desk-1", roles=[Role.INTAKE]).certificate)
    with pytest.raises(CallerError, match="has a certificate already"):
        authority.issue("desk-1")
    second = certificate_in(authority.issue("desk-1", roles=[Role.INTAKE], replace=True).certificate)
    assert {made.serial for made in authority.certificates() if made.name == "desk-1"} == {
        first.serial_number,
        second.serial_number,
    }
    assert authority.roles_file.read_text().count("desk-1") == 1


def test_other_roles_than_those_in_the_file_are_refused(authority: Authority) -> None:
    authority.issue("desk-1", roles=[Role.INTAKE])
    with pytest.raises(CallerError, match="other roles"):
        authority.issue("desk-1", roles=[Role.OPERATOR], replace=True)


def test_all_certificates_of_a_caller_are_revoked_and_no_other(authority: Authority) -> None:
    authority.issue("desk-1")
    authority.issue("desk-1", replace=True)
    authority.issue("desk-2")
    assert authority.revoke("desk-1") == 2
    assert authority.revoke("desk-1") == 0
    assert [(made.name, made.is_revoked) for made in authority.certificates()] == [
        ("desk-1", True),
        ("desk-1", True),
        ("desk-2", False),
        ("vantay-serve", False),
    ]
    assert not list((authority.folder / "clients").glob("desk-1.*"))


def test_revocation_list_is_signed_and_counted(authority: Authority) -> None:
    key = certificate_in(authority.certificate_file).public_key()
    numbers = []
    for name in ("a", "b"):
        authority.issue(name)
        authority.revoke(name)
        found = revocation_list(authority)
        assert found.is_signature_valid(key)  # type: ignore[arg-type]
        numbers.append(found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number)
    assert numbers == [2, 3]
    assert len(revocation_list(authority)) == 2


def test_name_of_the_server_is_not_revoked_as_a_caller(authority: Authority) -> None:
    with pytest.raises(CallerError, match="no certificate of 'vantay-serve'"):
        authority.revoke("vantay-serve")


def test_server_is_renewed(authority: Authority) -> None:
    before = certificate_in(authority.server.certificate)
    authority.renew_server(["new.example"], [])
    after = certificate_in(authority.server.certificate)
    assert after.serial_number != before.serial_number
    names = after.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["new.example"]


def test_authority_is_found_again(authority: Authority) -> None:
    again = Authority.open(authority.folder)
    issued = certificate_in(again.issue("desk-1").certificate)
    issued.verify_directly_issued_by(certificate_in(authority.certificate_file))


def test_folder_with_something_in_it_is_refused(authority: Authority) -> None:
    before = authority.certificate_file.read_bytes()
    with pytest.raises(CallerError, match="is not empty"):
        make_authority(authority.folder)
    assert authority.certificate_file.read_bytes() == before


@pytest.mark.parametrize(("names", "addresses"), [([], []), (["localhost"], ["localhost"])])
def test_server_without_a_place_is_refused(tmp_path: Path, names: list[str], addresses: list[str]) -> None:
    with pytest.raises(CallerError):
        make_authority(tmp_path / "c", names=names, addresses=addresses)
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_lifetime_out_of_range_is_refused(authority: Authority, days: int) -> None:
    with pytest.raises(CallerError, match="expected 1 to 36500"):
        authority.issue("desk-1", days=days)


def test_key_that_others_may_read_is_refused(authority: Authority) -> None:
    (authority.folder / "ca.key").chmod(0o640)
    with pytest.raises(InvalidSetting, match="permissions 640"):
        Authority.open(authority.folder)


def test_folder_without_an_authority_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"ca\.key cannot be read"):
        Authority.open(tmp_path)


def issue_and_revoke(folder: Path, name: str) -> None:
    authority = Authority.open(folder)
    for number in range(3):
        authority.issue(f"{name}-{number}", roles=[Role.INTAKE])
        authority.revoke(f"{name}-{number}")


def test_programs_that_write_at_once_lose_nothing(authority: Authority) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=issue_and_revoke, args=(authority.folder, name)) for name in ("a", "b")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len(revocation_list(authority)) == 6
    number = revocation_list(authority).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    assert number == 7
    assert len(read_roles(authority.roles_file.read_bytes(), "roles").callers) == 6
