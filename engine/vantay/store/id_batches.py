"""Identifiers, as many at a time as a statement takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

MAX_IDS_PER_STATEMENT = 500
"""Well under the number of bound parameters that every SQLite takes (999)."""


def id_batches(subject_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a sequence of identifiers into parts of at most `MAX_IDS_PER_STATEMENT`."""
    for start in range(0, len(subject_ids), MAX_IDS_PER_STATEMENT):
        yield subject_ids[start : start + MAX_IDS_PER_STATEMENT]
