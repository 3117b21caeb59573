"""Changing the master key: the keys of subjects are wrapped anew, what they seal stays as it is."""

from __future__ import annotations

import sqlalchemy as sa

from vantay.errors import StateError
from vantay.store.master_key import MasterKey
from vantay.store.schema import meta, subject_keys, subjects
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
    last = 0
    while last := _rewrap_batch(transaction.connection, old, new, last):
        pass
    wrapped = wrap_lookup_key(master, old.lookup_key, old.store_id)
    for key, value in (("lookup_key", wrapped), ("master_key_id", master.key_id)):
        transaction.connection.execute(meta.update().where(meta.c.key == key).values(value=value))
    return new


def _rewrap_batch(connection: sa.Connection, old: GcmKeyRing, new: GcmKeyRing, after: int) -> int:
    """Wrap some keys anew; return the last subject's number, 0 when none was left."""
    statement = (
        sa.select(subject_keys.c.subject_number, subjects.c.subject_id, subject_keys.c.wrapped_key)
        .join_from(subject_keys, subjects)
        .where(subject_keys.c.subject_number > after)
        .order_by(subject_keys.c.subject_number)
        .limit(_BATCH)
    )
    rows = connection.execute(statement).all()
    if not rows:
        return 0
    update = subject_keys.update().where(subject_keys.c.subject_number == sa.bindparam("n"))
    connection.execute(
        update.values(wrapped_key=sa.bindparam("w")),
        [
            {"n": number, "w": new.wrap(subject_id, old.unwrap_bytes(subject_id, wrapped))}
            for number, subject_id, wrapped in rows
        ],
    )
    number: int = rows[-1].subject_number
    return number
