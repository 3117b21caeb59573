"""Handing the work of a call to the queue, on behalf of its caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from vantay.errors import GalleryNotFound, InvalidSetting
from vantay.store import Actor
from vantay_service.call import current_call
from vantay_service.error_status import AnyContext
from vantay_service.work import Priority, WorkQueue

_Result = TypeVar("_Result")


@contextmanager
def blaming_the_rules() -> Iterator[None]:
    """Blame the operator's rules for a gallery that is missing, where requests name none.

    Raises
    ------
    InvalidSetting
        For `GalleryNotFound`: the caller can do nothing about it, and the server's log has to tell of it.
    """
    try:
        yield
    except GalleryNotFound as error:
        raise InvalidSetting(str(error)) from error


class DeskCalls:
    """Runs what handlers ask of the desks.

    Parameters
    ----------
    queue : WorkQueue
    """

    def __init__(self, queue: WorkQueue) -> None:
        self._queue = queue

    async def run(
        self,
        context: AnyContext,
        work: Callable[[Actor], _Result],
        *,
        priority: Priority = Priority.INTERACTIVE,
    ) -> _Result:
        """Do the work on a thread, as long as the caller waits; see `WorkQueue.run`."""
        actor = current_call().actor
        time_left_s: float | None = context.time_remaining()
        return await self._queue.run(lambda: work(actor), priority=priority, time_left_s=time_left_s)
