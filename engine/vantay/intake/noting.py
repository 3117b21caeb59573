"""A call that fails is in the audit log too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from vantay.engine import Engine
from vantay.errors import StorageError
from vantay.store import Actor, NewAuditEntry

FAILED = "FAILED"


@contextmanager
def noting_failure(
    engine: Engine, actor: Actor, call: str, *, subject_id: str = "", reference: str = ""
) -> Iterator[None]:
    """Note a call that raises an error, ours or not, by the name of the error; the error goes on.

    When the store itself is what fails, there is nowhere to note it.
    """
    try:
        yield
    except Exception as error:
        reason = type(error).__name__
        with suppress(StorageError):
            engine.note_audit(NewAuditEntry(actor, call, FAILED, subject_id, reference, reason))
        raise
