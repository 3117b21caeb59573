"""Writes of many threads in one transaction: whoever comes first commits for all who wait meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from vantay.errors import StorageError

_Given = TypeVar("_Given")
_Got = TypeVar("_Got")

MAX_SHARED = 500
"""Writes in one transaction."""


@dataclass(slots=True, eq=False)
class _Ticket(Generic[_Given, _Got]):
    given: _Given
    got: _Got | None = None
    error: StorageError | None = None

    @property
    def is_done(self) -> bool:
        return self.got is not None or self.error is not None


class SharedCommit(Generic[_Given, _Got]):
    """Hands what threads give to one function, as many at a time as are waiting.

    A commit takes some milliseconds of the disk however much is in it. The first thread runs it, those that
    come meanwhile share the next one, and each returns only when its own is done.

    Parameters
    ----------
    write : callable
        Writes what it is given in one transaction, and returns as much in the same order.
    """

    def __init__(self, write: Callable[[Sequence[_Given]], Sequence[_Got]]) -> None:
        self._write = write
        self._changed = threading.Condition()
        self._waiting: list[_Ticket[_Given, _Got]] = []
        self._has_leader = False

    def submit(self, given: _Given) -> _Got:
        """Write, together with others; return when it is written.

        Raises
        ------
        StorageError
            One of its kinds, if it cannot be; then nothing of it was, or nobody can tell.
        """
        ticket: _Ticket[_Given, _Got] = _Ticket(given)
        with self._changed:
            self._waiting.append(ticket)
        while not ticket.is_done:
            if batch := self._wait_for_turn(ticket):
                self._lead(batch)
        if ticket.error is not None:
            raise type(ticket.error)(*ticket.error.args) from ticket.error  # each thread has its own
        assert ticket.got is not None  # noqa: S101 - done without an error
        return ticket.got

    def _wait_for_turn(self, ticket: _Ticket[_Given, _Got]) -> list[_Ticket[_Given, _Got]]:
        """Wait until somebody else has written a ticket, or nobody leads: then take those who wait."""
        with self._changed:
            self._changed.wait_for(lambda: ticket.is_done or not self._has_leader)
            if ticket.is_done:
                return []
            self._has_leader = True
            batch, self._waiting = self._waiting[:MAX_SHARED], self._waiting[MAX_SHARED:]
            return batch

    def _lead(self, batch: Sequence[_Ticket[_Given, _Got]]) -> None:
        try:
            written = self._write([ticket.given for ticket in batch])
            for ticket, got in zip(batch, written, strict=True):
                ticket.got = got
        except StorageError as error:
            for ticket in batch:
                ticket.error = error
        except BaseException:
            for ticket in batch:
                ticket.error = StorageError("a commit that this write shared was interrupted: try again")
            raise
        finally:
            with self._changed:
                self._has_leader = False
                self._changed.notify_all()
