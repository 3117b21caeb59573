"""The protos: generated code is up to date, every field is explained, the engine's words are all there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

from vantay.intake.application import MissingReason
from vantay.intake.result import Outcome, Reason
from vantay.store import OnConflict, SubjectStatus
from vantay.store.published import DECISION_KINDS
from vantay.types import FingerPosition
from vantay_service.v1 import (
    cases_pb2,
    decisions_pb2,
    enrolment_pb2,
    intake_pb2,
    people_pb2,
    samples_pb2,
)

GENERATE = Path(__file__).resolve().parents[2] / "service" / "generate.py"
_ENUM, _MESSAGE, _SERVICE, _FIELD, _METHOD = 5, 4, 6, 2, 2  # numbers of fields in descriptor.proto


@cache
def files() -> list[FileDescriptorProto]:
    """The protos with their comments."""
    command = [sys.executable, str(GENERATE), "--descriptors", "/dev/stdout"]
    made = FileDescriptorSet.FromString(subprocess.run(command, check=True, capture_output=True).stdout)
    return [file for file in made.file if file.package == "vantay.v1"]


def comments_of(file: FileDescriptorProto) -> dict[tuple[int, ...], str]:
    return {
        tuple(location.path): location.leading_comments.strip()
        for location in file.source_code_info.location
        if location.leading_comments
    }


def fields() -> Iterator[tuple[str, FieldDescriptorProto, str]]:
    for file in files():
        comments = comments_of(file)
        for i, message in enumerate(file.message_type):
            for j, field in enumerate(message.field):
                comment = comments.get((_MESSAGE, i, _FIELD, j), "")
                yield f"{message.name}.{field.name}", field, comment


def enums() -> list[EnumDescriptorProto]:
    return [enum for file in files() for enum in file.enum_type]


def messages() -> list[DescriptorProto]:
    return [message for file in files() for message in file.message_type]


def test_generated_code_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(GENERATE), "--check"], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_check_names_a_file_that_is_not_as_generated() -> None:
    sys.path.insert(0, str(GENERATE.parent))
    try:
        import generate  # noqa: PLC0415 - a program, not a package
    finally:
        sys.path.pop(0)
    differences = generate.find_differences(
        {"a.py": b"1", "b.py": b"2"}, {"a.py": b"1", "b.py": b"3", "c.py": b""}
    )
    assert differences == ["b.py", "c.py"]


def test_every_field_is_explained() -> None:
    assert [name for name, _, comment in fields() if not comment] == []


def test_every_number_and_text_has_an_example() -> None:
    explained_by_type = {
        FieldDescriptorProto.TYPE_MESSAGE,
        FieldDescriptorProto.TYPE_ENUM,
        FieldDescriptorProto.TYPE_BOOL,
    }
    lacking = [n for n, f, c in fields() if f.type not in explained_by_type and "xample" not in c]
    assert lacking == []


def test_every_text_of_a_request_has_a_limit() -> None:
    limits = ("characters", "ISO 8601 date", "capital letters")
    asked = {m.name for m in messages() if m.name.endswith("Request")}
    texts = [
        (name, comment)
        for name, field, comment in fields()
        if field.type == FieldDescriptorProto.TYPE_STRING and name.split(".")[0] in asked
    ]
    assert texts
    assert [n for n, comment in texts if not any(limit in comment for limit in limits)] == []


def test_every_service_and_call_is_explained() -> None:
    for file in files():
        comments = comments_of(file)
        for i, service in enumerate(file.service):
            assert (_SERVICE, i) in comments, service.name
            for j, method in enumerate(service.method):
                assert (_SERVICE, i, _METHOD, j) in comments, method.name


def test_enums_start_unspecified_and_carry_their_name() -> None:
    assert enums()
    for enum in enums():
        prefix = "".join(f"_{c}" if c.isupper() else c.upper() for c in enum.name).lstrip("_")
        assert (enum.value[0].name, enum.value[0].number) == (f"{prefix}_UNSPECIFIED", 0)
        assert all(value.name.startswith(f"{prefix}_") for value in enum.value)


@pytest.mark.parametrize(
    ("wire", "prefix", "words"),
    [
        (intake_pb2.Outcome, "OUTCOME", [o.name for o in Outcome]),
        (intake_pb2.CheckReason, "CHECK_REASON", [r.name for r in Reason]),
        (samples_pb2.FingerPosition, "FINGER_POSITION", [p.name for p in FingerPosition if p]),
        (samples_pb2.MissingReason, "MISSING_REASON", [r.name for r in MissingReason]),
        (people_pb2.SubjectStatus, "SUBJECT_STATUS", [s.name for s in SubjectStatus]),
        (decisions_pb2.DecisionKind, "DECISION_KIND", list(DECISION_KINDS)),
        (enrolment_pb2.OnConflict, "ON_CONFLICT", [c.name for c in OnConflict]),
        (cases_pb2.Verdict, "VERDICT", ["SAME_PERSON", "DIFFERENT_PERSON"]),
    ],
)
def test_wire_has_exactly_the_words_of_the_engine(wire: object, prefix: str, words: list[str]) -> None:
    names = list(wire.keys())  # type: ignore[attr-defined]
    assert set(names) == {f"{prefix}_{word}" for word in ["UNSPECIFIED", *words]}


def test_finger_positions_have_the_codes_of_iso_19794_2() -> None:
    for position in FingerPosition:
        if position:
            assert int(samples_pb2.FingerPosition.Value(f"FINGER_POSITION_{position.name}")) == int(position)
