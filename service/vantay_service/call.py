"""Who is calling, in which call; set by the interceptor of `access`, read by handlers, logs and metrics."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from vantay.store import Actor


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one caller.

    Attributes
    ----------
    actor : Actor
        Name and role of the caller, and the identifier of this call.
    method : str
        ``IntakeService/CheckApplicant``.
    """

    actor: Actor
    method: str


_CURRENT: ContextVar[Call] = ContextVar("vantay_call")


def set_current_call(call: Call) -> None:
    """Say whose call the running task answers."""
    _CURRENT.set(call)


def current_call() -> Call:
    """Tell whose call the running task answers; `LookupError` outside of a call."""
    return _CURRENT.get()
