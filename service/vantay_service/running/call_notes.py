"""What is noted of a call while it is answered, for the log, the metrics and the trace: no personal data."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class CallNotes:
    """Notes of one call.

    Attributes
    ----------
    stages_ms : dict of str to float
        Wall-clock time by stage.
    outcome : str
        The answer in one word, as KNOWN; empty if the call has none.
    reason : str
        Why it failed, machine-readable.
    n_request_bytes : int
        Size of the request, or of all requests of a stream.
    n_messages : int
        Answers that were sent.
    """

    stages_ms: dict[str, float] = field(default_factory=dict)
    outcome: str = ""
    reason: str = ""
    n_request_bytes: int = 0
    n_messages: int = 0

    def add_stage(self, name: str, ms: float) -> None:
        """Add to the time of a stage."""
        self.stages_ms[name] = self.stages_ms.get(name, 0.0) + ms


_CURRENT: ContextVar[CallNotes] = ContextVar("vantay_call_notes")


def start_notes() -> CallNotes:
    """Take notes of the call that the running task answers, from now on to its end."""
    notes = CallNotes()
    _CURRENT.set(notes)
    return notes


def current_notes() -> CallNotes:
    """Give the notes of the call that the running task answers; outside of one, notes that nobody reads."""
    return _CURRENT.get(None) or CallNotes()
