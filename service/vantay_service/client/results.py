"""Whether each record of a bulk enrolment has its result."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator

import grpc

from vantay_service.client.service_error import ServiceError
from vantay_service.v1.enrolment_pb2 import BulkEnrolOptions, BulkEnrolRequest, BulkRecord


class ResultCount:
    """Counts records that went and results that came."""

    def __init__(self) -> None:
        self.n_records = 0
        self.n_results = 0
        self.is_all_sent = False

    def sent(self, records: Iterable[BulkRecord]) -> Iterator[BulkRecord]:
        """Count records on their way."""
        for record in records:
            self.n_records += 1
            yield record
        self.is_all_sent = True

    def check(self) -> None:
        """Refuse a stream that ended early: the server stopped, and later records were not read."""
        if not self.is_all_sent or self.n_results < self.n_records:
            raise ServiceError(
                grpc.StatusCode.UNAVAILABLE,
                f"the stream ended after {self.n_results} results, before all records were read: send "
                "the others again",
            )


def bulk_messages(records: Iterable[BulkRecord], options: BulkEnrolOptions) -> Iterator[BulkEnrolRequest]:
    """Put options before records."""
    yield BulkEnrolRequest(options=options)
    for record in records:
        yield BulkEnrolRequest(record=record)


async def async_bulk_messages(
    records: Iterable[BulkRecord] | AsyncIterator[BulkRecord],
    options: BulkEnrolOptions,
    count: ResultCount,
) -> AsyncIterator[BulkEnrolRequest]:
    """Put options before records, and count them."""
    if isinstance(records, Iterable):
        for message in bulk_messages(count.sent(records), options):
            yield message
        return
    yield BulkEnrolRequest(options=options)
    async for record in records:
        count.n_records += 1
        yield BulkEnrolRequest(record=record)
    count.is_all_sent = True
