"""Requests from files; and the requests that the documentation shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from google.protobuf.descriptor_pool import Default
from google.protobuf.json_format import Parse, ParseError
from google.protobuf.message_factory import GetMessageClass

from service.mutation import images
from service.wire import check_request, run, serving, wire_samples
from vantay.engine import Engine
from vantay_service.client import (
    check_request_from_files,
    samples_from_files,
    samples_from_folder,
)
from vantay_service.conversion.checks import read_application
from vantay_service.conversion.limits import RequestLimits
from vantay_service.v1 import intake_pb2, samples_pb2

PAGE = Path(__file__).resolve().parents[2] / "docs" / "service-api.md"
INDEX = samples_pb2.FINGER_POSITION_RIGHT_INDEX


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    folder = tmp_path / "captures"
    folder.mkdir()
    for finger in wire_samples(1).fingers[:4]:
        name = samples_pb2.FingerPosition.Name(finger.position).removeprefix("FINGER_POSITION_").lower()
        (folder / f"{name}.fmr").write_bytes(finger.template_record)
    (folder / "left-little.png").write_bytes(images()[0])
    (folder / "face.jpg").write_bytes(images()[3])
    (folder / ".DS_Store").write_bytes(b"")
    return folder


def form_of_page() -> str:
    found = re.search(r"```json CheckApplicantRequest\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_folder_becomes_samples_by_the_names_of_its_files(captures: Path) -> None:
    samples = samples_from_folder(captures, ppi=500)
    assert [finger.position for finger in samples.fingers] == [1, 2, 3, 4, 10]
    assert [f.WhichOneof("content") for f in samples.fingers] == ["template_record"] * 4 + ["image"]
    assert samples.face.image == images()[3]
    assert samples.ppi == 500


@pytest.mark.parametrize("name", ["index.png", "right_index.png", "face.png", "unspecified.png"])
def test_file_that_is_of_no_sample_or_of_a_second_one_is_named(captures: Path, name: str) -> None:
    (captures / name).write_bytes(images()[0])
    with pytest.raises(ValueError, match="expected one file each"):
        samples_from_folder(captures)


def test_form_and_folder_become_a_request_that_is_read(captures: Path, tmp_path: Path) -> None:
    form = tmp_path / "application.json"
    form.write_text(form_of_page(), encoding="utf-8")
    request = check_request_from_files(form, captures)
    application = read_application(request, RequestLimits())
    assert application.reference == "HN-2026-0731-00042"
    assert len(application.captures.fingers) == 5
    assert len(application.captures.missing) == 1
    assert application.captures.operator == "counter-3/officer-118"


def test_form_with_an_unknown_field_is_refused(captures: Path, tmp_path: Path) -> None:
    form = tmp_path / "application.json"
    form.write_text(json.dumps({"levle": 2}), encoding="utf-8")
    with pytest.raises(ParseError, match="levle"):
        check_request_from_files(form, samples_from_folder(captures))


def test_image_from_a_file_reaches_the_extractor(engine: Engine, captures: Path) -> None:
    request = check_request(20)
    request.captures.samples.CopyFrom(samples_from_files({INDEX: captures / "left-little.png"}))

    async def scenario() -> None:
        async with serving(engine) as wire, wire.async_client() as client:
            answer = await client.check_applicant(request)
            report = {r.position: r for r in answer.captures}[INDEX]
            assert report.HasField("quality") or report.reason == intake_pb2.CHECK_REASON_FINGER_UNUSABLE

    run(scenario())


CALLS = re.findall(
    r"vantay-call -d '(\{.*?\})' localhost:8443 vantay\.v1\.(\w+)/(\w+)", PAGE.read_text(encoding="utf-8")
)
MADE_WITH_JQ = re.findall(
    r"jq '(\{.*?\})' application\.json \|\n  vantay-call -d @ localhost:8443 vantay\.v1\.(\w+)/(\w+)",
    PAGE.read_text(encoding="utf-8"),
)


@pytest.mark.parametrize(("form", "service", "method"), CALLS, ids=[call[2] for call in CALLS])
def test_call_of_the_page_is_a_request_of_its_method(form: str, service: str, method: str) -> None:
    asked = Default().FindServiceByName(f"vantay.v1.{service}").methods_by_name[method].input_type
    request = Parse(form, GetMessageClass(asked)())
    assert request.ByteSize()


@pytest.mark.parametrize(
    ("program", "service", "method"), MADE_WITH_JQ, ids=[call[2] for call in MADE_WITH_JQ]
)
def test_call_that_the_page_makes_with_jq_is_a_request_of_its_method(
    program: str, service: str, method: str
) -> None:
    form = re.sub(r"(\w+):", r'"\1":', program.replace(".captures.samples", '{"ppi": 500}'))
    test_call_of_the_page_is_a_request_of_its_method(form, service, method)


def test_page_shows_calls() -> None:
    assert (len(CALLS), len(MADE_WITH_JQ)) == (8, 3)
