"""A store in a PostgreSQL database: settings of a connection, the database's identity, its purge."""

from __future__ import annotations

from pathlib import Path

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

from vantay.errors import StoreUnavailable
from vantay.store.schema import changes, meta

MAX_CONNECTIONS = 32
"""Of one `Store`; a call beyond waits up to 30 s for one."""

_SCHEMA_LOCK = 0x56544159
"""Advisory lock of whoever makes or changes the tables."""

_PURGED = (
    "subject_keys",
    "documents",
    "subjects",
    "encounters",
    "images",
    "check_keys",
    "checks",
    "case_keys",
    "cases",
)


class PostgresDatabase:
    """The database, and how connections to it behave.

    A write is a READ COMMITTED transaction that locks the one row of ``write_state`` first: each statement
    after that sees all that was committed before, and writers commit in the order of their numbers. A read is
    a REPEATABLE READ one: all its statements see one state.

    Parameters
    ----------
    url : sqlalchemy.URL
        From `vantay.store.location.parse_location`.
    busy_timeout_ms : int
        How long to wait for another client's write.
    """

    path: Path | None = None

    def __init__(self, url: sa.URL, busy_timeout_ms: int) -> None:
        self.name = url.set(drivername="postgresql").render_as_string(hide_password=True)
        self._busy_timeout_ms = busy_timeout_ms
        self.engine = sa.create_engine(
            url,
            pool_pre_ping=True,  # a server that was restarted is found again
            pool_size=4,
            max_overflow=MAX_CONNECTIONS - 4,
        )
        event.listen(self.engine, "connect", self._set_up_connection)
        self.writing = self.engine
        self.reading = self.engine.execution_options(isolation_level="REPEATABLE READ")

    def _set_up_connection(self, connection: psycopg.Connection, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", (f"{self._busy_timeout_ms}ms",))
            # An acknowledged write is on the server's disk, also where the server's default gives that up
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') = 'off'"
            )
        connection.commit()

    def check_place(self, *, create: bool) -> None:  # noqa: ARG002 - as the file's
        """Connect; the error is told by `typed_errors`."""
        with self.engine.connect():
            pass

    def is_empty(self) -> bool:
        """Tell whether the store's tables are not there."""
        with self.engine.begin() as connection:
            return not sa.inspect(connection).has_table(meta.name)

    def refuse_empty(self) -> StoreUnavailable:
        """Say that there is nothing and that nothing may be made."""
        return StoreUnavailable(
            f"no enrolment database at {self.name}: enrol a subject first, or name another"
        )

    def before_creation(self) -> None:
        """Do nothing: the database is as it should be."""

    def lock_schema(self, connection: sa.Connection) -> None:
        """Keep other clients from making or changing tables until the transaction ends."""
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))

    def after_creation(self, connection: sa.Connection) -> None:
        """Do nothing: the row in the meta table names the application."""

    def tidy(self) -> None:
        """Do nothing: the server vacuums."""

    def purge_after_erasure(self, *, wait_ms: int) -> bool:  # noqa: ARG002
        """Do nothing and say so: rewriting tables after each erasure would stop everybody else.

        Where the store is encrypted, what stays in dead rows until `purge` is unreadable without its key, and
        the key's own row is as dead.
        """
        return False

    def purge(self, *, wait_ms: int) -> bool:  # noqa: ARG002 - lock_timeout covers it
        """Rewrite the tables that held personal data without their dead rows; writers wait meanwhile.

        Returns
        -------
        bool
            False when other clients hold a table for longer than the busy timeout.
        """
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            try:
                for table in _PURGED:
                    connection.exec_driver_sql(f"VACUUM (FULL) {table}")
            except sa.exc.OperationalError as error:
                if isinstance(error.orig, psycopg.errors.LockNotAvailable):
                    return False
                raise
        return True

    def compact(self) -> None:
        """Give the space of dead rows back to the tables, and refresh what the planner knows of them."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in (*_PURGED, changes.name):
                connection.exec_driver_sql(f"VACUUM (ANALYZE) {table}")
