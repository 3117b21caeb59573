"""What a roles file may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from vantay.errors import InvalidSetting
from vantay_service.access.method_roles import ROLE_METHODS, Role
from vantay_service.access.rate_limit import Limit
from vantay_service.access.roles import DEFAULT_LIMIT, RoleBook, Roles, read_roles

CHECK = "IntakeService/CheckApplicant"
VERIFY = "VerificationService/Verify"


def book(text: str) -> RoleBook:
    return read_roles(text.encode(), "roles.toml")


def test_caller_may_what_one_of_its_roles_may() -> None:
    found = book('[callers."desk-1"]\nroles = ["examiner", "intake"]')
    assert found.role_for("desk-1", CHECK) is Role.INTAKE
    assert found.role_for("desk-1", VERIFY) is Role.EXAMINER
    assert found.role_for("desk-1", "EnrolmentService/Erase") is None
    assert found.role_for("desk-2", CHECK) is None


def test_empty_file_allows_nobody_anything() -> None:
    assert book("").role_for("desk-1", CHECK) is None


def test_role_may_be_narrowed() -> None:
    found = book(f'[callers.a]\nroles = ["intake"]\n[roles.intake]\nmethods = ["{CHECK}"]')
    assert found.role_for("a", CHECK) is Role.INTAKE
    assert found.role_for("a", VERIFY) is None


def test_caller_may_be_narrowed_alone() -> None:
    found = book(
        '[callers.feed]\nroles = ["auditor"]\nmethods = ["DecisionFeed/Watch"]\n'
        '[callers.other]\nroles = ["auditor"]'
    )
    assert found.role_for("feed", "DecisionFeed/Watch") is Role.AUDITOR
    assert found.role_for("feed", "EnrolmentService/Read") is None
    assert found.role_for("other", "EnrolmentService/Read") is Role.AUDITOR


def test_limits_are_of_the_caller_else_of_its_role_else_the_default() -> None:
    found = book(
        '[callers.a]\nroles = ["intake"]\nlimit = { calls_per_second = 1, burst = 2 }\n'
        '[callers.b]\nroles = ["intake"]\n'
        "[roles.intake]\ncaller_limit = { calls_per_second = 3.5, burst = 4 }\n"
        "total_limit = { calls_per_second = 5, burst = 6 }"
    )
    assert found.caller_limit("a", Role.INTAKE) == Limit(1.0, 2)
    assert found.caller_limit("b", Role.INTAKE) == Limit(3.5, 4)
    assert found.caller_limit("b", Role.LOADER) == DEFAULT_LIMIT
    assert found.caller_limit("stranger", None) == DEFAULT_LIMIT
    assert found.total_limit(Role.INTAKE) == Limit(5.0, 6)
    assert found.total_limit(Role.LOADER) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("callers = 3", "callers is 3, expected a table"),
        ("[callers]\na = 3", "callers.a is 3, expected a table"),
        ("[caller.a]\nroles = []", "unknown key 'caller'"),
        ("[callers.a]", "roles is None, expected a list of texts"),
        ('[callers.a]\nroles = "intake"', "expected a list of texts"),
        ('[callers.a]\nroles = ["emperor"]', "unknown role 'emperor', expected one of intake, loader"),
        ('[callers.a]\nroles = ["intake"]\nrole = "x"', "unknown key 'role'"),
        ('[callers.a]\nroles = ["intake"]\nmethods = ["EnrolmentService/Erase"]', "'EnrolmentService/Erase'"),
        ('[roles.intake]\nmethods = ["EnrolmentService/Erase"]', "'EnrolmentService/Erase'"),
        ("[roles.emperor]\nmethods = []", "unknown role 'emperor'"),
        ("[roles.intake]\nlimit = 3", "unknown key 'limit'"),
        ("[roles.intake]\ncaller_limit = 3", "expected a table"),
        ("[roles.intake]\ncaller_limit = { burst = 3 }", "calls_per_second is None, expected a number"),
        ("[roles.intake]\ncaller_limit = { calls_per_second = true, burst = 3 }", "expected a number"),
        ("[roles.intake]\ncaller_limit = { calls_per_second = nan, burst = 3 }", "calls_per_second is nan"),
        ("[roles.intake]\ncaller_limit = { calls_per_second = 0, burst = 3 }", "calls_per_second is 0"),
        ("[roles.intake]\ncaller_limit = { calls_per_second = 1, burst = 0 }", "burst is 0"),
        ("[roles.intake]\ncaller_limit = { calls_per_second = 1, burst = 1.5 }", "expected a whole number"),
        ("[roles.intake]\ncaller_limit = { rate = 1 }", "unknown key 'rate'"),
        ("[[", "roles.toml"),
    ],
)
def test_wrong_file_is_refused_with_what_was_expected(text: str, told: str) -> None:
    with pytest.raises(InvalidSetting, match=r"roles file roles\.toml") as refused:
        book(text)
    assert told in str(refused.value)


def test_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"roles file roles\.toml"):
        read_roles(b"\xff\xfe", "roles.toml")


def test_missing_file_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"roles\.toml cannot be read: No such file"):
        Roles(tmp_path / "roles.toml")


def test_roles_that_the_file_does_not_name_are_those_of_the_table() -> None:
    assert {role: rules.methods for role, rules in book("").roles.items()} == dict(ROLE_METHODS)
