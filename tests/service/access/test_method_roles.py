"""The table of roles and the protos say the same methods."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest
from google.protobuf.descriptor import FileDescriptor

import vantay_service.v1
from vantay_service.access.method_roles import (
    ALL_METHODS,
    HEALTH_METHODS,
    REFLECTION_METHODS,
    ROLE_METHODS,
    Role,
    method_of,
)

DOCS = Path(__file__).resolve().parents[3] / "docs" / "access.md"


def methods_of_protos() -> set[str]:
    names = [module.name for module in pkgutil.iter_modules(vantay_service.v1.__path__)]
    files: list[FileDescriptor] = [
        importlib.import_module(f"vantay_service.v1.{name}").DESCRIPTOR
        for name in names
        if name.endswith("_pb2")
    ]
    return {
        f"{service.full_name}/{method.name}"
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
    }


def test_every_method_of_the_protos_has_a_role_and_no_other_has() -> None:
    methods = methods_of_protos()
    assert len(methods) >= 15
    assert {method_of(f"/{method}") for method in methods} == ALL_METHODS


def test_methods_of_other_packages_are_not_taken_for_ours() -> None:
    assert method_of("/other.v1.IntakeService/CheckApplicant") not in ALL_METHODS
    assert method_of("/vantay.v1.IntakeService/CheckApplicant") in ALL_METHODS


def test_only_those_who_work_with_records_may_change_them() -> None:
    assert ROLE_METHODS[Role.AUDITOR].isdisjoint(
        {"EnrolmentService/Enrol", "EnrolmentService/Erase", "CaseService/DecideCase"}
    )
    assert [role for role in Role if "EnrolmentService/Erase" in ROLE_METHODS[role]] == [Role.OPERATOR]
    assert [role for role in Role if "CaseService/DecideCase" in ROLE_METHODS[role]] == [Role.EXAMINER]


def test_a_counter_searches_only_by_checks_which_need_consent() -> None:
    assert ROLE_METHODS[Role.INTAKE] == {"IntakeService/CheckApplicant", "VerificationService/Verify"}
    assert [role for role in Role if "IdentificationService/Identify" in ROLE_METHODS[role]] == [
        Role.EXAMINER
    ]


def test_open_methods_have_no_role() -> None:
    assert ALL_METHODS.isdisjoint(HEALTH_METHODS | REFLECTION_METHODS)


@pytest.mark.parametrize("method", sorted(ALL_METHODS))
def test_the_table_in_the_docs_says_the_same(method: str) -> None:
    row = next(
        line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{method}`")
    )
    cells = [cell.strip() for cell in row.strip("|").split("|")][1:]
    assert cells == ["yes" if method in ROLE_METHODS[role] else "" for role in Role]
