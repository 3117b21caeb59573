"""Which role may call which method: the one table, and the methods that stand outside of it.

A method that is not in the table may be called by nobody; a test compares it with the protos.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

_PACKAGE = "vantay.v1."


class Role(StrEnum):
    """What a caller is there for."""

    INTAKE = "intake"
    """The system of an intake counter: asks who an applicant is, by checks alone, which need consent."""
    LOADER = "loader"
    """Fills the enrolment database."""
    EXAMINER = "examiner"
    """The system of those who decide the cases that the engine may not decide."""
    AUDITOR = "auditor"
    """Looks at what was recorded and decided, and changes nothing."""
    OPERATOR = "operator"
    """Looks after the records: locks, merges, erases."""


ROLE_METHODS: Mapping[Role, frozenset[str]] = {
    Role.INTAKE: frozenset(
        {
            "IntakeService/CheckApplicant",
            "VerificationService/Verify",
        }
    ),
    Role.LOADER: frozenset(
        {
            "EnrolmentService/Enrol",
            "EnrolmentService/AddEncounter",
            "EnrolmentService/BulkEnrol",
        }
    ),
    Role.EXAMINER: frozenset(
        {
            "CaseService/ListCases",
            "CaseService/ReadCase",
            "CaseService/DecideCase",
            "VerificationService/Verify",
            "IdentificationService/Identify",
            "EnrolmentService/Read",
        }
    ),
    Role.AUDITOR: frozenset(
        {
            "EnrolmentService/Read",
            "CaseService/ListCases",
            "CaseService/ReadCase",
            "DecisionFeed/Watch",
        }
    ),
    Role.OPERATOR: frozenset(
        {
            "EnrolmentService/Lock",
            "EnrolmentService/Unlock",
            "EnrolmentService/Merge",
            "EnrolmentService/Erase",
            "DecisionFeed/Watch",
        }
    ),
}
"""What each role may call, as ``Service/Method`` of the package ``vantay.v1``."""

ALL_METHODS: frozenset[str] = frozenset[str]().union(*ROLE_METHODS.values())

HEALTH_METHODS = frozenset(
    {"grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch", "grpc.health.v1.Health/List"}
)
"""Open to every caller with a valid certificate."""

REFLECTION_METHODS = frozenset(
    {
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    }
)
"""Open likewise where the service is set to allow reflection, else to nobody."""


def method_of(path: str) -> str:
    """Name a method as the table does: ``/vantay.v1.CaseService/ReadCase`` is ``CaseService/ReadCase``."""
    return path.removeprefix("/").removeprefix(_PACKAGE)
