"""Identifiers, as many at a time as a statement takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

_Id = TypeVar("_Id", str, int)

MAX_IDS_PER_STATEMENT = 500
"""Well under the number of bound parameters that every SQLite takes (999)."""


def id_batches(ids: Sequence[_Id]) -> Iterator[Sequence[_Id]]:
    """Cut a sequence of identifiers into parts of at most `MAX_IDS_PER_STATEMENT`."""
    for start in range(0, len(ids), MAX_IDS_PER_STATEMENT):
        yield ids[start : start + MAX_IDS_PER_STATEMENT]
