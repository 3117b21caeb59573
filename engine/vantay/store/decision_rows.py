"""The statements about published decisions; each function runs inside the caller's transaction."""

from __future__ import annotations

import json
from dataclasses import asdict

import sqlalchemy as sa

from vantay.store.published import NewDecision, PublishedDecision
from vantay.store.schema import LAST_NUMBER, published_decisions
from vantay.store.transaction import WriteTransaction

_sequence = published_decisions.c.sequence


def publish(transaction: WriteTransaction, new: NewDecision) -> int:
    """Add a decision; return its number."""
    number = transaction.next_number(_sequence)
    row = asdict(new) | {"reasons": json.dumps(new.reasons, ensure_ascii=False)}
    transaction.connection.execute(
        published_decisions.insert(), row | {"sequence": number, "recorded_at": transaction.now}
    )
    return number


def read_decisions(connection: sa.Connection, after: int, limit: int) -> list[PublishedDecision]:
    """Read the decisions after a number, in their order."""
    later = _sequence > min(after, LAST_NUMBER)
    statement = sa.select(published_decisions).where(later).order_by(_sequence).limit(limit)
    return [
        PublishedDecision(**row | {"reasons": tuple(json.loads(row["reasons"]))})
        for row in map(dict, connection.execute(statement).mappings())
    ]


def read_last_decision(connection: sa.Connection) -> int:
    """Tell the number of the last decision, 0 if there is none."""
    return connection.scalar(sa.select(sa.func.max(_sequence))) or 0
