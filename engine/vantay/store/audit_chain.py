r"""The chain of the audit log: how entries are hashed, appended, and sealed at the end.

The hash of an entry is SHA-256 over the hash of the one before (32 bytes) and the canonical form of this one:
UTF-8 of the JSON array ``[sequence,"recorded_at","actor_name","role","request_id","call","outcome",
"subject_id","reference","reason"]`` without spaces, with only ``"`` and ``\`` escaped, the time as ISO 8601
in UTC with microseconds. Before the first entry stands SHA-256 of ``vantay audit log``, a unit separator and
the identifier of the store.

The last number and hash stand in a row of their own under an HMAC with the store's key. It is checked before
every entry that is added, so that an end that somebody else wrote is never signed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from vantay.errors import DataCorruption
from vantay.store.audit import ENTRY_FIELDS, AuditAnchor, AuditEntry, NewAuditEntry
from vantay.store.schema import LAST_NUMBER, audit_entries, audit_head
from vantay.store.sealing import KeyRing, binding
from vantay.store.transaction import WriteTransaction

_COLUMNS = tuple(audit_entries.c)
_END = sa.select(audit_head)
_ADD = audit_entries.insert()
_MOVE_END = audit_head.update().values(
    {name: sa.bindparam(f"new_{name}") for name in ("sequence", "hash", "seal")}
)
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class LogEnd(NamedTuple):
    """The last entry of a log.

    Attributes
    ----------
    sequence : int
        0 for an empty log.
    hash : bytes
    """

    sequence: int
    hash: bytes

    def anchor(self, store_id: str) -> AuditAnchor:
        """Give it in the form that is kept elsewhere."""
        return AuditAnchor(store_id, self.sequence, self.hash.hex())


def beginning(store_id: str) -> LogEnd:
    """Give the end of an empty log."""
    return LogEnd(0, hashlib.sha256(binding("vantay audit log", store_id)).digest())


def chained_hash(previous: bytes, said: Sequence[Any]) -> bytes:
    """Hash what an entry says, its columns but the last in their order, onto the entry before."""
    return hashlib.sha256(previous + _to_json(said).encode()).digest()


def told_time(time: datetime) -> str:
    """Write a time as it is hashed."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def begin_log(connection: sa.Connection, ring: KeyRing) -> None:
    """Write the end of an empty log into a new store."""
    end = beginning(ring.store_id)
    connection.execute(audit_head.insert().values(id=1, **_sealed(end, ring)))


def read_end(connection: sa.Connection, ring: KeyRing) -> LogEnd:
    """Read the end of the log.

    Raises
    ------
    DataCorruption
        If it is missing, or was not written by whoever has the store's key.
    """
    row = connection.execute(_END).one_or_none()
    if row is None:
        raise broken_log("has lost its end, the row in audit_head")
    end = LogEnd(row.sequence, row.hash)
    if not hmac.compare_digest(row.seal, _seal(end, ring)):
        raise broken_log(
            f"ends at entry {end.sequence} under a seal that is not this store's: it was cut off, or put "
            "together by somebody else"
        )
    return end


def append_entries(transaction: WriteTransaction, new: Sequence[NewAuditEntry]) -> list[AuditEntry]:
    """Append entries in the caller's transaction.

    Raises
    ------
    DataCorruption
        If the end of the log does not hold.
    """
    end = read_end(transaction.connection, transaction.ring)
    time = told_time(transaction.now)
    rows = []
    for entry in new:
        said = (end.sequence + 1, time, *_texts(entry))
        end = LogEnd(end.sequence + 1, chained_hash(end.hash, said))
        rows.append((*said, end.hash))
    named = [dict(zip(ENTRY_FIELDS, row, strict=True)) for row in rows]
    transaction.connection.execute(_ADD, named)
    moved = {f"new_{name}": value for name, value in _sealed(end, transaction.ring).items()}
    transaction.connection.execute(_MOVE_END, moved)
    return [_entry(row) for row in rows]


def read_entries(connection: sa.Connection, after: int, limit: int) -> list[AuditEntry]:
    """Read entries in their order; `DataCorruption` if one cannot be read."""
    try:
        return [_entry(row) for row in read_rows(connection, after, limit)]
    except (AttributeError, TypeError, ValueError) as error:
        raise broken_log(f"has an entry after {after} that Vantay did not write") from error


def read_rows(connection: sa.Connection, after: int, limit: int) -> Sequence[Sequence[Any]]:
    """Read rows of entries in their order, as they stand in the table."""
    statement = sa.select(*_COLUMNS).where(audit_entries.c.sequence > min(after, LAST_NUMBER))
    return connection.execute(statement.order_by(audit_entries.c.sequence).limit(limit)).all()


def read_last_sequence(connection: sa.Connection) -> int:
    """Tell the number of the last row, whether or not it belongs to the log."""
    return connection.scalar(sa.select(sa.func.max(audit_entries.c.sequence))) or 0


def broken_log(what: str) -> DataCorruption:
    """Say what is wrong with a log, and what to do."""
    return DataCorruption(
        f"the audit log {what}; keep the database as it is for whoever investigates, and go on from the last "
        "backup whose log verifies"
    )


def _texts(new: NewAuditEntry) -> tuple[str, ...]:
    who = new.actor
    about = (new.subject_id, new.reference, new.reason)
    return (who.name, who.role, who.request_id, new.call, new.outcome, *about)


def _entry(row: Sequence[Any]) -> AuditEntry:
    values = dict(zip(ENTRY_FIELDS, row, strict=True))
    values |= {"recorded_at": datetime.fromisoformat(row[1]), "hash": row[-1].hex()}
    return AuditEntry(**values)


def _sealed(end: LogEnd, ring: KeyRing) -> dict[str, Any]:
    return {"sequence": end.sequence, "hash": end.hash, "seal": _seal(end, ring)}


def _seal(end: LogEnd, ring: KeyRing) -> bytes:
    return ring.digest(binding("audit end", ring.store_id, str(end.sequence)) + b"\x1f" + end.hash)
