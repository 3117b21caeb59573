"""Opening a database as a store: what it is, of which version, with which keys; making it if it is empty."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from vantay.errors import DataCorruption, UnsupportedFormatVersion
from vantay.store.audit_chain import begin_log
from vantay.store.location import Database
from vantay.store.schema import APPLICATION, FORMAT_VERSION, meta, metadata, revision, write_state
from vantay.store.sealing import KeyRing
from vantay.store.store_keys import KeySource, make_ring, open_ring

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def open_store(database: Database, *, encryption: str | None, source: KeySource, comparator: str) -> KeyRing:
    """Check that a database is a store that is read here; an empty one becomes one if that may be.

    Parameters
    ----------
    database : SqliteFile or PostgresDatabase
    encryption : str, optional
        Of a store that is made now; None: none is made.
    source : KeySource
        Of the master key.
    comparator : str
        Parameter hash of the comparator, noted in a new store.

    Raises
    ------
    DataCorruption, StoreUnavailable
        If it holds nothing and no store may be made of it, or is another program's.
    UnsupportedFormatVersion
        If another version wrote it.
    WrongKey, KeyUnavailable
        If its master key is not there.
    """
    if database.is_empty():
        if encryption is None:
            raise database.refuse_empty()
        database.before_creation()
        _create_tables(database, encryption, source, comparator)
    with database.reading.begin() as connection:
        properties = read_properties(connection)
    check_version(properties, database.name)
    return open_ring(properties, source, database.name)


def _create_tables(database: Database, encryption: str, source: KeySource, comparator: str) -> None:
    with database.writing.begin() as connection:
        database.lock_schema(connection)
        if sa.inspect(connection).has_table(meta.name):  # another process was quicker
            return
        metadata.create_all(connection, checkfirst=False)
        begin_log(connection, write_identity(connection, encryption, source, comparator))
        connection.execute(revision.insert().values(version_num=revision_name(FORMAT_VERSION)))
        database.after_creation(connection)


def write_identity(connection: sa.Connection, encryption: str, source: KeySource, comparator: str) -> KeyRing:
    """Fill the tables that tell what a new store is; return its ring of keys."""
    ring, key_properties = make_ring(encryption, source, str(uuid.uuid4()))
    properties = key_properties | {
        "application": APPLICATION,
        "format_version": str(FORMAT_VERSION),
        "comparator_at_creation": comparator,
    }
    connection.execute(meta.insert(), [{"key": key, "value": value} for key, value in properties.items()])
    connection.execute(
        write_state.insert().values(
            id=1, last_change=0, last_subject=0, last_encounter=0, last_recorded_at=EPOCH
        )
    )
    return ring


def revision_name(version: int) -> str:
    """Name the migration that makes a format version."""
    return f"{version:04}"


def read_properties(connection: sa.Connection) -> dict[str, str]:
    """Read the meta table."""
    return dict(iter(connection.execute(sa.select(meta.c.key, meta.c.value))))


def found_version(properties: Mapping[str, str], store_name: str) -> int:
    """Tell the format version of a store; `DataCorruption` if it has none."""
    found = properties.get("format_version")
    if found is None or not found.isdecimal():
        raise DataCorruption(f"{store_name}: format version is {found!r}, expected a number")
    return int(found)


def check_version(properties: Mapping[str, str], store_name: str) -> None:
    """Refuse a store of another format version, telling what to do.

    Raises
    ------
    UnsupportedFormatVersion
        If it is newer or older.
    DataCorruption
        If it has no version.
    """
    found = found_version(properties, store_name)
    if found > FORMAT_VERSION:
        raise UnsupportedFormatVersion(
            f"{store_name} has format version {found}, this version of Vantay reads up to {FORMAT_VERSION}: "
            f"upgrade Vantay to one that reads {found}"
        )
    if found < FORMAT_VERSION:
        raise UnsupportedFormatVersion(
            f"{store_name} has format version {found}, this version of Vantay needs {FORMAT_VERSION}: copy "
            "it to a safe place, then run `vantay store upgrade`"
        )
