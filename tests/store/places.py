"""Where a store is in a test, and how a test gets at its tables behind the store's back."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from vantay.store import Store


@dataclass(frozen=True)
class SqlitePlace:
    """A file with its key beside it."""

    path: Path

    @property
    def location(self) -> Path:
        return self.path

    @property
    def key_file(self) -> Path:
        return self.path.with_name(self.path.name + ".key")

    def open(self, **options: Any) -> Store:
        return Store.open(self.path, **options)

    def run_sql(self, *statements: str) -> None:
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def count(self, table: str) -> int:
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@dataclass(frozen=True)
class PostgresPlace:
    """A schema of the test run's server, with a key file elsewhere."""

    dsn: str
    key_file: Path

    @property
    def location(self) -> str:
        return self.dsn

    def open(self, **options: Any) -> Store:
        return Store.open(self.dsn, **{"key": self.key_file} | options)

    def run_sql(self, *statements: str) -> None:
        with psycopg.connect(self.dsn) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def count(self, table: str) -> int:
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert row is not None
        return int(row[0])


Place = SqlitePlace | PostgresPlace
