"""The statements about cases; each function runs inside the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from vantay.errors import CallerError, CaseDecided, CaseNotFound, IdempotencyConflict
from vantay.store.cases import CASE_STATUSES, NewCase, StoredCase
from vantay.store.id_batches import id_batches
from vantay.store.schema import case_keys, case_subjects, cases
from vantay.store.sealing import KeyRing, binding, owner
from vantay.store.transaction import WriteTransaction
from vantay.store.wording import check_identifier

Part = Literal["details", "captures"]
PARTS: tuple[Part, ...] = ("details", "captures")
_details_keys, _captures_keys = case_keys.alias("details_keys"), case_keys.alias("captures_keys")
_WITHOUT_CAPTURES = (
    sa.select(*(column for column in cases.c if column is not cases.c.sealed_captures))
    .add_columns(_details_keys.c.wrapped_key)
    .join_from(
        cases,
        _details_keys,
        (_details_keys.c.case_number == cases.c.number) & (_details_keys.c.part == "details"),
        isouter=True,
    )
    .order_by(cases.c.number)
)
_CAPTURES = sa.select(cases.c.sealed_captures, _captures_keys.c.wrapped_key).join_from(
    cases,
    _captures_keys,
    (_captures_keys.c.case_number == cases.c.number) & (_captures_keys.c.part == "captures"),
    isouter=True,
)


def read_cases(
    connection: sa.Connection, ring: KeyRing, status: str | None, after: str, limit: int
) -> list[StoredCase]:
    """Read cases, the oldest first.

    Raises
    ------
    CallerError
        If there is no such status.
    CaseNotFound
        If there is no case ``after``.
    DataCorruption
        If a seal does not hold.
    """
    statement = _WITHOUT_CAPTURES.limit(limit)
    if status is not None:
        if status not in CASE_STATUSES:
            raise CallerError(f"case status is {status!r}, expected {' or '.join(CASE_STATUSES)}")
        statement = statement.where(cases.c.status == status)
    if after:
        statement = statement.where(cases.c.number > _number_of(connection, after))
    rows = connection.execute(statement).all()
    told = _told_of(connection, [row.number for row in rows])
    return [_stored_case(ring, row, told) for row in rows]


def read_case(connection: sa.Connection, ring: KeyRing, case_id: str) -> StoredCase:
    """Read a case; `CaseNotFound`, `DataCorruption` if its seal does not hold."""
    check_identifier("case_id", case_id)
    row = connection.execute(_WITHOUT_CAPTURES.where(cases.c.case_id == case_id)).one_or_none()
    if row is None:
        raise _not_found(case_id)
    return _stored_case(ring, row, _told_of(connection, [row.number]))


def read_captures(connection: sa.Connection, ring: KeyRing, case_id: str) -> bytes:
    """Read the captures of a case.

    Raises
    ------
    CaseNotFound
        If there is no such case, or its captures were purged.
    DataCorruption
        If the seal does not hold.
    """
    check_identifier("case_id", case_id)
    row = connection.execute(_CAPTURES.where(cases.c.case_id == case_id)).one_or_none()
    if row is None:
        raise _not_found(case_id)
    if row.sealed_captures is None:
        raise CaseNotFound(f"the captures of case {case_id!r} were purged")
    return _opened(ring, case_id, "captures", row.wrapped_key, row.sealed_captures)


def open_case(transaction: WriteTransaction, new: NewCase) -> None:
    """Add a case.

    Raises
    ------
    IdempotencyConflict
        If its identifier was given before.
    """
    connection = transaction.connection
    if connection.scalar(sa.select(cases.c.number).where(cases.c.case_id == new.case_id)) is not None:
        raise IdempotencyConflict(f"case {new.case_id!r} was opened before, expected a new identifier")
    number = transaction.next_number(cases.c.number)
    row = {
        "number": number,
        "case_id": new.case_id,
        "reference": new.reference,
        "kind": new.kind,
        "status": "open",
        "opened_at": transaction.now,
        "examiner": "",
        "verdict": "",
        "verdict_reason": "",
    }
    keys = []
    for part, value in (("details", new.details), ("captures", new.captures)):
        key, wrapped = transaction.ring.new_key(key_owner(new.case_id, part))
        row[f"sealed_{part}"] = key.seal(value, _place(new.case_id, part))
        keys.append({"case_number": number, "part": part, "wrapped_key": wrapped})
    connection.execute(cases.insert(), row)
    connection.execute(case_keys.insert(), keys)
    _tell_of(connection, number, new.subject_ids)


def decide_case(transaction: WriteTransaction, case_id: str, examiner: str, verdict: str, reason: str) -> str:
    """Note what a person decided; return the reference of the application.

    Raises
    ------
    CaseNotFound
        If there is no such case.
    CaseDecided
        If it was decided before.
    """
    check_identifier("case_id", case_id)
    connection = transaction.connection
    statement = sa.select(cases.c.reference, cases.c.status, cases.c.decided_at, cases.c.verdict)
    row = connection.execute(statement.where(cases.c.case_id == case_id)).one_or_none()
    if row is None:
        raise _not_found(case_id)
    if row.status != "open":
        raise CaseDecided(
            f"case {case_id!r} was decided on {row.decided_at:%Y-%m-%d %H:%M:%S} UTC: {row.verdict}"
        )
    values: dict[str, object] = {"examiner": examiner, "verdict": verdict, "verdict_reason": reason}
    values |= {"status": "decided", "decided_at": transaction.now}
    connection.execute(cases.update().where(cases.c.case_id == case_id).values(values))
    reference: str = row.reference
    return reference


def link_case(connection: sa.Connection, case_id: str, subject_ids: Iterable[str]) -> None:
    """Note that a case tells of these subjects too."""
    number = _number_of(connection, case_id)
    _tell_of(connection, number, set(subject_ids) - set(_told_of(connection, [number])[number]))


def forget_in_cases(connection: sa.Connection, subject_ids: Sequence[str]) -> None:
    """Destroy details and captures of the cases that tell of any of these subjects."""
    statement = sa.select(case_subjects.c.case_number)
    for some in id_batches(subject_ids):
        numbers = connection.scalars(statement.where(case_subjects.c.subject_id.in_(some))).all()
        for part in PARTS:
            destroy_part(connection, numbers, part)


def destroy_part(connection: sa.Connection, numbers: Sequence[int], part: Part) -> None:
    """Destroy one part of cases, and its keys."""
    for some in id_batches(numbers):
        own = case_keys.c.case_number.in_(some) & (case_keys.c.part == part)
        connection.execute(case_keys.delete().where(own))
        connection.execute(cases.update().where(cases.c.number.in_(some)).values({f"sealed_{part}": None}))


def key_owner(case_id: str, part: str) -> str:
    """Name whose key it is that seals a part of a case."""
    return owner(f"case {part}", case_id)


def _stored_case(ring: KeyRing, row: Any, told: Mapping[int, list[str]]) -> StoredCase:
    details = None
    if row.sealed_details is not None:
        details = _opened(ring, row.case_id, "details", row.wrapped_key, row.sealed_details)
    return StoredCase(
        row.case_id,
        row.reference,
        row.kind,
        row.status,
        row.opened_at,
        details,
        tuple(told[row.number]),
        row.decided_at,
        row.examiner,
        row.verdict,
        row.verdict_reason,
    )


def _opened(ring: KeyRing, case_id: str, part: Part, wrapped: bytes | None, sealed: bytes) -> bytes:
    key = ring.unwrap(key_owner(case_id, part), wrapped)
    return key.open(sealed, _place(case_id, part), f"the {part} of case {case_id!r}")


def _told_of(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[str]]:
    statement = sa.select(case_subjects).order_by(case_subjects.c.subject_id)
    told: dict[int, list[str]] = defaultdict(list)
    for some in id_batches(numbers):
        for number, subject_id in connection.execute(statement.where(case_subjects.c.case_number.in_(some))):
            told[number].append(subject_id)
    return told


def _tell_of(connection: sa.Connection, number: int, subject_ids: Iterable[str]) -> None:
    rows = [{"case_number": number, "subject_id": subject_id} for subject_id in sorted(set(subject_ids))]
    if rows:
        connection.execute(case_subjects.insert(), rows)


def _number_of(connection: sa.Connection, case_id: str) -> int:
    check_identifier("case_id", case_id)
    number: int | None = connection.scalar(sa.select(cases.c.number).where(cases.c.case_id == case_id))
    if number is None:
        raise _not_found(case_id)
    return number


def _not_found(case_id: str) -> CaseNotFound:
    return CaseNotFound(f"no case {case_id!r}")


def _place(case_id: str, part: str) -> bytes:
    return binding(f"case {part}", case_id)
