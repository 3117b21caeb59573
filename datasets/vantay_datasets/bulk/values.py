"""Rows as plain values by column name, without what is null or empty: what both forms of file hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from vantay.types import FingerPosition
from vantay_datasets.bulk.row import BulkRow, Document, Kind, Sex, Status
from vantay_datasets.bulk.schema import COLUMN_NAMES
from vantay_datasets.sample import Modality

Values = Mapping[str, object]

_EMPTY: tuple[object, ...] = ((), {})
_POSITIONS = {int(position): position for position in FingerPosition}
_KINDS = {kind.value: kind for kind in Kind}
_MODALITIES = {modality.value: modality for modality in Modality}
_STATUSES = {status.value: status for status in Status}
_SEXES = {sex.value: sex for sex in Sex}


def row_of(values: Values) -> BulkRow:
    """Make a row of values in which `checks.check_values` found nothing wrong."""
    known = cast("dict[str, Any]", dict(values))
    known["kind"] = _KINDS[known["kind"]]
    known["position"] = _POSITIONS[known["position"]]
    for name, members in (("modality", _MODALITIES), ("status", _STATUSES), ("sex", _SEXES)):
        if name in known:
            known[name] = members[known[name]]
    if "galleries" in known:
        known["galleries"] = tuple(known["galleries"])
    if "documents" in known:
        known["documents"] = tuple(_document_of(document) for document in known["documents"])
    return BulkRow(**known)


def values_of(row: BulkRow) -> dict[str, object]:
    """Give a row as plain values; enumerations become their text or code, documents become mappings."""
    values: dict[str, object] = {}
    for name in COLUMN_NAMES:
        value = getattr(row, name)
        if value is not None and value not in _EMPTY:
            values[name] = value
    values["kind"] = row.kind.value
    values["position"] = int(row.position)
    values["status"] = row.status.value
    for name in ("modality", "sex"):
        if name in values:
            values[name] = cast("Modality | Sex", values[name]).value
    if row.galleries:
        values["galleries"] = list(row.galleries)
    if row.documents:
        values["documents"] = [_document_values(document) for document in row.documents]
    if row.labels:
        values["labels"] = dict(row.labels)
    return values


def _document_of(values: Mapping[str, Any]) -> Document:
    return Document(values["type"], values["number"], values.get("issuer"), values.get("expires_on"))


def _document_values(document: Document) -> dict[str, str | date | datetime]:
    values: dict[str, str | date | datetime] = {"type": document.type, "number": document.number}
    if document.issuer is not None:
        values["issuer"] = document.issuer
    if document.expires_on is not None:
        values["expires_on"] = document.expires_on
    return values
