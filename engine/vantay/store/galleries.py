"""Galleries: named subsets of the subjects; a subject may be in several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from vantay.errors import GalleryNotFound
from vantay.store.id_batches import id_batches
from vantay.store.records import ChangeKind
from vantay.store.schema import galleries, gallery_members, subjects
from vantay.store.subject_rows import require_subject
from vantay.store.transaction import WriteTransaction


def create_gallery(transaction: WriteTransaction, name: str) -> None:
    """Make a gallery; one that is there stays as it is."""
    numbers = gallery_numbers(transaction.connection)
    if name not in numbers:
        number = max(numbers.values(), default=0) + 1
        transaction.connection.execute(
            galleries.insert().values(number=number, name=name, created_at=transaction.now)
        )


def set_membership(transaction: WriteTransaction, name: str, subject_id: str, *, is_member: bool) -> bool:
    """Put a subject into a gallery, or take it out; tell whether that changed anything.

    Raises
    ------
    GalleryNotFound
        If there is no such gallery.
    SubjectNotFound, SubjectMerged
        If the subject is not there, was erased, or is another one now.
    """
    (gallery,) = require_galleries(gallery_numbers(transaction.connection), [name])
    row = require_subject(transaction.connection, subject_id)
    own = (gallery_members.c.subject_number == row.number) & (gallery_members.c.gallery_number == gallery)
    was_member = transaction.connection.scalar(sa.select(sa.literal(1)).where(own)) is not None
    if was_member == is_member:
        return False
    if is_member:
        transaction.add(gallery_members, {"subject_number": row.number, "gallery_number": gallery})
    else:
        transaction.connection.execute(gallery_members.delete().where(own))
    transaction.note(row.number, ChangeKind.GALLERY)
    return True


def gallery_numbers(connection: sa.Connection) -> dict[str, int]:
    """Read all galleries: name to number."""
    return dict(iter(connection.execute(sa.select(galleries.c.name, galleries.c.number))))


def require_galleries(numbers: Mapping[str, int], names: Iterable[str]) -> list[int]:
    """Look galleries up; `GalleryNotFound` names the first that is not there."""
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in numbers:
            there = ", ".join(sorted(numbers)) or "none yet"
            raise GalleryNotFound(f"no gallery {name!r}, expected one of: {there}")
    return [numbers[name] for name in wanted]


def read_galleries(connection: sa.Connection) -> dict[str, int]:
    """Count the members of each gallery, by name."""
    statement = (
        sa.select(galleries.c.name, sa.func.count(gallery_members.c.subject_number))
        .join_from(galleries, gallery_members, isouter=True)
        .group_by(galleries.c.name)
        .order_by(galleries.c.name)
    )
    return dict(iter(connection.execute(statement)))


def read_members(connection: sa.Connection, name: str, after: str, limit: int | None) -> list[str]:
    """List the members of a gallery by identifier, the first one after `after`."""
    (gallery,) = require_galleries(gallery_numbers(connection), [name])
    statement = (
        sa.select(subjects.c.subject_id)
        .join_from(gallery_members, subjects)
        .where(gallery_members.c.gallery_number == gallery, subjects.c.subject_id > after)
        .order_by(subjects.c.subject_id)
        .limit(limit)
    )
    return list(connection.scalars(statement))


def galleries_of(connection: sa.Connection, subject_numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Name the galleries of subjects, by the subject's number; one in no gallery is left out."""
    statement = (
        sa.select(gallery_members.c.subject_number, galleries.c.name)
        .join_from(gallery_members, galleries)
        .order_by(galleries.c.name)
    )
    found: dict[int, tuple[str, ...]] = {}
    for some in id_batches(subject_numbers):
        for number, name in connection.execute(statement.where(gallery_members.c.subject_number.in_(some))):
            found[number] = (*found.get(number, ()), name)
    return found
