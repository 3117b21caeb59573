"""What the audit log is asked to note, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from vantay.errors import CallerError
from vantay.store.actor import Actor
from vantay.store.wording import MAX_TEXT_LENGTH, check_identifier

HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewAuditEntry:
    """Who did what to whom, how it ended, and why; never biometrics, names or numbers of documents.

    The log must take what a hostile caller sends: in the texts below, what cannot be printed is written as
    its escape, and what is longer than 256 characters is cut and ends with an ellipsis.

    Attributes
    ----------
    actor : Actor
        On whose behalf.
    call : str
        What was called, 1 to 128 printable characters.
    outcome : str
        How it ended, in one word of the caller's.
    subject_id : str
        Whom it touched; empty if nobody.
    reference : str
        Of the application or the case.
    reason : str
        Why it was called, or why it was refused.

    Raises
    ------
    CallerError
        If `call` is none.
    """

    actor: Actor
    call: str
    outcome: str
    subject_id: str = ""
    reference: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        check_identifier("audit call", self.call)
        for name in ("outcome", "subject_id", "reference", "reason"):
            object.__setattr__(self, name, _printable(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the log, as it stands there.

    Attributes
    ----------
    sequence : int
        1 for the first; without gaps.
    recorded_at : datetime
        UTC.
    actor_name, role, request_id : str
        On whose behalf.
    call, outcome, subject_id, reference, reason : str
        As in `NewAuditEntry`.
    hash : str
        64 hexadecimal digits: SHA-256 over the hash of the entry before and what this one says.
    """

    sequence: int
    recorded_at: datetime
    actor_name: str
    role: str
    request_id: str
    call: str
    outcome: str
    subject_id: str
    reference: str
    reason: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditAnchor:
    """How far a log had come. Kept elsewhere, it proves later that nothing before it was changed or cut off.

    Attributes
    ----------
    store_id : str
        Whose log.
    sequence : int
        Of the last entry; 0 for an empty log.
    hash : str
        Of that entry.

    Raises
    ------
    CallerError
        If it cannot be one.
    """

    store_id: str
    sequence: int
    hash: str

    def __post_init__(self) -> None:
        is_text = isinstance(self.store_id, str) and isinstance(self.hash, str)
        if not is_text or type(self.sequence) is not int or self.sequence < 0:
            raise CallerError("an audit anchor without store_id, sequence and hash, expected all three")
        if len(self.hash) != 2 * HASH_BYTES or set(self.hash) - set("0123456789abcdef"):
            raise CallerError(
                f"audit anchor with the hash {self.hash[:80]!r}, expected 64 hexadecimal digits"
            )


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What a verification found: a log that holds.

    Attributes
    ----------
    n_entries : int
        How many were read; each has the hash that it was written with.
    anchor : AuditAnchor
        To keep elsewhere.
    """

    n_entries: int
    anchor: AuditAnchor


ENTRY_FIELDS = tuple(field.name for field in fields(AuditEntry))


def _printable(text: str) -> str:
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[: MAX_TEXT_LENGTH - 1]}…"
