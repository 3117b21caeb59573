"""Format version 3: numbered rows, sealed templates, documents, galleries, images, idempotency keys.

What a store of version 2 has is converted row by row, and sealed under keys of subjects that are made here.
Stores of versions 1 and 2 were SQLite files only; on PostgreSQL there is nothing to convert.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vantay.store.migrations.conversion import convert
from vantay.store.opening import write_identity

revision = "0003"
down_revision = "0002"

_OLD = ("meta", "subjects", "encounters", "templates", "face_templates", "changes")

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables anew beside the old ones, convert, drop the old ones."""
    connection = op.get_bind()
    config = op.get_context().config
    if config is None:
        raise TypeError("the migration needs the configuration that upgrade_store makes")
    if connection.dialect.name == "sqlite":
        for table in _OLD:
            op.rename_table(table, f"old_{table}")
    else:
        for table in reversed(_OLD):
            op.drop_table(table)
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    _create_people()
    _create_lists()
    ring = write_identity(connection, config.attributes["encryption"], config.attributes["key_source"], "")
    if connection.dialect.name == "sqlite":
        convert(connection, ring)
        for table in reversed(_OLD):
            op.drop_table(f"old_{table}")


def _create_people() -> None:
    op.create_table(
        "write_state",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("last_change", sa.BigInteger, nullable=False),
        sa.Column("last_subject", sa.BigInteger, nullable=False),
        sa.Column("last_encounter", sa.BigInteger, nullable=False),
        sa.Column("last_recorded_at", _TIME, nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.create_table(
        "subjects",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("subject_id", _IDENTIFIER, nullable=False, unique=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_change", sa.BigInteger, nullable=False, index=True),
        sa.Column("merged_into", _NUMBER, sa.ForeignKey("subjects.number")),
        sa.Column("sex", sa.Text),
        sa.Column("birth_year", sa.SmallInteger),
        sa.Column("nationality", sa.Text),
        sa.Column("sealed_birth_date", sa.LargeBinary),
        sa.CheckConstraint("status IN ('active', 'locked', 'erased', 'merged')", name="status_is_known"),
        sa.CheckConstraint("(status = 'merged') = (merged_into IS NOT NULL)", name="merged_has_winner"),
    )
    is_alias = sa.text("merged_into IS NOT NULL")
    op.create_index(
        "ix_subjects_merged_into",
        "subjects",
        ["merged_into"],
        sqlite_where=is_alias,
        postgresql_where=is_alias,
    )
    op.create_table(
        "subject_keys",
        sa.Column("subject_number", _NUMBER, sa.ForeignKey("subjects.number"), primary_key=True),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "encounters",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("subject_number", _NUMBER, sa.ForeignKey("subjects.number"), nullable=False, index=True),
        sa.Column("encounter_id", _IDENTIFIER, nullable=False, unique=True),
        sa.Column("captured_at", _TIME, nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("consent_reference", sa.Text),
        sa.Column("consent_purpose", sa.Text),
        sa.Column("consent_at", _TIME),
        sa.Column("n_fingers", sa.SmallInteger, nullable=False),
        sa.Column("n_faces", sa.SmallInteger, nullable=False),
        sa.Column("template_bytes", sa.Integer, nullable=False),
        sa.Column("sealed_templates", sa.LargeBinary),
    )


def _create_lists() -> None:
    op.create_table(
        "images",
        sa.Column("encounter_number", _NUMBER, sa.ForeignKey("encounters.number"), primary_key=True),
        sa.Column("modality", sa.Text, primary_key=True),
        sa.Column("finger_position", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("sealed_image", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("modality IN ('finger', 'face')", name="modality_is_known"),
        sa.CheckConstraint("finger_position BETWEEN 0 AND 10", name="position_is_a_finger"),
    )
    op.create_table(
        "documents",
        sa.Column("subject_number", _NUMBER, sa.ForeignKey("subjects.number"), primary_key=True),
        sa.Column("ordinal", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("lookup", sa.LargeBinary, nullable=False, index=True),
        sa.Column("document_type", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("expires_on", sa.Date),
        sa.Column("sealed_number", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "galleries",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("name", _IDENTIFIER, nullable=False, unique=True),
        sa.Column("created_at", _TIME, nullable=False),
    )
    op.create_table(
        "gallery_members",
        sa.Column("subject_number", _NUMBER, sa.ForeignKey("subjects.number"), primary_key=True),
        sa.Column("gallery_number", _NUMBER, sa.ForeignKey("galleries.number"), primary_key=True, index=True),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("content_digest", sa.LargeBinary, nullable=False),
        sa.Column("encounter_id", sa.Text, nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("sequence", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("subject_number", _NUMBER, sa.ForeignKey("subjects.number"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
    )
