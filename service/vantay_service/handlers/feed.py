"""`DecisionFeed`: what was decided, for those who must not miss any of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from functools import partial

from vantay.errors import StateError
from vantay.intake.records_desk import RecordsDesk
from vantay_service.call import current_call
from vantay_service.conversion.feed import (
    read_heartbeat_s,
    read_sequence_before,
    write_heartbeat,
    write_published,
)
from vantay_service.error_status import AnyContext, answering_errors
from vantay_service.handlers.feed_tail import FeedTail
from vantay_service.v1.decisions_pb2 import WatchRequest, WatchResponse
from vantay_service.v1.decisions_pb2_grpc import DecisionFeedServicer

PAGE_SIZE = 500


class FeedHandlers(DecisionFeedServicer):
    """Answers by the records desk. What is read for the feed does not wait in the queue of the other work."""

    def __init__(self, desk: RecordsDesk, tail: FeedTail) -> None:
        self._desk = desk
        self._tail = tail

    async def Watch(  # noqa: N802 - the name on the wire
        self, request: WatchRequest, context: AnyContext
    ) -> AsyncIterator[WatchResponse]:
        """Send decisions from a sequence number on, and each new one as it is made."""
        async with answering_errors(context):
            seen, heartbeat_s = read_sequence_before(request), read_heartbeat_s(request)
            last = await self._tail.read_last()
            if seen > last:
                raise StateError(
                    f"the last decision has number {last}, expected at least {seen}, which the caller has "
                    "seen: was the database restored from a backup?"
                )
            if seen == last:
                yield write_heartbeat(last)
            async with aclosing(self._follow(seen, heartbeat_s)) as responses:
                async for response in responses:
                    yield response

    async def _follow(self, seen: int, heartbeat_s: float) -> AsyncGenerator[WatchResponse, None]:
        actor = current_call().actor
        while True:
            page = await self._tail.read(partial(self._desk.decisions_since, actor, seen, limit=PAGE_SIZE))
            for decision in page:
                yield write_published(decision)
                seen = decision.sequence
            if not page:
                last = await self._tail.wait_beyond(seen, heartbeat_s)
                if last <= seen:
                    yield write_heartbeat(last)
