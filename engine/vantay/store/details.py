"""Biographics and documents of a subject: what is sealed, what can be searched, what is looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from vantay.store.person import Biographics, Document, Sex
from vantay.store.records import ChangeKind
from vantay.store.schema import documents, subjects
from vantay.store.sealing import KeyRing, SubjectKey, binding
from vantay.store.subject_rows import require_subject
from vantay.store.transaction import WriteTransaction


def update_details(
    transaction: WriteTransaction,
    subject_id: str,
    biographics: Biographics | None,
    papers: tuple[Document, ...] | None,
) -> None:
    """Replace the biographics, the documents or both of a subject; None leaves what is there.

    Raises
    ------
    SubjectNotFound, SubjectMerged
        If the subject is not there, was erased, or is another one now.
    """
    row = require_subject(transaction.connection, subject_id)
    key = transaction.ring.unwrap(subject_id, row.wrapped_key)
    if biographics is not None:
        values = biographics_row(biographics, subject_id, key)
        transaction.connection.execute(
            subjects.update().where(subjects.c.number == row.number).values(**values)
        )
    if papers is not None:
        replace_documents(transaction, papers, row.number, subject_id, key)
    transaction.note(row.number, ChangeKind.UPDATE)


def replace_documents(
    transaction: WriteTransaction,
    papers: tuple[Document, ...],
    subject_number: int,
    subject_id: str,
    key: SubjectKey,
) -> None:
    """Put documents in the place of those that a subject has."""
    transaction.connection.execute(documents.delete().where(documents.c.subject_number == subject_number))
    for row in document_rows(transaction.ring, papers, subject_number, subject_id, key):
        transaction.add(documents, row)


def biographics_row(biographics: Biographics, subject_id: str, key: SubjectKey) -> dict[str, Any]:
    """Give the columns of biographics."""
    born = biographics.birth_date
    sealed = born and key.seal(born.isoformat().encode(), binding("birth_date", subject_id))
    return {
        "sex": biographics.sex,
        "birth_year": biographics.birth_year,
        "nationality": biographics.nationality,
        "sealed_birth_date": sealed,
    }


def document_rows(
    ring: KeyRing, papers: Iterable[Document], subject_number: int, subject_id: str, key: SubjectKey
) -> Iterator[dict[str, Any]]:
    """Give the rows of documents."""
    for ordinal, document in enumerate(papers):
        yield {
            "subject_number": subject_number,
            "ordinal": ordinal,
            "lookup": lookup_of(ring, document.document_type, document.canonical_number),
            "document_type": document.document_type,
            "issuer": document.issuer,
            "expires_on": document.expires_on,
            "sealed_number": key.seal(document.number.encode(), _number_place(subject_id, ordinal)),
        }


def lookup_of(ring: KeyRing, document_type: str, canonical_number: str) -> bytes:
    """Digest what a document is looked up by; the issuer is compared afterwards, it may be unknown."""
    return ring.lookup("document", document_type, canonical_number)


def read_biographics(row: Any, key: SubjectKey | None, subject_id: str) -> Biographics:
    """Read biographics from a row of subjects; the birth date only with the subject's key."""
    known = Biographics(row.sex and Sex(row.sex), row.birth_year, nationality=row.nationality)
    if key is None or row.sealed_birth_date is None:
        return known
    what = f"the birth date of subject {subject_id!r}"
    born = key.open(row.sealed_birth_date, binding("birth_date", subject_id), what)
    return replace(known, birth_date=date.fromisoformat(born.decode()))


def read_documents(
    connection: sa.Connection, subject_number: int, subject_id: str, key: SubjectKey
) -> tuple[Document, ...]:
    """Read the documents of a subject, in the order in which they were given."""
    statement = sa.select(documents).where(documents.c.subject_number == subject_number)
    return tuple(
        document_of(row, subject_id, key)
        for row in connection.execute(statement.order_by(documents.c.ordinal))
    )


def document_of(row: Any, subject_id: str, key: SubjectKey) -> Document:
    """Read a document from a row of documents."""
    place = _number_place(subject_id, row.ordinal)
    number = key.open(row.sealed_number, place, f"document {row.ordinal} of subject {subject_id!r}")
    return Document(row.document_type, number.decode(), row.issuer, row.expires_on)


def find_by_document(
    connection: sa.Connection, ring: KeyRing, document_type: str, number: str, issuer: str | None
) -> tuple[str, ...]:
    """Name the subjects that have a document, in the order of their identifiers."""
    wanted = Document(document_type, number)
    statement = (
        sa.select(subjects.c.subject_id)
        .join_from(documents, subjects)
        .where(documents.c.lookup == lookup_of(ring, document_type, wanted.canonical_number))
        .distinct()
        .order_by(subjects.c.subject_id)
    )
    if issuer is not None:
        statement = statement.where(documents.c.issuer == issuer)
    return tuple(connection.scalars(statement))


def _number_place(subject_id: str, ordinal: int) -> bytes:
    return binding("document", subject_id, str(ordinal))
