"""Format version 2: templates of faces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of faces."""
    op.create_table(
        "face_templates",
        sa.Column("encounter_id", sa.Text, sa.ForeignKey("encounters.encounter_id"), primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("vector_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("quality", sa.SmallInteger, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.CheckConstraint("quality BETWEEN 0 AND 100", name="face_quality_is_a_percentage"),
    )
