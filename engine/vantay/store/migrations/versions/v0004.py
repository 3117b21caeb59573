"""Format version 4: the audit log, checks, cases, published decisions. What was there stays as it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vantay.store.audit_chain import begin_log
from vantay.store.opening import read_properties
from vantay.store.store_keys import open_ring

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and begin the log."""
    _create_log()
    _create_checks()
    _create_cases()
    connection = op.get_bind()
    config = op.get_context().config
    if config is None:
        raise TypeError("the migration needs the configuration that upgrade_store makes")
    ring = open_ring(read_properties(connection), config.attributes["key_source"], "the store")
    begin_log(connection, ring)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _create_log() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("sequence", _NUMBER, primary_key=True, autoincrement=False),
        *_texts("recorded_at", "actor_name", "role", "request_id", "call"),
        *_texts("outcome", "subject_id", "reference", "reason"),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "published_decisions",
        sa.Column("sequence", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        *_texts("kind", "reference", "subject_id", "other_subject_id", "outcome", "reasons"),
        sa.Column("due_on", sa.Date),
        sa.Column("working_days", sa.SmallInteger),
        *_texts("case_id"),
    )


def _create_checks() -> None:
    op.create_table(
        "checks",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("reference", _IDENTIFIER, nullable=False, unique=True),
        sa.Column("content_digest", sa.LargeBinary, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.Column("sealed_result", sa.LargeBinary),
    )
    has_result = sa.text("sealed_result IS NOT NULL")
    op.create_index(
        "ix_checks_recorded_at",
        "checks",
        ["recorded_at"],
        sqlite_where=has_result,
        postgresql_where=has_result,
    )
    op.create_table(
        "check_keys",
        sa.Column("check_number", _NUMBER, sa.ForeignKey("checks.number"), primary_key=True),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "check_subjects",
        sa.Column("check_number", _NUMBER, sa.ForeignKey("checks.number"), primary_key=True),
        sa.Column("subject_id", _IDENTIFIER, primary_key=True, index=True),
    )


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("case_id", _IDENTIFIER, nullable=False, unique=True),
        sa.Column("reference", _IDENTIFIER, nullable=False, index=True),
        *_texts("kind", "status"),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("decided_at", _TIME),
        *_texts("examiner", "verdict", "verdict_reason"),
        sa.Column("sealed_details", sa.LargeBinary),
        sa.Column("sealed_captures", sa.LargeBinary),
        sa.CheckConstraint("kind IN ('CONFLICT', 'INCONCLUSIVE')", name="kind_is_known"),
        sa.CheckConstraint("status IN ('open', 'decided')", name="status_is_known"),
        sa.CheckConstraint("(status = 'decided') = (decided_at IS NOT NULL)", name="decided_has_time"),
    )
    op.create_index("ix_cases_status", "cases", ["status", "number"])
    op.create_table(
        "case_keys",
        sa.Column("case_number", _NUMBER, sa.ForeignKey("cases.number"), primary_key=True),
        sa.Column("part", sa.Text, primary_key=True),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("part IN ('details', 'captures')", name="part_is_known"),
    )
    op.create_table(
        "case_subjects",
        sa.Column("case_number", _NUMBER, sa.ForeignKey("cases.number"), primary_key=True),
        sa.Column("subject_id", _IDENTIFIER, primary_key=True, index=True),
    )
