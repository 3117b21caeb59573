"""Two records become one, and whoever watches decisions learns all that it changed."""

from __future__ import annotations

from vantay.store import NewDecision, RecordWriter, SubjectStatus


def merge_and_publish(write: RecordWriter, winner_id: str, loser_id: str, *, case_id: str = "") -> int:
    """Give all that a subject has to another one, and publish it; return how many encounters.

    A winner that its loser's lock locks is published as locked too: an account is closed on that decision.

    Parameters
    ----------
    write : RecordWriter
        The transaction.
    winner_id, loser_id : str
        Subjects that are there and not one already.
    case_id : str
        The case that brought it about, if one did.

    Raises
    ------
    SubjectNotFound, SubjectMerged, CallerError
        As those of `vantay.Engine.merge`.
    """
    was_locked = write.status(winner_id) is SubjectStatus.LOCKED
    n_encounters = write.merge(winner_id, loser_id)
    write.publish(NewDecision("MERGE", subject_id=winner_id, other_subject_id=loser_id, case_id=case_id))
    if not was_locked and write.status(winner_id) is SubjectStatus.LOCKED:
        write.publish(NewDecision("LOCK", subject_id=winner_id, case_id=case_id))
    return n_encounters
