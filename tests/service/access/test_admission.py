"""Decisions that no connection on loopback can show."""

from __future__ import annotations

import pytest

from vantay_service.access.admission import AccessRules, Admission, Peer
from vantay_service.access.caller_certificate import AuthContext
from vantay_service.access.method_roles import Role
from vantay_service.access.rate_limit import RateLimiter
from vantay_service.access.refusal import Refusal
from vantay_service.access.roles import read_roles

PLAINTEXT: AuthContext = {"transport_security_type": [b"insecure"]}
CHECK = "IntakeService/CheckApplicant"


def admission_by(text: str) -> Admission:
    book = read_roles(text.encode(), "roles")
    rules = AccessRules(lambda: book, None, plaintext_caller="plaintext")
    return Admission(rules, RateLimiter(lambda: 0.0))


@pytest.mark.parametrize(
    "address", ["ipv4:127.0.0.1:5", "ipv4:127.8.9.1:5", "ipv6:%5B::1%5D:5", "unix:/run/x"]
)
def test_plaintext_from_this_machine_is_known_by_the_name_that_was_set(address: str) -> None:
    assert admission_by("").identify(PLAINTEXT, address) == Peer("plaintext", None)


@pytest.mark.parametrize("address", ["ipv4:192.0.2.7:5", "ipv6:%5B2001:db8::1%5D:5", "ipv4:12.7.0.1:5", ""])
def test_plaintext_from_another_machine_is_refused(address: str) -> None:
    with pytest.raises(Refusal) as refused:
        admission_by("").identify(PLAINTEXT, address)
    assert refused.value.reason == "CERTIFICATE_MISSING"


def test_callers_of_a_role_share_its_total_limit() -> None:
    admission = admission_by(
        '[callers.a]\nroles = ["intake"]\n[callers.b]\nroles = ["intake"]\n'
        '[callers.c]\nroles = ["examiner"]\n'
        "[roles.intake]\ntotal_limit = { calls_per_second = 1, burst = 2 }"
    )
    assert admission.admit(Peer("a", None), CHECK) is Role.INTAKE
    assert admission.admit(Peer("b", None), CHECK) is Role.INTAKE
    with pytest.raises(Refusal) as refused:
        admission.admit(Peer("b", None), CHECK)
    assert (refused.value.reason, refused.value.retry_after_s) == ("RATE_LIMITED", 1.0)
    assert admission.admit(Peer("c", None), "VerificationService/Verify") is Role.EXAMINER
