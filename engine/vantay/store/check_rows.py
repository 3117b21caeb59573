"""The statements about checks; each function runs inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from vantay.errors import IdempotencyConflict
from vantay.store.checks import NewCheck, StoredCheck
from vantay.store.id_batches import id_batches
from vantay.store.schema import check_keys, check_subjects, checks
from vantay.store.sealing import KeyRing, binding, owner
from vantay.store.transaction import WriteTransaction
from vantay.store.wording import check_identifier

_CHECK = "check"


def read_check(connection: sa.Connection, ring: KeyRing, reference: str) -> StoredCheck | None:
    """Read the check of an application; None if there is none.

    Raises
    ------
    CallerError
        If no application can have this reference.
    DataCorruption
        If its seal does not hold.
    """
    check_identifier("reference", reference)
    statement = (
        sa.select(checks, check_keys.c.wrapped_key)
        .join_from(checks, check_keys, isouter=True)
        .where(checks.c.reference == reference)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    result = None
    if row.sealed_result is not None:
        key = ring.unwrap(key_owner(reference), row.wrapped_key)
        result = key.open(row.sealed_result, _place(reference), f"the answer to application {reference!r}")
    return StoredCheck(reference, row.content_digest, row.outcome, result, row.recorded_at)


def put_check(transaction: WriteTransaction, new: NewCheck) -> None:
    """Add the check of an application.

    Raises
    ------
    IdempotencyConflict
        If the application has one already.
    """
    connection = transaction.connection
    before = connection.scalar(sa.select(checks.c.recorded_at).where(checks.c.reference == new.reference))
    if before is not None:
        raise IdempotencyConflict(
            f"application {new.reference!r} was answered on {before:%Y-%m-%d %H:%M:%S} UTC: read that answer"
        )
    number = transaction.next_number(checks.c.number)
    key, wrapped = transaction.ring.new_key(key_owner(new.reference))
    row = {
        "number": number,
        "reference": new.reference,
        "content_digest": new.content_digest,
        "outcome": new.outcome,
        "recorded_at": transaction.now,
        "sealed_result": key.seal(new.result, _place(new.reference)),
    }
    connection.execute(checks.insert(), row)
    connection.execute(check_keys.insert(), {"check_number": number, "wrapped_key": wrapped})
    _tell_of(connection, number, new.subject_ids)


def link_check(connection: sa.Connection, reference: str, subject_ids: Iterable[str]) -> None:
    """Note that the check of an application tells of these subjects too; without a check do nothing."""
    number = connection.scalar(sa.select(checks.c.number).where(checks.c.reference == reference))
    if number is None:
        return
    told = sa.select(check_subjects.c.subject_id).where(check_subjects.c.check_number == number)
    _tell_of(connection, number, set(subject_ids) - set(connection.scalars(told)))


def forget_in_checks(connection: sa.Connection, subject_ids: Sequence[str]) -> None:
    """Destroy the answers that tell of any of these subjects."""
    statement = sa.select(check_subjects.c.check_number)
    for some in id_batches(subject_ids):
        numbers = connection.scalars(statement.where(check_subjects.c.subject_id.in_(some))).all()
        destroy_results(connection, numbers)


def destroy_results(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Destroy the keys of checks and what they sealed, and forget of whom they told."""
    for some in id_batches(numbers):
        connection.execute(check_keys.delete().where(check_keys.c.check_number.in_(some)))
        connection.execute(check_subjects.delete().where(check_subjects.c.check_number.in_(some)))
        connection.execute(checks.update().where(checks.c.number.in_(some)).values(sealed_result=None))


def key_owner(reference: str) -> str:
    """Name whose key it is that seals the answer to an application."""
    return owner(_CHECK, reference)


def _tell_of(connection: sa.Connection, number: int, subject_ids: Iterable[str]) -> None:
    rows = [{"check_number": number, "subject_id": subject_id} for subject_id in sorted(set(subject_ids))]
    if rows:
        connection.execute(check_subjects.insert(), rows)


def _place(reference: str) -> bytes:
    return binding(_CHECK, reference)
