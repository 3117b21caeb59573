"""Finding subjects by their identifiers, and refusing those that cannot be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from vantay.errors import SubjectMerged, SubjectNotFound
from vantay.store.id_batches import id_batches
from vantay.store.person import SubjectStatus
from vantay.store.schema import subject_keys, subjects

_winners = subjects.alias("winners")
_ROWS = (
    sa.select(
        subjects.c.number,
        subjects.c.subject_id,
        subjects.c.status,
        subject_keys.c.wrapped_key,
        _winners.c.subject_id.label("merged_into"),
    )
    .join_from(subjects, subject_keys, isouter=True)
    .join(_winners, _winners.c.number == subjects.c.merged_into, isouter=True)
)


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """What every operation on a subject needs of its row."""

    number: int
    subject_id: str
    status: SubjectStatus
    wrapped_key: bytes | None
    merged_into: str | None


def find_subjects(connection: sa.Connection, subject_ids: Sequence[str]) -> dict[str, SubjectRow]:
    """Find subjects by their identifiers, in any status; those that never were are left out."""
    possible = [subject_id for subject_id in subject_ids if subject_id.isprintable()]
    return {
        subject_id: SubjectRow(number, subject_id, SubjectStatus(status), wrapped_key, merged_into)
        for some in id_batches(possible)
        for number, subject_id, status, wrapped_key, merged_into in connection.execute(
            _ROWS.where(subjects.c.subject_id.in_(some))
        )
    }


def find_subject(connection: sa.Connection, subject_id: str) -> SubjectRow:
    """Find a subject in any status.

    Raises
    ------
    SubjectNotFound
        If it never was there.
    """
    row = find_subjects(connection, [subject_id]).get(subject_id)
    if row is None:
        raise SubjectNotFound(f"no subject {subject_id!r}")
    return row


def require_subject(connection: sa.Connection, subject_id: str) -> SubjectRow:
    """Find a subject that can be written.

    Raises
    ------
    SubjectNotFound
        If it is not there or was erased.
    SubjectMerged
        If it is another subject now.
    """
    return require_present(find_subject(connection, subject_id))


def require_present(row: SubjectRow) -> SubjectRow:
    """Pass a subject that can be written; errors as `require_subject`."""
    if row.status is SubjectStatus.ERASED:
        raise SubjectNotFound(f"subject {row.subject_id!r} was erased")
    if row.merged_into is not None:
        raise SubjectMerged(
            f"subject {row.subject_id!r} was merged into {row.merged_into!r}: use that one", row.merged_into
        )
    return row
