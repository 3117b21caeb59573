"""Many rows at once into PostgreSQL, by COPY: one exchange with the server a table, whatever the number.

An INSERT a row, even pipelined, goes back and forth with the server every few hundred rows; where other work
waits for the cores, each turn costs a time slice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa

MIN_ROWS = 50
"""Of a table from which on COPY is worth its exchange; a load brings thousands, an enrolment a few."""


def can_copy(connection: sa.Connection, n_rows: int) -> bool:
    """Tell whether rows are sooner copied than inserted."""
    return connection.dialect.name == "postgresql" and n_rows >= MIN_ROWS


def copy_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows that all have the same columns.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        To PostgreSQL, in a transaction.
    table : sqlalchemy.Table
    rows : sequence of dict
        Values by the names of columns, as an INSERT would take them.

    Raises
    ------
    psycopg.Error
        As an INSERT of these rows would raise; `typed_errors` of the caller makes a storage error of it.
    """
    columns = [table.c[name] for name in rows[0]]
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    names = psycopg.sql.SQL(", ").join(psycopg.sql.Identifier(column.name) for column in columns)
    statement = psycopg.sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        psycopg.sql.Identifier(table.name), names
    )
    made = [(column.key, _processor(column, connection.dialect)) for column in columns]
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_type_name(column, connection.dialect) for column in columns])
        for row in rows:
            copy.write_row([process(row[key]) for key, process in made])


def _processor(column: sa.Column[Any], dialect: sa.Dialect) -> Callable[[Any], Any]:
    """Give what the column's type makes of a value before the driver has it."""
    return column.type.dialect_impl(dialect).bind_processor(dialect) or _unchanged


def _unchanged(value: Any) -> Any:
    return value


def _type_name(column: sa.Column[Any], dialect: sa.Dialect) -> str:
    """Name the type as PostgreSQL does, without length and collation."""
    return column.type.compile(dialect).partition("(")[0].partition(" COLLATE")[0].lower()
