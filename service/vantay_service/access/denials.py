"""Refused calls in the audit log: each one, but not a flood of them one by one."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vantay.store import Actor, NewAuditEntry
from vantay_service.access.rate_limit import Limit, RateLimiter
from vantay_service.access.refusal import Refusal

NoteAudit = Callable[[NewAuditEntry], Awaitable[object]]

CALLER_LIMIT = Limit(calls_per_second=0.1, burst=20)
"""Entries of one caller: twenty at once, then one in ten seconds, which tells how many were left out."""

TOTAL_LIMIT = Limit(calls_per_second=1.0, burst=100)
"""Entries of all callers together."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """Who was refused what.

    Attributes
    ----------
    actor : Actor
        Without a role where none allowed it.
    method : str
        ``Service/Method``.
    """

    actor: Actor
    method: str


class Denials:
    """Writes refusals down.

    Parameters
    ----------
    note_audit : callable
        Adds an entry to the audit log.
    clock : callable, optional
        Gives seconds.
    """

    def __init__(self, note_audit: NoteAudit, clock: Callable[[], float] = time.monotonic) -> None:
        self._note_audit = note_audit
        self._limiter = RateLimiter(clock)
        self._n_left_out = 0

    async def note(self, call: RefusedCall, refusal: Refusal) -> None:
        """Add an entry, or count the refusal for the next one; a log that cannot be written changes nothing.

        The caller is refused either way.
        """
        if self._limiter.take([("", TOTAL_LIMIT), (f"caller {call.actor.name}", CALLER_LIMIT)]) > 0.0:
            self._n_left_out += 1
            return
        n_left_out, self._n_left_out = self._n_left_out, 0
        await self._write(call, refusal.code.name, f"{refusal.reason}{_told(n_left_out)}", n_left_out)

    async def close(self) -> None:
        """Write down how many refusals were left out since the last entry, if any."""
        if self._n_left_out:
            n_left_out, self._n_left_out = self._n_left_out, 0
            call = RefusedCall(Actor("vantay-serve"), "access")
            await self._write(call, "REFUSED", f"FLOOD{_told(n_left_out)}", n_left_out)

    async def _write(self, call: RefusedCall, outcome: str, reason: str, n_left_out: int) -> None:
        try:
            await self._note_audit(NewAuditEntry(call.actor, call.method, outcome, reason=reason))
        except Exception:  # whatever is wrong with the log, the caller is refused
            self._n_left_out += n_left_out + 1
            _logger.exception("a refused call could not be written into the audit log")


def _told(n_left_out: int) -> str:
    return f", {n_left_out} refusals before it were not written one by one" if n_left_out else ""
