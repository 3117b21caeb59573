"""A write: one transaction that holds the write lock, gives out numbers, and notes what changed."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from vantay.errors import ClockWentBackwards, DataCorruption, UnsupportedFormatVersion, WrongKey
from vantay.store.copying import can_copy, copy_rows
from vantay.store.records import ChangeKind
from vantay.store.schema import FORMAT_VERSION, changes, meta, metadata, subjects, write_state
from vantay.store.sealing import KeyRing

CLOCK_TOLERANCE = timedelta(seconds=60)
"""How far the clock may stand behind the last change, as after a step of time synchronisation or on another
machine; the time of the last change is used meanwhile. Beyond it, writes are refused."""

_log = logging.getLogger(__name__)


def read_clock() -> datetime:
    """Tell the time; tests put another clock here."""
    return datetime.now(UTC)


def _property(key: str) -> sa.Label[Any]:
    return sa.select(meta.c.value).where(meta.c.key == key).scalar_subquery().label(key)


_STATE = (
    sa.select(write_state, _property("master_key_id"), _property("format_version"))
    .where(write_state.c.id == 1)
    .with_for_update(of=write_state)
)
_TABLES = metadata.sorted_tables
"""In the order of their references."""
_LAST_CHANGES = (
    subjects.update().where(subjects.c.number == sa.bindparam("n")).values(last_change=sa.bindparam("s"))
)
_FINISH = write_state.update().values(
    {
        name: sa.bindparam(f"new_{name}")
        for name in ("last_change", "last_subject", "last_encounter", "last_recorded_at")
    }
)


class WriteTransaction:
    """What one write may use; made at its beginning, finished before its commit.

    Rows that are added go to the database together at the end, table by table: a load of a thousand subjects
    is a few statements.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction for writing.
    ring : KeyRing
        The keys of the store.
    store_name : str
        What error messages call the store.
    ignore_clock : bool
        Whether a clock that went backwards is taken as the truth from now on.

    Raises
    ------
    StoreLocked
        If another write holds the lock for too long; as a database error that `typed_errors` turns into it.
    ClockWentBackwards
        If the clock is more than a minute behind the last change.
    WrongKey, UnsupportedFormatVersion
        If another process changed the master key or the format since the store was opened.
    """

    def __init__(
        self, connection: sa.Connection, ring: KeyRing, store_name: str, *, ignore_clock: bool = False
    ) -> None:
        self.connection = connection
        self.ring = ring
        state = connection.execute(_STATE).one_or_none()
        if state is None:
            raise DataCorruption(f"{store_name} lacks its row in write_state: restore a backup")
        self.last_change: int = state.last_change
        self._last_subject: int = state.last_subject
        self._last_encounter: int = state.last_encounter
        _check_still_ours(ring, store_name, state.master_key_id, state.format_version)
        self.now = read_clock() if ignore_clock else _steady_time(state.last_recorded_at, store_name)
        self._rows: dict[sa.Table, list[dict[str, Any]]] = defaultdict(list)
        self._changed: dict[int, int] = {}

    def new_subject_number(self) -> int:
        """Give a number that no subject ever had."""
        self._last_subject += 1
        return self._last_subject

    def new_encounter_number(self) -> int:
        """Give a number that no encounter ever had."""
        self._last_encounter += 1
        return self._last_encounter

    def next_number(self, column: sa.Column[int]) -> int:
        """Give the number after the greatest in a column, for rows that are never deleted."""
        return (self.connection.scalar(sa.select(sa.func.max(column))) or 0) + 1

    def add(self, table: sa.Table, row: dict[str, Any]) -> None:
        """Add a row when the transaction finishes; all rows of a table have the same columns."""
        self._rows[table].append(row)

    def note(self, subject_number: int, kind: ChangeKind, *, is_new: bool = False) -> int:
        """Note that a subject changed; return the number of the change.

        A new subject's row gets the number from the caller, any other's from `finish`.
        """
        self.last_change += 1
        row = {
            "sequence": self.last_change,
            "subject_number": subject_number,
            "kind": kind,
            "recorded_at": self.now,
        }
        self.add(changes, row)
        if not is_new:
            self._changed[subject_number] = self.last_change
        return self.last_change

    def flush(self) -> None:
        """Write what was added and noted so far, so that statements that follow see it."""
        for table in _TABLES if self._rows else ():
            if not (rows := self._rows.pop(table, None)):
                continue
            if can_copy(self.connection, len(rows)):
                copy_rows(self.connection, table, rows)
            else:
                self.connection.execute(table.insert(), rows)
        if self._changed:
            self.connection.execute(
                _LAST_CHANGES,
                [{"n": number, "s": sequence} for number, sequence in self._changed.items()],
            )
            self._changed.clear()

    def finish(self) -> None:
        """Write what was added and noted, and the last numbers; the commit comes next."""
        self.flush()
        last = {
            "new_last_change": self.last_change,
            "new_last_subject": self._last_subject,
            "new_last_encounter": self._last_encounter,
            "new_last_recorded_at": self.now,
        }
        self.connection.execute(_FINISH, last)


def _check_still_ours(ring: KeyRing, store_name: str, key_id: str, version: str) -> None:
    if version != str(FORMAT_VERSION):
        raise UnsupportedFormatVersion(
            f"{store_name} was raised to format version {version} by another process: reopen it with a "
            "version of Vantay that reads it"
        )
    if key_id != ring.master_key_id:
        raise rotated(store_name, key_id)


def rotated(store_name: str, key_id: str | None) -> WrongKey:
    """Say that the master key is another one since the store was opened."""
    return WrongKey(f"the master key of {store_name} was changed to {key_id}: reopen the store with it")


def _steady_time(last: datetime, store_name: str) -> datetime:
    now = read_clock()
    if now >= last:
        return now
    if last - now > CLOCK_TOLERANCE:
        raise ClockWentBackwards(
            f"the clock says {now:%Y-%m-%d %H:%M:%S} UTC, but {store_name} was last changed at "
            f"{last:%Y-%m-%d %H:%M:%S} UTC: set the clock; if the time before was the wrong one, run "
            "`vantay store accept-clock`"
        )
    _log.debug("the clock is %s behind the last change, whose time is used", last - now)
    return last
