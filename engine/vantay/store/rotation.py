"""Changing the master key: the keys that it wraps are wrapped anew, what they seal stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa

from vantay.errors import StateError
from vantay.store import case_rows, check_rows
from vantay.store.master_key import MasterKey
from vantay.store.schema import case_keys, cases, check_keys, checks, meta, subject_keys, subjects
from vantay.store.sealing import GcmKeyRing
from vantay.store.store_keys import wrap_lookup_key
from vantay.store.transaction import WriteTransaction

_BATCH = 5000


def rotate_master_key(transaction: WriteTransaction, master: MasterKey) -> GcmKeyRing:
    """Wrap every key with another master key; return the ring that opens the store from the commit on.

    Raises
    ------
    StateError
        If the store is not encrypted.
    DataCorruption
        If a key does not open with the master key of before.
    """
    old = transaction.ring
    if not isinstance(old, GcmKeyRing):
        raise StateError("the store is not encrypted: there is no master key to change")
    new = GcmKeyRing(old.lookup_key, master, old.store_id)
    rewrap = _Rewrap(transaction.connection, old, new)
    rewrap.subjects()
    rewrap.checks()
    rewrap.cases()
    wrapped = wrap_lookup_key(master, old.lookup_key, old.store_id)
    for key, value in (("lookup_key", wrapped), ("master_key_id", master.key_id)):
        transaction.connection.execute(meta.update().where(meta.c.key == key).values(value=value))
    return new


class _Rewrap:
    """Wraps keys anew, some thousands at a time."""

    def __init__(self, connection: sa.Connection, old: GcmKeyRing, new: GcmKeyRing) -> None:
        self._connection = connection
        self._old = old
        self._new = new

    def subjects(self) -> None:
        keys = subject_keys.c
        statement = sa.select(keys.subject_number, subjects.c.subject_id, keys.wrapped_key)
        update = subject_keys.update().where(keys.subject_number == sa.bindparam("n"))
        self._all(statement.join_from(subject_keys, subjects), keys.subject_number, update, str)

    def checks(self) -> None:
        keys = check_keys.c
        statement = sa.select(keys.check_number, checks.c.reference, keys.wrapped_key)
        update = check_keys.update().where(keys.check_number == sa.bindparam("n"))
        self._all(statement.join_from(check_keys, checks), keys.check_number, update, check_rows.key_owner)

    def cases(self) -> None:
        keys = case_keys.c
        for part in case_rows.PARTS:
            statement = sa.select(keys.case_number, cases.c.case_id, keys.wrapped_key)
            statement = statement.join_from(case_keys, cases).where(keys.part == part)
            update = case_keys.update().where(keys.case_number == sa.bindparam("n"), keys.part == part)
            self._all(statement, keys.case_number, update, partial(case_rows.key_owner, part=part))

    def _all(
        self,
        statement: sa.Select[Any],
        number: sa.ColumnElement[int],
        update: sa.Update,
        owner_of: Callable[[str], str],
    ) -> None:
        """Wrap the keys that a statement reads (row number, name, wrapped key)."""
        update, after = update.values(wrapped_key=sa.bindparam("w")), 0
        page = statement.order_by(number).limit(_BATCH)
        while rows := self._connection.execute(page.where(number > after)).all():
            rewrapped = [{"n": n, "w": self._rewrapped(owner_of(name), key)} for n, name, key in rows]
            self._connection.execute(update, rewrapped)
            after = rows[-1][0]

    def _rewrapped(self, owner: str, wrapped: bytes) -> bytes:
        return self._new.wrap(owner, self._old.unwrap_bytes(owner, wrapped))
