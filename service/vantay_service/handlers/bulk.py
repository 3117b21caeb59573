"""One bulk enrolment: a stream of records in, a stream of results out, batches in between.

A batch is one transaction. The next one is not read before the last one is on disk, so that a fast sender is
held back by flow control and memory stays bounded. When the queue is full, the stream waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from vantay.errors import CallerError, ExtractionFailed
from vantay.intake.records_desk import RecordsDesk
from vantay.store import Actor, Enrolment, LoadResult, OnConflict
from vantay_service.conversion.fields import read_optional_identifier
from vantay_service.conversion.limits import RequestLimits
from vantay_service.conversion.subjects import (
    EnrolmentOrder,
    read_batch_records,
    read_enrolment,
    read_on_conflict,
)
from vantay_service.error_status import AnyContext, InvalidField, status_of
from vantay_service.handlers.desk_calls import DeskCalls
from vantay_service.v1 import enrolment_pb2 as pb
from vantay_service.work import Overloaded, Priority

MAX_RECORD_ID_LENGTH = 128
_OUTCOMES = {
    "enrolled": pb.BULK_OUTCOME_ENROLLED,
    "added": pb.BULK_OUTCOME_ADDED,
    "skipped": pb.BULK_OUTCOME_SKIPPED,
    "failed": pb.BULK_OUTCOME_FAILED,
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A record with what it was read as, or what is wrong with it."""

    index: int
    record_id: str
    subject_id: str
    order: EnrolmentOrder | InvalidField


class BulkEnrolment:
    """Answers one stream."""

    def __init__(
        self, desk: RecordsDesk, calls: DeskCalls, limits: RequestLimits, context: AnyContext
    ) -> None:
        self._desk = desk
        self._calls = calls
        self._limits = limits
        self._context = context
        self._on_conflict = OnConflict.FAIL
        self._batch_records = limits.max_batch_records
        self._is_begun = False
        self._n_records = 0

    async def answer(
        self, requests: AsyncIterator[pb.BulkEnrolRequest]
    ) -> AsyncGenerator[pb.BulkEnrolResponse, None]:
        """Write batch after batch; give the results of each."""
        batch: list[_Entry] = []
        n_bytes = 0
        async for request in requests:
            if (entry := self._read(request)) is None:
                continue
            batch.append(entry)
            n_bytes += request.ByteSize()
            if len(batch) >= self._batch_records or n_bytes >= self._limits.max_batch_bytes:
                yield pb.BulkEnrolResponse(results=await self._load(batch))
                batch, n_bytes = [], 0
        if batch:
            yield pb.BulkEnrolResponse(results=await self._load(batch))

    def _read(self, request: pb.BulkEnrolRequest) -> _Entry | None:
        is_first, self._is_begun = not self._is_begun, True
        match request.WhichOneof("message"):
            case "record":
                return self._read_record(request.record)
            case "options" if is_first:
                self._on_conflict = read_on_conflict(request.options)
                self._batch_records = read_batch_records(request.options, self._limits)
                return None
            case "options":
                raise InvalidField("options", "come after records, expected them first")
            case _:
                raise InvalidField("message", "is not set, expected options or record")

    def _read_record(self, record: pb.BulkRecord) -> _Entry:
        index, self._n_records = self._n_records, self._n_records + 1
        order: EnrolmentOrder | InvalidField
        try:
            read_optional_identifier("record_id", record.record_id)
            order = read_enrolment(record, self._limits)
        except InvalidField as error:
            order = error
        record_id = record.record_id[:MAX_RECORD_ID_LENGTH] or str(index)
        return _Entry(index, record_id, record.subject_id[:MAX_RECORD_ID_LENGTH], order)

    async def _load(self, entries: list[_Entry]) -> list[pb.BulkRecordResult]:
        while True:
            try:
                return await self._calls.run(
                    self._context, lambda actor: self._load_now(actor, entries), priority=Priority.BATCH
                )
            except Overloaded as overload:
                await asyncio.sleep(overload.retry_after_s)

    def _load_now(self, actor: Actor, entries: list[_Entry]) -> list[pb.BulkRecordResult]:
        made = [self._make_row(entry.order) for entry in entries]
        rows = [row for row in made if isinstance(row, Enrolment)]
        refused = [
            (entry.subject_id, row)
            for entry, row in zip(entries, made, strict=True)
            if not isinstance(row, Enrolment)
        ]
        loaded = iter(self._desk.load(actor, rows, on_conflict=self._on_conflict, refused=refused))
        return [
            _write_loaded(entry, next(loaded)) if isinstance(row, Enrolment) else _write_failed(entry, row)
            for entry, row in zip(entries, made, strict=True)
        ]

    def _make_row(self, order: EnrolmentOrder | InvalidField) -> Enrolment | Exception:
        if isinstance(order, InvalidField):
            return order
        try:
            return self._desk.make_row(
                order.subject_id,
                order.samples,
                order.details,
                captured_at=order.captured_at,
                source=order.source,
                encounter_id=order.encounter_id or None,
            )
        except (CallerError, ExtractionFailed) as error:
            return error


def _write_loaded(entry: _Entry, loaded: LoadResult) -> pb.BulkRecordResult:
    if loaded.error is not None:
        return _write_failed(entry, loaded.error)
    return pb.BulkRecordResult(
        index=entry.index,
        record_id=entry.record_id,
        subject_id=loaded.subject_id,
        encounter_id=loaded.encounter_id or "",
        outcome=_OUTCOMES[loaded.outcome],
    )


def _write_failed(entry: _Entry, error: Exception) -> pb.BulkRecordResult:
    status = status_of(error)
    return pb.BulkRecordResult(
        index=entry.index,
        record_id=entry.record_id,
        subject_id=entry.subject_id,
        outcome=pb.BULK_OUTCOME_FAILED,
        error_reason=status.reason,
        error_message=status.message,
    )
