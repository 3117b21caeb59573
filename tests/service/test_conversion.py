"""What comes from the wire is read, or refused by the name of the field."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from intake.people import fingers_of
from service.wire import check_request, wire_samples
from vantay.fingerprint.codec import decode
from vantay.intake.application import CardKind, EnrolIf, MissingReason
from vantay.store import Sex
from vantay.types import FaceTemplate, FingerPosition
from vantay_service.conversion.checks import read_application
from vantay_service.conversion.fields import read_date
from vantay_service.conversion.limits import RequestLimits
from vantay_service.conversion.samples import read_samples
from vantay_service.conversion.searches import read_filter
from vantay_service.error_status import InvalidField
from vantay_service.v1 import identification_pb2, intake_pb2, people_pb2, samples_pb2

LIMITS = RequestLimits()
Request = intake_pb2.CheckApplicantRequest
THUMB, INDEX = FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX


def test_application_is_read_whole() -> None:
    request = check_request(1)
    request.applicant.is_represented = True
    request.guardian.name_reference, request.guardian.phone = "name/2", "+84 901 234 567"
    request.consent.given_by = intake_pb2.CONSENT_GIVER_GUARDIAN
    request.claim.document.number, request.claim.document.document_type = "M 1", "passport"
    del request.captures.samples.fingers[0]
    missing = request.captures.missing.add()
    missing.position = samples_pb2.FINGER_POSITION_RIGHT_THUMB
    missing.reason = samples_pb2.MISSING_REASON_AMPUTATED
    request.captures.captured_at.FromDatetime(datetime(2026, 7, 31, 2, 14, tzinfo=UTC))
    application = read_application(request, LIMITS)
    assert application.reference == "A-1-0"
    assert application.applicant.birth_date == date(1990, 5, 17)
    assert application.applicant.sex is Sex.FEMALE
    assert application.applicant.is_represented
    assert application.travel_document is not None
    assert application.travel_document.expires_on == date(2030, 1, 1)
    assert application.residence_card is not None
    assert application.residence_card.kind is CardKind.TEMPORARY
    assert application.guardian is not None
    assert application.consent is not None
    assert application.consent.given_by == "guardian"
    assert application.claim is not None
    assert application.claim.document_number == "M 1"
    assert application.captures.missing == {THUMB: MissingReason.AMPUTATED}
    assert application.captures.captured_at == datetime(2026, 7, 31, 2, 14, tzinfo=UTC)
    assert application.enrol_if == {EnrolIf.NEW, EnrolIf.KNOWN}
    record = application.captures.fingers[INDEX]
    assert isinstance(record, bytes)
    assert decode(record)[0].minutiae.size == fingers_of(1)[INDEX].minutiae.size


def test_outcome_stands_in_enrol_if_once() -> None:
    request = check_request(1)
    request.enrol_if[:] = [intake_pb2.ENROL_IF_NEW, intake_pb2.ENROL_IF_NEW]
    with pytest.raises(InvalidField, match=r"enrol_if\[1\]: is NEW again"):
        read_application(request, LIMITS)


def test_what_may_be_left_out_is_left_to_the_rules() -> None:
    request = check_request(1)
    for name in ("travel_document", "residence_card", "consent", "captures"):
        request.ClearField(name)
    application = read_application(request, LIMITS)
    assert application.travel_document is None
    assert application.consent is None
    assert application.captures.fingers == {}


def set_path(path: str, value: object) -> Callable[[Request], None]:
    def change(request: Request) -> None:
        holder: object = request
        *way, last = path.split(".")
        for name in way:
            holder = getattr(holder, name) if not name.isdigit() else holder[int(name)]  # type: ignore[index]
        setattr(holder, last, value)

    return change


FINGER = "captures.samples.fingers.2"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("application_reference", "", "application_reference"),
        ("application_reference", "x" * 129, "application_reference"),
        ("application_reference", "a\x00b", "application_reference"),
        ("application_reference", " a", "application_reference"),
        ("level", 0, "level"),
        ("level", 3, "level"),
        ("applicant.birth_date", "", "applicant.birth_date"),
        ("applicant.birth_date", "19900517", "applicant.birth_date"),
        ("applicant.birth_date", "1990-02-30", "applicant.birth_date"),
        ("applicant.birth_date", "1750-01-01", "applicant.birth_date"),
        ("applicant.nationality", "", "applicant.nationality"),
        ("applicant.nationality", "kor", "applicant.nationality"),
        ("applicant.nationality", "ＫＯＲ", "applicant.nationality"),
        ("applicant.sex", 9, "applicant.sex"),
        ("applicant.name_reference", "x" * 257, "applicant.name_reference"),
        ("travel_document.number", "", "travel_document.number"),
        ("travel_document.number", "- -", "travel_document.number"),
        ("travel_document.expires_on", "soon", "travel_document.expires_on"),
        ("residence_card.kind", 0, "residence_card.kind"),
        ("residence_card.number", "x\u202e", "residence_card.number"),
        ("guardian.phone", "0" * 300, "guardian.phone"),
        ("consent.reference", "", "consent.reference"),
        ("consent.given_at.seconds", 10**11, "consent.given_at"),
        ("consent.given_at.seconds", -(10**18), "consent.given_at"),
        ("consent.given_at.nanos", -5, "consent.given_at"),
        ("consent.given_by", 7, "consent.given_by"),
        ("claim.subject_id", "", "claim.subject_id"),
        ("claim.document.issuer", "KOR", "claim.document.document_type"),
        ("subject_id", "x" * 129, "subject_id"),
        ("captures.device", "x" * 257, "captures.device"),
        ("captures.samples.ppi", float("nan"), "captures.samples.ppi"),
        ("captures.samples.ppi", 72.0, "captures.samples.ppi"),
        (f"{FINGER}.position", 0, "captures.samples.fingers[2].position"),
        (f"{FINGER}.position", 11, "captures.samples.fingers[2].position"),
        (f"{FINGER}.position", -1, "captures.samples.fingers[2].position"),
        (f"{FINGER}.position", 1, "captures.samples.fingers[2].position"),
        (f"{FINGER}.image", b"", "captures.samples.fingers[2].image"),
        (f"{FINGER}.image", b"x" * (LIMITS.max_image_bytes + 1), "captures.samples.fingers[2].image"),
        (f"{FINGER}.image", b"FMR\x00", "captures.samples.fingers[2].image"),
        (f"{FINGER}.template_record", b"", "captures.samples.fingers[2].template_record"),
        (
            f"{FINGER}.template_record",
            b"FMR\x00" + bytes(1 << 16),
            "captures.samples.fingers[2].template_record",
        ),
        ("captures.samples.face.image", b"", "captures.samples.face.image"),
        ("captures.samples.face.template.model", "m", "captures.samples.face.template.vector"),
    ],
)
def test_wrong_field_is_named(path: str, value: object, field: str) -> None:
    request = check_request(1)
    set_path(path, value)(request)
    with pytest.raises(InvalidField) as refused:
        read_application(request, LIMITS)
    assert refused.value.field_path == field


@pytest.mark.parametrize("name", ["applicant", "captures.samples.fingers[0]", "claim", "consent.given_at"])
def test_what_is_needed_and_not_set_is_named(name: str) -> None:
    request = check_request(1)
    if name == "captures.samples.fingers[0]":
        request.captures.samples.fingers[0].ClearField("template_record")
    elif name == "claim":
        request.claim.SetInParent()
    else:
        holder, _, last = name.rpartition(".")
        (request.consent if holder else request).ClearField(last)  # type: ignore[arg-type]
    with pytest.raises(InvalidField) as refused:
        read_application(request, LIMITS)
    assert refused.value.field_path == name


def test_finger_cannot_be_captured_and_missing() -> None:
    request = check_request(1)
    missing = request.captures.missing.add()
    missing.position, missing.reason = (
        samples_pb2.FINGER_POSITION_LEFT_RING,
        samples_pb2.MISSING_REASON_BANDAGED,
    )
    with pytest.raises(InvalidField, match=r"captures\.missing\[0\]\.position: LEFT_RING is captured"):
        read_application(request, LIMITS)


def test_secret_is_not_told_in_the_message() -> None:
    request = check_request(1)
    request.travel_document.number = "M1234567\n"
    with pytest.raises(InvalidField) as refused:
        read_application(request, LIMITS)
    assert "M1234567" not in str(refused.value)


def test_more_than_ten_fingers_are_refused_before_any_is_read() -> None:
    samples = wire_samples(1)
    samples.fingers.add()
    with pytest.raises(InvalidField, match=r"probe\.fingers: has 11 entries, expected at most 10"):
        read_samples("probe", samples, LIMITS)


def face_sample(vector: bytes, quality: int = 50) -> samples_pb2.Samples:
    template = samples_pb2.FaceTemplate(vector=vector, model="m", model_version="1", quality=quality)
    return samples_pb2.Samples(face=samples_pb2.FaceSample(template=template))


def test_face_template_is_read() -> None:
    vector = np.zeros(8, np.float16)
    vector[3] = 1
    read = read_samples("probe", face_sample(vector.tobytes()), LIMITS)
    assert read.face == FaceTemplate(vector, "m", "1", 50)


@given(st.binary(max_size=64), st.integers(0, 200))
def test_face_vector_is_read_or_refused_whatever_its_bytes(vector: bytes, quality: int) -> None:
    with contextlib.suppress(InvalidField):
        read = read_samples("probe", face_sample(vector, quality), LIMITS)
        assert isinstance(read.face, FaceTemplate)


@given(st.text(max_size=12) | st.dates().map(str))
def test_date_is_read_only_in_its_one_form(text: str) -> None:
    with contextlib.suppress(InvalidField):
        assert read_date("field", text).isoformat() == text


def test_empty_filter_is_everyone() -> None:
    assert read_filter(identification_pb2.SearchFilter()).is_everyone


def test_filter_with_one_bound_has_no_other() -> None:
    assert read_filter(identification_pb2.SearchFilter(first_birth_year=1980)).birth_years == (1980, 9999)
    assert read_filter(identification_pb2.SearchFilter(last_birth_year=1980)).birth_years == (1, 1980)


@pytest.mark.parametrize(
    ("whom", "field"),
    [
        (identification_pb2.SearchFilter(status=people_pb2.SUBJECT_STATUS_ERASED), "filter.status"),
        (identification_pb2.SearchFilter(first_birth_year=12), "filter.first_birth_year"),
        (
            identification_pb2.SearchFilter(first_birth_year=1990, last_birth_year=1980),
            "filter.last_birth_year",
        ),
        (identification_pb2.SearchFilter(galleries=["g"] * 101), "filter.galleries"),
        (identification_pb2.SearchFilter(galleries=["a", ""]), "filter.galleries[1]"),
    ],
)
def test_wrong_filter_is_named(whom: identification_pb2.SearchFilter, field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        read_filter(whom)
    assert refused.value.field_path == field


def test_time_of_the_wire_is_utc() -> None:
    request = check_request(1)
    request.consent.given_at.CopyFrom(Timestamp(seconds=0))
    consent = read_application(request, LIMITS).consent
    assert consent is not None
    assert consent.given_at == datetime(1970, 1, 1, tzinfo=UTC)
