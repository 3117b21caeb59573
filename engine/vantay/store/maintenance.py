"""What an operator does to a store as a whole: raise it to this format version, change its master key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from vantay.errors import KeyUnavailable
from vantay.store.database import BUSY_TIMEOUT_MS, DEFAULT_ENCRYPTION, Store, key_source
from vantay.store.location import Database, parse_location
from vantay.store.master_key import MasterKey
from vantay.store.opening import check_version, found_version, read_properties, revision_name
from vantay.store.schema import FORMAT_VERSION, meta, revision
from vantay.store.storage_errors import typed_errors
from vantay.store.store_keys import KeySource, kept_key_file, put_in_place


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did.

    Attributes
    ----------
    from_version, to_version : int
        Format versions; the same if there was nothing to do.
    """

    from_version: int
    to_version: int


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What a change of the master key did.

    Attributes
    ----------
    old_key_id, new_key_id : str
    key_file : Path
        Holds the new key.
    old_key_file : Path
        Holds the old key: copies of the store from before need it. Without it they cannot be read.
    """

    old_key_id: str
    new_key_id: str
    key_file: Path
    old_key_file: Path


def upgrade_store(
    location: Path | str,
    *,
    encryption: str = DEFAULT_ENCRYPTION,
    key: MasterKey | Path | None = None,
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
) -> Upgrade:
    """Raise a store of an older format version to this one, in one transaction.

    Parameters
    ----------
    location, key, busy_timeout_ms
        As for `Store.open`.
    encryption : str
        Of a store of version 1 or 2, which had none.

    Raises
    ------
    UnsupportedFormatVersion
        If a newer version wrote it.
    DataCorruption, StoreUnavailable, StoreLocked
        If it cannot be read or written; nothing was changed then.
    """
    database = parse_location(location, busy_timeout_ms)
    try:
        with typed_errors(database.name):
            database.check_place(create=False)
            if database.is_empty():
                raise database.refuse_empty()
            before = _migrate(database, encryption, key_source(key, database.path))
            if before < FORMAT_VERSION:  # what was plain has left the tables, now it leaves the files
                database.compact()
                database.purge(wait_ms=busy_timeout_ms)
    finally:
        database.engine.dispose()
    return Upgrade(before, FORMAT_VERSION)


def rotate_key_file(
    location: Path | str, key_file: Path | None = None, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS
) -> KeyChange:
    """Make a new master key, wrap all keys of a store with it, and put it into the place of the old one.

    The new key is on disk, in a file named after it, before anything is wrapped with it; a crash in between
    leaves a store that opens, with the one key or with the other.

    Parameters
    ----------
    location : Path or str
        Of the store.
    key_file : Path, optional
        Of the master key; the file beside the database if not given.

    Raises
    ------
    KeyUnavailable
        If the key is in no file, or a file cannot be written.
    StateError
        If the store is not encrypted.
    """
    with Store.open(location, create=False, busy_timeout_ms=busy_timeout_ms, key=key_file) as store:
        file = key_source(key_file, store._database.path).file
        if file is None:
            raise KeyUnavailable(f"{store.name} has no key file: name it")
        old_key_id = store.statistics().master_key_id
        master = MasterKey.generate()
        prepared = kept_key_file(file, master.key_id)
        master.write(prepared)
        try:
            store.rotate_key(master)
        except BaseException:
            if store.statistics().master_key_id != master.key_id:
                prepared.unlink()
            raise
        put_in_place(file, master.key_id)
        store._database.purge_after_erasure(wait_ms=busy_timeout_ms)  # the keys of before
    return KeyChange(old_key_id, master.key_id, file, kept_key_file(file, old_key_id))


def _migrate(database: Database, encryption: str, source: KeySource) -> int:
    """Run the migrations that a store has not seen; return its version before."""
    from alembic import command  # noqa: PLC0415 - only an upgrade needs it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with database.writing.begin() as connection:
        database.lock_schema(connection)
        properties = read_properties(connection)
        before = found_version(properties, database.name)
        if before >= FORMAT_VERSION:
            check_version(properties, database.name)
            return before
        config.attributes |= {"connection": connection, "encryption": encryption, "key_source": source}
        _note_revision(connection, before)
        command.upgrade(config, "head")
        is_version = meta.c.key == "format_version"
        connection.execute(meta.update().where(is_version).values(value=str(FORMAT_VERSION)))
    return before


def _note_revision(connection: sa.Connection, version: int) -> None:
    """Tell Alembic where the store is: versions 1 and 2 noted it in the meta table only."""
    revision.create(connection, checkfirst=True)
    if connection.scalar(sa.select(sa.func.count()).select_from(revision)) == 0:
        connection.execute(revision.insert().values(version_num=revision_name(version)))
