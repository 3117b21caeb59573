"""Where a store is: a SQLite file, or a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from vantay.errors import InvalidSetting
from vantay.store.postgres import PostgresDatabase
from vantay.store.sqlite_file import SqliteFile

Database = SqliteFile | PostgresDatabase

_SCHEMES = ("postgresql://", "postgres://")


def parse_location(location: Path | str, busy_timeout_ms: int) -> Database:
    """Read where a store is; nothing is opened yet.

    Parameters
    ----------
    location : Path or str
        A file, or an address ``postgresql://user:password@host:port/database``; what libpq reads from its
        environment and from ``~/.pgpass`` may be left out.
    busy_timeout_ms : int
        How long a write waits for another one's.

    Raises
    ------
    InvalidSetting
        If an address cannot be read.
    """
    if isinstance(location, Path) or "://" not in location:
        return SqliteFile(Path(location), busy_timeout_ms)
    if not location.startswith(_SCHEMES):
        scheme = location.split("://", 1)[0]
        raise InvalidSetting(f"database has the scheme {scheme!r}, expected a path or postgresql://…")
    try:
        url = sa.make_url(location)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise InvalidSetting("database is no address, expected postgresql://user@host:port/name") from error
    return PostgresDatabase(url.set(drivername="postgresql+psycopg"), busy_timeout_ms)
