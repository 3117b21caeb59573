"""Rows or samples that come one after the other and are of one subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_Item = TypeVar("_Item")

MAX_UNREADABLE = 10_000


def subject_runs(items: Iterable[_Item], subject_of: Callable[[_Item], str | None]) -> Iterator[list[_Item]]:
    """Divide items into runs of one subject.

    Parameters
    ----------
    items : iterable
    subject_of : callable
        Gives the subject of an item; None for one that cannot be read. Nobody knows whose such an item is: it
        does not divide those before from those behind it, unless there are very many.

    Yields
    ------
    list
        Never empty.
    """
    run: list[_Item] = []
    current: str | None = None
    n_unreadable = 0
    for item in items:
        subject_id = subject_of(item)
        n_unreadable += subject_id is None
        is_other = current is not None and subject_id is not None and subject_id != current
        if run and (is_other or n_unreadable > MAX_UNREADABLE):
            yield run
            run, current, n_unreadable = [], None, 0
        run.append(item)
        current = subject_id if current is None else current
    if run:
        yield run
