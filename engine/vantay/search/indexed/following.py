"""Bringing the changes of a store into the parts of a gallery: prepared apart, put in at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from vantay.errors import DataCorruption
from vantay.search.indexed.building import build_part, is_searched, search_subject
from vantay.search.indexed.living_parts import LivingParts, new_part
from vantay.store import Store, SubjectPage


def follow(
    store: Store,
    living: LivingParts,
    lock: AbstractContextManager[object],
    page_subjects: int,
    is_full: Callable[[], bool] = lambda: False,
) -> bool:
    """Read pages until the store has no more; tell whether it has no more.

    Parameters
    ----------
    store : Store
        Whom to follow.
    living : LivingParts
        Where it came to, and where to put what changed. Nobody else follows into it meanwhile.
    lock : context manager
        Held for each look at `living`, and not while a page is read and prepared.
    page_subjects : int
        Subjects of a page at most.
    is_full : callable
        Whether to leave off, asked after each page.

    Raises
    ------
    DataCorruption
        If a stored record is damaged; nothing of its page is taken over. If the store has not come as far
        as the parts.
    """
    check_not_ahead(living.sequence, store.sequence())
    for page in store.pages_since(living.sequence, limit=page_subjects):
        _take(page, living, lock)
        if len(page.subjects) < page_subjects:
            return True
        if is_full():
            return False
    return True


def _take(page: SubjectPage, living: LivingParts, lock: AbstractContextManager[object]) -> None:
    subjects = [search_subject(state) for state in page.subjects if is_searched(state)]
    with lock:
        face_space = living.face_space(subjects)
    part = new_part(build_part(subjects, face_space=face_space)) if subjects else None
    with lock:
        living.take([state.number for state in page.subjects], part, page.sequence)


def check_not_ahead(followed: int, reached: int) -> None:
    """Refuse a store that has not come as far as what was derived from it.

    Raises
    ------
    DataCorruption
        Then it is an older copy, whose later changes are other ones.
    """
    if followed > reached:
        raise DataCorruption(
            f"the index has change {followed} of a store that has come to {reached}: the store is an older "
            "copy; rebuild the index"
        )
