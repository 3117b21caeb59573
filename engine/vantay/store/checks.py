"""Checks of applications: each answered once, its answer sealed under a key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vantay.errors import CallerError
from vantay.store.wording import check_identifier

MAX_SEALED_BYTES = 64 << 20
MAX_SUBJECTS = 1000
"""That one check or case tells of."""


@dataclass(frozen=True, slots=True)
class NewCheck:
    """The answer to an application, on its way into the store.

    Attributes
    ----------
    reference : str
        The application's, 1 to 128 printable characters; answered once.
    content_digest : bytes
        Of what was asked, 1 to 64 bytes; the store does not look into it.
    outcome : str
        In one word, 1 to 128 printable characters; stands in plain.
    result : bytes
        The answer; sealed, and opaque to the store.
    subject_ids : tuple of str
        Whom the answer tells of: erasing one of them destroys it.

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    reference: str
    content_digest: bytes
    outcome: str
    result: bytes
    subject_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_identifier("reference", self.reference)
        check_identifier("outcome", self.outcome)
        if not 1 <= len(self.content_digest) <= 64:
            raise CallerError(f"content_digest of {len(self.content_digest)} bytes, expected 1 to 64")
        check_sealed("result", self.result)
        check_subjects(self.subject_ids)


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """The answer to an application, as the store has it.

    Attributes
    ----------
    reference, content_digest, outcome
        As in `NewCheck`.
    result : bytes, optional
        None once purged: by retention, or because somebody was erased of whom it told.
    recorded_at : datetime
        UTC.
    """

    reference: str
    content_digest: bytes
    outcome: str
    result: bytes | None
    recorded_at: datetime


def check_sealed(name: str, value: bytes) -> None:
    """Refuse what is too long to seal in one piece; `CallerError`."""
    if len(value) > MAX_SEALED_BYTES:
        raise CallerError(f"{name} of {len(value)} bytes, expected at most {MAX_SEALED_BYTES}")


def check_subjects(subject_ids: tuple[str, ...]) -> None:
    """Refuse identifiers that no subject can have, or too many; `CallerError`."""
    if len(subject_ids) > MAX_SUBJECTS:
        raise CallerError(f"{len(subject_ids)} subject_ids, expected at most {MAX_SUBJECTS}")
    for subject_id in subject_ids:
        check_identifier("subject_id", subject_id)
