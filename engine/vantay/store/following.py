"""Pages of subjects in the order of their last changes: how an index, or an export, follows the store.

A page is one short transaction, found by key: loading a million subjects reads each once, holds no old state
of the database, and a follower that was stopped goes on where it was. A subject that changes while others are
read comes again, at the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from vantay.store.details import read_biographics, read_documents
from vantay.store.galleries import galleries_of
from vantay.store.person import SubjectStatus
from vantay.store.reading import consent_of, open_encounter
from vantay.store.records import StoredEncounter, SubjectPage, SubjectState
from vantay.store.schema import encounters, subject_keys, subjects
from vantay.store.sealing import KeyRing

_winners = subjects.alias("winners")
_SUBJECTS = (
    sa.select(subjects, subject_keys.c.wrapped_key, _winners.c.subject_id.label("winner_id"))
    .join_from(subjects, subject_keys, isouter=True)
    .join(_winners, _winners.c.number == subjects.c.merged_into, isouter=True)
    .order_by(subjects.c.last_change)
)


def read_subject_states(
    connection: sa.Connection, ring: KeyRing, after: int, limit: int, *, with_documents: bool
) -> SubjectPage:
    """Read the subjects that changed after a point, up to `limit`, in the order of their last changes.

    Raises
    ------
    DataCorruption
        If a seal does not hold; the message names the encounter and the subject.
    """
    rows = connection.execute(_SUBJECTS.where(subjects.c.last_change > after).limit(limit)).all()
    if not rows:
        return SubjectPage(after, ())
    of_subject = _encounters_of(connection, rows[0].last_change, rows[-1].last_change)
    in_galleries = galleries_of(connection, [row.number for row in rows])
    states = tuple(
        _state(
            connection, ring, row, of_subject[row.number], in_galleries.get(row.number, ()), with_documents
        )
        for row in rows
    )
    return SubjectPage(states[-1].sequence, states)


def _encounters_of(connection: sa.Connection, first: int, last: int) -> dict[int, list[Any]]:
    """Read the encounters of the subjects whose last changes are in a range, by the subject's number."""
    statement = (
        sa.select(encounters)
        .join_from(subjects, encounters)
        .where(subjects.c.last_change.between(first, last), encounters.c.sealed_templates.is_not(None))
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(statement):
        found[row.subject_number].append(row)
    for own in found.values():
        own.sort(key=lambda row: (row.captured_at, row.encounter_id))
    return found


def _state(
    connection: sa.Connection,
    ring: KeyRing,
    row: Any,
    own: Sequence[Any],
    in_galleries: tuple[str, ...],
    with_documents: bool,  # noqa: FBT001 - private
) -> SubjectState:
    status = SubjectStatus(row.status)
    is_there = status in {SubjectStatus.ACTIVE, SubjectStatus.LOCKED}
    key = ring.unwrap(row.subject_id, row.wrapped_key) if with_documents and is_there else None
    return SubjectState(
        row.number,
        row.subject_id,
        status,
        row.last_change,
        read_biographics(row, key, row.subject_id),
        in_galleries,
        tuple(_stored_encounter(ring, row, encounter) for encounter in own),
        () if key is None else read_documents(connection, row.number, row.subject_id, key),
        row.winner_id,
    )


def _stored_encounter(ring: KeyRing, subject: Any, row: Any) -> StoredEncounter:
    opened = open_encounter(
        ring, subject.subject_id, row.encounter_id, subject.wrapped_key, row.sealed_templates
    )
    return StoredEncounter(
        row.encounter_id,
        row.captured_at,
        row.recorded_at,
        row.source,
        row.operator,
        row.device,
        consent_of(row),
        opened.templates,
        opened.face,
    )
