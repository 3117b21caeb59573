"""The tables of the record. Portable SQL: types and constraints that SQLite and PostgreSQL share.

Rows refer to each other by numbers that the store gives; the caller's identifiers stand once. What is a
person's stands in sealed columns (`vantay.store.sealing`), but for what searches filter by. The migrations
make the same tables, step by step; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

FORMAT_VERSION = 4
"""Raised with every migration; a store of a newer version is refused."""

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


NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A row's number; on SQLite the row's own, so that it needs no index."""

LAST_NUMBER = (1 << 63) - 1
"""The greatest that a row can have; a caller may ask for what comes after greater ones."""

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""An identifier of the caller: the same order everywhere, by code point."""

metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

revision = sa.Table(
    "alembic_version",
    metadata,
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Where the migrations note how far they came."""

write_state = sa.Table(
    "write_state",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("last_change", sa.BigInteger, nullable=False),
    sa.Column("last_subject", sa.BigInteger, nullable=False),
    sa.Column("last_encounter", sa.BigInteger, nullable=False),
    sa.Column("last_recorded_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)
"""One row that every write locks first: writes take turns, so their numbers come in the order of commits."""

subjects = sa.Table(
    "subjects",
    metadata,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("subject_id", IDENTIFIER, nullable=False, unique=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("last_change", sa.BigInteger, nullable=False, index=True),
    sa.Column("merged_into", NUMBER, sa.ForeignKey("subjects.number")),
    sa.Column("sex", sa.Text),
    sa.Column("birth_year", sa.SmallInteger),
    sa.Column("nationality", sa.Text),
    sa.Column("sealed_birth_date", sa.LargeBinary),
    sa.CheckConstraint("status IN ('active', 'locked', 'erased', 'merged')", name="status_is_known"),
    sa.CheckConstraint("(status = 'merged') = (merged_into IS NOT NULL)", name="merged_has_winner"),
)

_is_alias = subjects.c.merged_into.is_not(None)
sa.Index(
    "ix_subjects_merged_into", subjects.c.merged_into, sqlite_where=_is_alias, postgresql_where=_is_alias
)

subject_keys = sa.Table(
    "subject_keys",
    metadata,
    sa.Column("subject_number", NUMBER, sa.ForeignKey("subjects.number"), primary_key=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
)
"""Apart from what they open: a backup without this table holds nothing that can be read."""

encounters = sa.Table(
    "encounters",
    metadata,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("subject_number", NUMBER, sa.ForeignKey("subjects.number"), nullable=False, index=True),
    sa.Column("encounter_id", IDENTIFIER, nullable=False, unique=True),
    sa.Column("captured_at", UtcDateTime, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("operator", sa.Text, nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("consent_reference", sa.Text),
    sa.Column("consent_purpose", sa.Text),
    sa.Column("consent_at", UtcDateTime),
    sa.Column("n_fingers", sa.SmallInteger, nullable=False),
    sa.Column("n_faces", sa.SmallInteger, nullable=False),
    sa.Column("template_bytes", sa.Integer, nullable=False),
    sa.Column("sealed_templates", sa.LargeBinary),  # of all fingers and the face; none once erased
)

images = sa.Table(
    "images",
    metadata,
    sa.Column("encounter_number", NUMBER, sa.ForeignKey("encounters.number"), primary_key=True),
    sa.Column("modality", sa.Text, primary_key=True),
    sa.Column("finger_position", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("sealed_image", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("modality IN ('finger', 'face')", name="modality_is_known"),
    sa.CheckConstraint("finger_position BETWEEN 0 AND 10", name="position_is_a_finger"),
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("subject_number", NUMBER, sa.ForeignKey("subjects.number"), primary_key=True),
    sa.Column("ordinal", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("lookup", sa.LargeBinary, nullable=False, index=True),
    sa.Column("document_type", sa.Text, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("expires_on", sa.Date),
    sa.Column("sealed_number", sa.LargeBinary, nullable=False),
)

galleries = sa.Table(
    "galleries",
    metadata,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("name", IDENTIFIER, nullable=False, unique=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

gallery_members = sa.Table(
    "gallery_members",
    metadata,
    sa.Column("subject_number", NUMBER, sa.ForeignKey("subjects.number"), primary_key=True),
    sa.Column("gallery_number", NUMBER, sa.ForeignKey("galleries.number"), primary_key=True, index=True),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("content_digest", sa.LargeBinary, nullable=False),
    sa.Column("encounter_id", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("sequence", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("subject_number", NUMBER, sa.ForeignKey("subjects.number"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
)

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("sequence", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("recorded_at", sa.Text, nullable=False),  # as it is hashed: ISO 8601, UTC, microseconds
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("call", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
"""Added to, never changed. It refers to no other table: it outlives what it tells of."""

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("seal", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)
"""The last entry of the audit log, sealed: whoever cuts the log off cannot write what belongs here."""

checks = sa.Table(
    "checks",
    metadata,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("reference", IDENTIFIER, nullable=False, unique=True),
    sa.Column("content_digest", sa.LargeBinary, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("sealed_result", sa.LargeBinary),  # none once purged
)

_has_result = checks.c.sealed_result.is_not(None)
sa.Index(
    "ix_checks_recorded_at", checks.c.recorded_at, sqlite_where=_has_result, postgresql_where=_has_result
)

check_keys = sa.Table(
    "check_keys",
    metadata,
    sa.Column("check_number", NUMBER, sa.ForeignKey("checks.number"), primary_key=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
)

check_subjects = sa.Table(
    "check_subjects",
    metadata,
    sa.Column("check_number", NUMBER, sa.ForeignKey("checks.number"), primary_key=True),
    sa.Column("subject_id", IDENTIFIER, primary_key=True, index=True),
)
"""Whom a check tells of. By identifier: a claim may name somebody who is not, or not yet, enrolled."""

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("case_id", IDENTIFIER, nullable=False, unique=True),
    sa.Column("reference", IDENTIFIER, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("examiner", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("verdict_reason", sa.Text, nullable=False),
    sa.Column("sealed_details", sa.LargeBinary),  # these two: none once purged
    sa.Column("sealed_captures", sa.LargeBinary),
    sa.Index("ix_cases_status", "status", "number"),
    sa.CheckConstraint("kind IN ('CONFLICT', 'INCONCLUSIVE')", name="kind_is_known"),
    sa.CheckConstraint("status IN ('open', 'decided')", name="status_is_known"),
    sa.CheckConstraint("(status = 'decided') = (decided_at IS NOT NULL)", name="decided_has_time"),
)

case_keys = sa.Table(
    "case_keys",
    metadata,
    sa.Column("case_number", NUMBER, sa.ForeignKey("cases.number"), primary_key=True),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("part IN ('details', 'captures')", name="part_is_known"),
)
"""Details and captures have keys of their own, so that either can be destroyed alone."""

case_subjects = sa.Table(
    "case_subjects",
    metadata,
    sa.Column("case_number", NUMBER, sa.ForeignKey("cases.number"), primary_key=True),
    sa.Column("subject_id", IDENTIFIER, primary_key=True, index=True),
)

published_decisions = sa.Table(
    "published_decisions",
    metadata,
    sa.Column("sequence", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("other_subject_id", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),  # a JSON array
    sa.Column("due_on", sa.Date),
    sa.Column("working_days", sa.SmallInteger),
    sa.Column("case_id", sa.Text, nullable=False),
)
