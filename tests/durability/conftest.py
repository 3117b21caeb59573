"""Databases of both kinds."""

from __future__ import annotations

from store.conftest import encounter_of, place, postgres_dsn, postgres_server

__all__ = ["encounter_of", "place", "postgres_dsn", "postgres_server"]
