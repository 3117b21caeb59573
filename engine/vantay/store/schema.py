"""The tables of the record. Portable SQL: types and constraints that SQLite and PostgreSQL share."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

FORMAT_VERSION = 2
"""Raised with every change of the tables; a store of a newer version is refused."""

APPLICATION = "vantay enrolment database"
SQLITE_APPLICATION_ID = 0x56544159
"""``VTAY`` in the header of the SQLite file, so that another program's database is told apart."""


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A point in time: any zone in, UTC out, whether or not the database keeps zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Turn a zoned time into UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back that SQLite dropped."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

subjects = sa.Table(
    "subjects",
    metadata,
    sa.Column("subject_id", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("status IN ('active', 'locked', 'erased')", name="status_is_known"),
)

encounters = sa.Table(
    "encounters",
    metadata,
    sa.Column("encounter_id", sa.Text, primary_key=True),
    sa.Column("subject_id", sa.Text, sa.ForeignKey("subjects.subject_id"), nullable=False, index=True),
    sa.Column("captured_at", UtcDateTime, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
)

templates = sa.Table(
    "templates",
    metadata,
    sa.Column("encounter_id", sa.Text, sa.ForeignKey("encounters.encounter_id"), primary_key=True),
    sa.Column("finger_position", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("record", sa.LargeBinary, nullable=False),
    sa.Column("record_sha256", sa.LargeBinary(32), nullable=False),
    sa.Column("quality", sa.SmallInteger, nullable=False),
    sa.Column("extractor", sa.Text, nullable=False),
    sa.Column("extractor_version", sa.Text, nullable=False),
    sa.CheckConstraint("finger_position BETWEEN 0 AND 10", name="position_is_a_finger"),
    sa.CheckConstraint("quality BETWEEN 0 AND 100", name="quality_is_a_percentage"),
)

face_templates = sa.Table(
    "face_templates",
    metadata,
    sa.Column("encounter_id", sa.Text, sa.ForeignKey("encounters.encounter_id"), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),  # float16, little-endian
    sa.Column("vector_sha256", sa.LargeBinary(32), nullable=False),
    sa.Column("quality", sa.SmallInteger, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.CheckConstraint("quality BETWEEN 0 AND 100", name="face_quality_is_a_percentage"),
)
"""Since version 2."""

changes = sa.Table(
    "changes",
    metadata,
    # AUTOINCREMENT: a number is never given twice, so that a follower cannot miss a change
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("subject_id", sa.Text, sa.ForeignKey("subjects.subject_id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
