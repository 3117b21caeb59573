"""The answer to an application as JSON, as the store seals it and as a case tells it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from vantay.errors import DataCorruption
from vantay.intake.result import (
    CaptureReport,
    CheckedCandidate,
    CheckResult,
    ClaimEvidence,
    Due,
    Outcome,
    Reason,
)
from vantay.types import FingerPosition

Document = dict[str, Any]


def write_answer(result: CheckResult) -> bytes:
    """Write an answer; whether it is a repeat is not part of it."""
    return json.dumps(answer_document(result), separators=(",", ":")).encode()


def read_answer(data: bytes, reference: str) -> CheckResult:
    """Read an answer.

    Raises
    ------
    DataCorruption
        If it is none; the message names the application.
    """
    try:
        return answer_of(json.loads(data))
    except (ValueError, KeyError, TypeError) as error:
        raise DataCorruption(f"the stored answer to application {reference!r} is not readable") from error


def answer_document(result: CheckResult) -> Document:
    """Give an answer as a JSON document."""
    document = _fields(replace(result, is_repeat=False))
    del document["is_repeat"]
    document["candidates"] = [_scored(candidate) for candidate in result.candidates]
    document["claim"] = result.claim and _scored(result.claim)
    document["captures"] = [_report(report) for report in result.captures]
    document["due"] = result.due and {"working_days": result.due.working_days, "on": f"{result.due.on}"}
    document["timings_ms"] = dict(result.timings_ms)
    return document


def answer_of(document: Document) -> CheckResult:
    """Read an answer from a JSON document; `ValueError`, `KeyError` or `TypeError` if it is none."""
    said = dict(document)
    said["outcome"] = Outcome(said["outcome"])
    said["reasons"] = tuple(Reason(reason) for reason in said["reasons"])
    said["candidates"] = tuple(CheckedCandidate(**_read_scored(one)) for one in said["candidates"])
    said["claim"] = said["claim"] and ClaimEvidence(**_read_scored(said["claim"]))
    said["captures"] = tuple(_read_report(report) for report in said["captures"])
    due = said["due"]
    said["due"] = due and Due(due["working_days"], date.fromisoformat(due["on"]))
    return CheckResult(**said)


def _fields(value: Any) -> Document:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _scored(value: CheckedCandidate | ClaimEvidence) -> Document:
    return _fields(value) | {"finger_scores": {p.name: score for p, score in value.finger_scores.items()}}


def _read_scored(document: Mapping[str, Any]) -> Document:
    scores = {FingerPosition[name]: score for name, score in document["finger_scores"].items()}
    return {**document, "finger_scores": scores}


def _report(report: CaptureReport) -> Document:
    return _fields(report) | {"position": None if report.position is None else report.position.name}


def _read_report(document: Mapping[str, Any]) -> CaptureReport:
    name, reason = document["position"], document["reason"]
    position = None if name is None else FingerPosition[name]
    return CaptureReport(position, document["quality"], reason and Reason(reason), document["advice"])
