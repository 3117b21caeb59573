"""Destroying what checks and cases hold once nobody needs it; rows, decisions and audit stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from vantay.store.case_rows import Part, destroy_part
from vantay.store.check_rows import destroy_results
from vantay.store.schema import cases, checks

BATCH = 500
"""Rows that are purged in one transaction, so that no other write waits for long."""


@dataclass(frozen=True, slots=True)
class PurgeCounts:
    """What a purge destroyed.

    Attributes
    ----------
    n_results : int
        Answers to applications.
    n_captures : int
        Captures of cases.
    n_details : int
        Details of cases.
    is_purged : bool
        Whether the bytes have left the files too, as `Erasure` tells.
    """

    n_results: int
    n_captures: int
    n_details: int = 0
    is_purged: bool = False


def purge_results(connection: sa.Connection, before: datetime) -> int:
    """Destroy some answers that were given before a time; those with an open case stay. Return how many."""
    is_open = (cases.c.reference == checks.c.reference) & (cases.c.status == "open")
    statement = sa.select(checks.c.number).where(
        checks.c.sealed_result.is_not(None),
        checks.c.recorded_at < before,
        ~sa.exists().where(is_open),
    )
    numbers = connection.scalars(statement.order_by(checks.c.recorded_at).limit(BATCH)).all()
    destroy_results(connection, numbers)
    return len(numbers)


def purge_details(connection: sa.Connection, before: datetime) -> int:
    """Destroy details of some cases that were decided before a time; return how many."""
    return _purge_part(connection, "details", cases.c.sealed_details, before)


def purge_captures(connection: sa.Connection, before: datetime) -> int:
    """Destroy captures of some cases that were decided before a time; return how many."""
    return _purge_part(connection, "captures", cases.c.sealed_captures, before)


def _purge_part(
    connection: sa.Connection, part: Part, sealed: sa.ColumnElement[bytes], before: datetime
) -> int:
    statement = sa.select(cases.c.number).where(
        cases.c.status == "decided", sealed.is_not(None), cases.c.decided_at < before
    )
    numbers = connection.scalars(statement.order_by(cases.c.number).limit(BATCH)).all()
    destroy_part(connection, numbers, part)
    return len(numbers)
