"""What handlers need of the queue that their work waits in."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Protocol, TypeVar

_Result = TypeVar("_Result")


class Priority(IntEnum):
    """Whose work is done first."""

    INTERACTIVE = 0
    """An officer and an applicant wait."""
    BATCH = 1
    """Nobody waits."""


class Overloaded(Exception):
    """The queue is full.

    Parameters
    ----------
    retry_after_s : float
        When it is worth trying again.
    """

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"too much work is waiting, try again in {retry_after_s:.1f} s")
        self.retry_after_s = retry_after_s


class DeadlinePassed(Exception):
    """The caller's time is over before the work began: it was dropped."""


class WorkQueue(Protocol):
    """Does blocking work on threads, in turn."""

    async def run(
        self, work: Callable[[], _Result], *, priority: Priority, time_left_s: float | None
    ) -> _Result:
        """Do the work on a thread and give its result.

        A caller who goes away cancels the task: work that has not begun is dropped then; work that writes and
        has begun is finished.

        Raises
        ------
        Overloaded
            If too much work of this priority is waiting.
        DeadlinePassed
            If it did not begin in time.
        """
