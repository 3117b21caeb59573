"""1:1 and 1:N: what is asked, from the wire; what was found, to the wire."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from vantay.search import IdentifyResult, SearchFilter, VerifyResult
from vantay.store import SubjectStatus
from vantay_service.conversion.evidence import (
    write_candidates,
    write_finger_scores,
    write_probe,
    write_timings,
)
from vantay_service.conversion.fields import read_number, read_optional_enum, read_rate
from vantay_service.conversion.limits import MAX_CANDIDATES
from vantay_service.conversion.people import SEXES, read_galleries, read_year
from vantay_service.error_status import InvalidField
from vantay_service.v1 import identification_pb2, people_pb2, verification_pb2

_STATUSES: Final = MappingProxyType(
    {
        int(people_pb2.SUBJECT_STATUS_ACTIVE): SubjectStatus.ACTIVE,
        int(people_pb2.SUBJECT_STATUS_LOCKED): SubjectStatus.LOCKED,
    }
)
_FIRST_OF_ALL_YEARS, _LAST_OF_ALL_YEARS = 1, 9999


def read_threshold_fmr(request: verification_pb2.VerifyRequest) -> float | None:
    """Read the false match rate to decide at, if it is given."""
    if not request.HasField("threshold_fmr"):
        return None
    return read_rate("threshold_fmr", request.threshold_fmr)


def read_target_fpir(request: identification_pb2.IdentifyRequest) -> float | None:
    """Read the wanted rate of false finds, if it is given."""
    return read_rate("target_fpir", request.target_fpir) if request.HasField("target_fpir") else None


def read_max_candidates(request: identification_pb2.IdentifyRequest) -> int | None:
    """Read how many candidates are wanted, if it is given."""
    if not request.HasField("max_candidates"):
        return None
    return int(read_number("max_candidates", request.max_candidates, 1, MAX_CANDIDATES))


def read_filter(whom: identification_pb2.SearchFilter) -> SearchFilter:
    """Read whom to search; an empty filter is everyone."""
    status = read_optional_enum("filter.status", whom.status, _STATUSES)
    sex = read_optional_enum("filter.sex", whom.sex, SEXES)
    return SearchFilter(
        galleries=read_galleries("filter.galleries", whom.galleries) or None,
        status=None if status is None else status.value,
        sex=None if sex is None else sex.value,
        birth_years=_read_years(whom),
    )


def _read_years(whom: identification_pb2.SearchFilter) -> tuple[int, int] | None:
    first = read_year("filter.first_birth_year", whom.first_birth_year)
    last = read_year("filter.last_birth_year", whom.last_birth_year)
    if first is None and last is None:
        return None
    years = (first or _FIRST_OF_ALL_YEARS, last or _LAST_OF_ALL_YEARS)
    if years[0] > years[1]:
        raise InvalidField("filter.last_birth_year", f"is {years[1]}, expected at least {years[0]}")
    return years


def write_verify_result(result: VerifyResult, subject_id: str) -> verification_pb2.VerifyResponse:
    """Tell what a 1:1 comparison found."""
    return verification_pb2.VerifyResponse(
        is_match=result.is_match,
        score=result.score,
        threshold=result.threshold,
        subject_id=subject_id,
        finger_scores=write_finger_scores(result.finger_scores),
        face_score=result.face_score,
        probe=write_probe(result.probe_qualities, result.probe_face_quality, result.failures),
        timings=write_timings(result.timings_ms),
        is_locked=result.is_locked,
    )


def write_identify_result(result: IdentifyResult) -> identification_pb2.IdentifyResponse:
    """Tell what a search found."""
    return identification_pb2.IdentifyResponse(
        candidates=write_candidates(result),
        threshold=result.threshold,
        n_searched=result.n_searched,
        arrangement=result.arrangement,
        probe=write_probe(result.probe_qualities, result.probe_face_quality, result.failures),
        timings=write_timings(result.timings_ms),
    )
