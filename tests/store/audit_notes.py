"""Entries for an audit log."""

from __future__ import annotations

from vantay.store import Actor, AuditEntry, NewAuditEntry, Store

DESK = Actor("desk-3", "intake", "call-1")


def note(store: Store, n: int, *, first: int = 1) -> list[AuditEntry]:
    return [
        store.note_audit(NewAuditEntry(DESK, "Verify", "MATCH", f"S{i}", f"R{i}"))
        for i in range(first, first + n)
    ]
