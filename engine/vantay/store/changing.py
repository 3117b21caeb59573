"""Moving, merging, locking and erasing; each function runs inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from vantay.errors import AlreadyEnrolled, CallerError, EncounterNotFound, SubjectMerged
from vantay.store.case_rows import forget_in_cases
from vantay.store.check_rows import forget_in_checks
from vantay.store.details import biographics_row, read_biographics, read_documents, replace_documents
from vantay.store.person import MAX_DOCUMENTS, Biographics, Document, SubjectStatus
from vantay.store.records import ChangeKind, Erasure
from vantay.store.schema import documents, encounters, gallery_members, images, subject_keys, subjects
from vantay.store.sealing import SubjectKey, image_place, templates_place
from vantay.store.subject_rows import SubjectRow, find_subject, require_present, require_subject
from vantay.store.transaction import WriteTransaction
from vantay.store.wording import check_identifier


def move_encounter(transaction: WriteTransaction, encounter_id: str, to_subject_id: str) -> str:
    """Give an encounter to another subject; return whose it was.

    Raises
    ------
    CallerError
        If no encounter can have this identifier.
    EncounterNotFound
        If it is not there, or its subject was erased.
    SubjectNotFound, SubjectMerged
        If the other subject is not there, was erased, or is another one now.
    """
    check_identifier("encounter_id", encounter_id)
    statement = (
        sa.select(encounters.c.number, subjects.c.subject_id)
        .join_from(encounters, subjects)
        .where(encounters.c.encounter_id == encounter_id)
    )
    found = transaction.connection.execute(statement).one_or_none()
    if found is None:
        raise EncounterNotFound(f"no encounter {encounter_id!r}")
    giver = find_subject(transaction.connection, found.subject_id)
    if giver.status is SubjectStatus.ERASED:
        raise EncounterNotFound(f"encounter {encounter_id!r} was erased with its subject")
    taker = require_subject(transaction.connection, to_subject_id)
    if giver.number != taker.number:
        _hand_over(transaction, giver, taker, encounters.c.number == found.number)
        transaction.note(giver.number, ChangeKind.MOVE)
        transaction.note(taker.number, ChangeKind.MOVE)
    return giver.subject_id


def merge_subjects(transaction: WriteTransaction, winner_id: str, loser_id: str) -> int:
    """Give all that a subject has to another one, found to be the same person; return how many encounters.

    The winner's biographics stay, and what it lacks is taken over; documents and galleries add up; if either
    is locked, the winner is. The loser's identifier stays as an alias of the winner; its key is destroyed.
    Doing it again does nothing.

    Raises
    ------
    CallerError
        If both are one.
    SubjectNotFound, SubjectMerged
        If one is not there, was erased, or is another one now.
    AlreadyEnrolled
        If they have more documents together than a subject may have.
    """
    if winner_id == loser_id:
        raise CallerError(f"subject {winner_id!r} cannot be merged into itself")
    winner = require_subject(transaction.connection, winner_id)
    loser = find_subject(transaction.connection, loser_id)
    if loser.merged_into == winner_id:
        return 0
    require_present(loser)
    n_moved = _hand_over(transaction, loser, winner, encounters.c.subject_number == loser.number)
    _merge_details(transaction, winner, loser)
    _merge_galleries(transaction, winner, loser)
    if loser.status is SubjectStatus.LOCKED:  # it is the same person who must not be used
        set_lock(transaction, winner_id, is_locked=True)
    _leave_alias(transaction, winner, loser)
    transaction.note(winner.number, ChangeKind.MERGE)
    transaction.note(loser.number, ChangeKind.MERGE)
    return n_moved


def set_lock(transaction: WriteTransaction, subject_id: str, *, is_locked: bool) -> bool:
    """Lock or unlock a subject; tell whether that changed anything.

    Raises
    ------
    SubjectNotFound, SubjectMerged
        If the subject is not there, was erased, or is another one now.
    """
    row = require_subject(transaction.connection, subject_id)
    wanted = SubjectStatus.LOCKED if is_locked else SubjectStatus.ACTIVE
    if row.status is wanted:
        return False
    _set(transaction, row, status=wanted)
    transaction.note(row.number, ChangeKind.LOCK if is_locked else ChangeKind.UNLOCK)
    return True


def erase_subject(transaction: WriteTransaction, subject_id: str) -> Erasure:
    """Destroy a subject's key and all that it sealed, blank what its encounters say, leave a tombstone.

    What checks and cases hold goes too where they tell of the subject, under whatever name it had. A
    tombstone stays as it is, and nothing is noted.

    Raises
    ------
    SubjectNotFound
        If the subject never was there.
    SubjectMerged
        If it is another subject now: that one is to be erased.
    """
    row = find_subject(transaction.connection, subject_id)
    if row.status is SubjectStatus.ERASED:
        return Erasure(subject_id, n_encounters=0, n_templates=0)
    if row.merged_into is not None:
        raise SubjectMerged(
            f"subject {subject_id!r} was merged into {row.merged_into!r}: erase that one", row.merged_into
        )
    erasure = _blank_encounters(transaction.connection, row)
    for table in (subject_keys, documents, gallery_members):
        transaction.connection.execute(table.delete().where(table.c.subject_number == row.number))
    names = [subject_id, *_aliases(transaction.connection, row)]
    forget_in_checks(transaction.connection, names)
    forget_in_cases(transaction.connection, names)
    blank = {"sex": None, "birth_year": None, "nationality": None, "sealed_birth_date": None}
    _set(transaction, row, status=SubjectStatus.ERASED, **blank)
    transaction.note(row.number, ChangeKind.ERASE)
    return erasure


def _aliases(connection: sa.Connection, row: SubjectRow) -> Sequence[str]:
    statement = sa.select(subjects.c.subject_id).where(subjects.c.merged_into == row.number)
    return connection.scalars(statement).all()


def _blank_encounters(connection: sa.Connection, row: SubjectRow) -> Erasure:
    own = encounters.c.subject_number == row.number
    count = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(encounters.c.n_fingers), 0),
        sa.func.coalesce(sa.func.sum(encounters.c.n_faces), 0),
    )
    n_encounters, n_templates, n_faces = connection.execute(count.where(own)).one()
    numbers = sa.select(encounters.c.number).where(own)
    connection.execute(images.delete().where(images.c.encounter_number.in_(numbers)))
    blank = {"source": "", "operator": "", "device": "", "sealed_templates": None}
    blank |= {"consent_reference": None, "consent_purpose": None, "consent_at": None}
    nothing = {"n_fingers": 0, "n_faces": 0, "template_bytes": 0}
    connection.execute(encounters.update().where(own).values(**blank, **nothing))
    return Erasure(row.subject_id, n_encounters, n_templates, n_faces)


def _hand_over(
    transaction: WriteTransaction, giver: SubjectRow, taker: SubjectRow, which: sa.ColumnElement[bool]
) -> int:
    """Seal encounters anew under the key of another subject, and make them its own."""
    old = transaction.ring.unwrap(giver.subject_id, giver.wrapped_key)
    new = transaction.ring.unwrap(taker.subject_id, taker.wrapped_key)
    statement = sa.select(encounters.c.number, encounters.c.encounter_id, encounters.c.sealed_templates)
    rows = transaction.connection.execute(statement.where(which)).all()
    for number, encounter_id, sealed in rows:
        what = f"encounter {encounter_id}"
        packed = old.open(sealed, templates_place(giver.subject_id, encounter_id), what)
        resealed = new.seal(packed, templates_place(taker.subject_id, encounter_id))
        transaction.connection.execute(
            encounters.update()
            .where(encounters.c.number == number)
            .values(subject_number=taker.number, sealed_templates=resealed)
        )
        _hand_over_images(transaction.connection, (giver, old), (taker, new), (number, encounter_id))
    return len(rows)


def _hand_over_images(
    connection: sa.Connection,
    giver: tuple[SubjectRow, SubjectKey],
    taker: tuple[SubjectRow, SubjectKey],
    encounter: tuple[int, str],
) -> None:
    number, encounter_id = encounter
    rows = connection.execute(sa.select(images).where(images.c.encounter_number == number)).all()
    for row in rows:
        old_place, new_place = (
            image_place(subject.subject_id, encounter_id, row.modality, row.finger_position)
            for subject, _ in (giver, taker)
        )
        data = giver[1].open(row.sealed_image, old_place, f"image of encounter {encounter_id}")
        this = (images.c.encounter_number == number) & (images.c.modality == row.modality)
        connection.execute(
            images.update()
            .where(this, images.c.finger_position == row.finger_position)
            .values(sealed_image=taker[1].seal(data, new_place))
        )


def _merge_details(transaction: WriteTransaction, winner: SubjectRow, loser: SubjectRow) -> None:
    connection = transaction.connection
    known: list[Biographics] = []
    papers: list[Document] = []
    for subject in (winner, loser):
        key = transaction.ring.unwrap(subject.subject_id, subject.wrapped_key)
        row = connection.execute(sa.select(subjects).where(subjects.c.number == subject.number)).one()
        known.append(read_biographics(row, key, subject.subject_id))
        papers += read_documents(connection, subject.number, subject.subject_id, key)
    papers = list({(p.document_type, p.canonical_number, p.issuer): p for p in reversed(papers)}.values())[
        ::-1
    ]
    if len(papers) > MAX_DOCUMENTS:
        raise AlreadyEnrolled(
            f"subjects {winner.subject_id!r} and {loser.subject_id!r} have {len(papers)} documents together, "
            f"expected at most {MAX_DOCUMENTS}: remove some first"
        )
    key = transaction.ring.unwrap(winner.subject_id, winner.wrapped_key)
    _set(transaction, winner, **biographics_row(_filled(*known), winner.subject_id, key))
    replace_documents(transaction, tuple(papers), winner.number, winner.subject_id, key)
    connection.execute(documents.delete().where(documents.c.subject_number == loser.number))


def _filled(first: Biographics, second: Biographics) -> Biographics:
    """Fill what is unknown of the one from the other; birth date and year stay together."""
    filled = replace(first, sex=first.sex or second.sex, nationality=first.nationality or second.nationality)
    if first.birth_year is None or (first.birth_date is None and first.birth_year == second.birth_year):
        filled = replace(filled, birth_year=second.birth_year, birth_date=second.birth_date)
    return filled


def _merge_galleries(transaction: WriteTransaction, winner: SubjectRow, loser: SubjectRow) -> None:
    of_subject = gallery_members.c.subject_number
    members = {
        number: set(
            transaction.connection.scalars(
                sa.select(gallery_members.c.gallery_number).where(of_subject == number)
            )
        )
        for number in (winner.number, loser.number)
    }
    transaction.connection.execute(gallery_members.delete().where(of_subject == loser.number))
    for gallery in sorted(members[loser.number] - members[winner.number]):
        transaction.add(gallery_members, {"subject_number": winner.number, "gallery_number": gallery})


def _leave_alias(transaction: WriteTransaction, winner: SubjectRow, loser: SubjectRow) -> None:
    """Make the loser an alias of the winner, and with it those that were aliases of the loser."""
    connection = transaction.connection
    connection.execute(subject_keys.delete().where(subject_keys.c.subject_number == loser.number))
    connection.execute(
        subjects.update().where(subjects.c.merged_into == loser.number).values(merged_into=winner.number)
    )
    blank = {"sex": None, "birth_year": None, "nationality": None, "sealed_birth_date": None}
    _set(transaction, loser, status=SubjectStatus.MERGED, merged_into=winner.number, **blank)


def _set(transaction: WriteTransaction, row: SubjectRow, **values: object) -> None:
    transaction.connection.execute(subjects.update().where(subjects.c.number == row.number).values(**values))
