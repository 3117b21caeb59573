"""The end of the feed: one reader on one thread for all who watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")

POLL_S = 0.1
"""How late a decision may be told: other processes write too, so that the database must be asked."""


class FeedTail:
    """Tells watchers when there are new decisions.

    Parameters
    ----------
    last_decision : callable
        Gives the number of the last decision; called on a thread, as long as somebody watches.
    """

    def __init__(self, last_decision: Callable[[], int]) -> None:
        self._last_decision = last_decision
        self._thread = ThreadPoolExecutor(1, "vantay-feed")
        self._changed = asyncio.Condition()
        self._last = 0
        self._error: Exception | None = None
        self._n_waiting = 0
        self._poll: asyncio.Task[None] | None = None

    async def read(self, work: Callable[[], _Result]) -> _Result:
        """Read something of the feed on its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def read_last(self) -> int:
        """Ask for the number of the last decision."""
        return await self.read(self._last_decision)

    async def wait_beyond(self, sequence: int, timeout_s: float) -> int:
        """Wait until there is a decision after one; give the number of the last one, new or not."""
        self._n_waiting += 1
        if self._poll is None or self._poll.done():
            self._error = None
            self._poll = asyncio.create_task(self._ask_on())
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: self._last > sequence or self._error is not None)
        except TimeoutError:
            pass
        finally:
            self._n_waiting -= 1
        if self._error is not None:
            raise self._error
        return self._last

    async def _ask_on(self) -> None:
        """Ask while somebody waits; an error ends it, and all who wait get it."""
        while self._n_waiting and self._error is None:
            try:
                self._last = await self.read_last()
            except Exception as error:  # noqa: BLE001 - raised where it is waited for
                self._error = error
            async with self._changed:
                self._changed.notify_all()
            await asyncio.sleep(POLL_S)
