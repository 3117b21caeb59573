"""Format version 1: subjects, encounters, templates of fingers, changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "subjects",
        sa.Column("subject_id", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'locked', 'erased')", name="status_is_known"),
    )
    op.create_table(
        "encounters",
        sa.Column("encounter_id", sa.Text, primary_key=True),
        sa.Column("subject_id", sa.Text, sa.ForeignKey("subjects.subject_id"), nullable=False, index=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.create_table(
        "templates",
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
    op.create_table(
        "changes",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("subject_id", sa.Text, sa.ForeignKey("subjects.subject_id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
