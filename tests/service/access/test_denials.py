"""Refused calls in the audit log of a real store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import grpc
import pytest

from service.access.serving import refusal_of, run, serving
from vantay.errors import StoreUnavailable
from vantay.store import Actor, AuditEntry, NewAuditEntry, Store
from vantay_service.access.certificates import Authority
from vantay_service.access.denials import CALLER_LIMIT, TOTAL_LIMIT, Denials, RefusedCall
from vantay_service.access.method_roles import Role
from vantay_service.access.refusal import Refusal

MISSING = Refusal(grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING", "no role")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def call_of(name: str) -> RefusedCall:
    return RefusedCall(Actor(name, "", "r-1"), "EnrolmentService/Erase")


def collecting(noted: list[NewAuditEntry]) -> Callable[[NewAuditEntry], Awaitable[None]]:
    async def note(entry: NewAuditEntry) -> None:
        noted.append(entry)

    return note


def test_refusals_over_the_wire_are_in_the_chained_log_of_the_store(
    authority: Authority, tmp_path: Path
) -> None:
    auditor = authority.issue("auditor-1", roles=[Role.AUDITOR])

    async def scenario(store: Store) -> None:
        def note(entry: NewAuditEntry) -> Awaitable[AuditEntry]:
            return asyncio.to_thread(store.note_audit, entry)

        async with serving(authority, note_audit=note) as server:
            await refusal_of(server.ask(auditor))

    with Store.open(tmp_path / "store.db") as store:
        run(scenario(store))
        (entry,) = store.audit_entries()
        assert (entry.actor_name, entry.role, entry.call) == ("auditor-1", "", "IntakeService/CheckApplicant")
        assert (entry.outcome, entry.reason) == ("PERMISSION_DENIED", "ROLE_MISSING")
        assert store.verify_audit().n_entries == 1


def test_flood_is_counted_and_told_with_the_next_entry() -> None:
    noted: list[NewAuditEntry] = []
    clock = Clock()

    async def scenario() -> None:
        denials = Denials(collecting(noted), clock)
        for _ in range(1000):
            await denials.note(call_of("flooder"), MISSING)
        await denials.note(call_of("other"), MISSING)
        clock.now = 60.0
        await denials.note(call_of("flooder"), MISSING)
        await denials.close()

    run(scenario())
    burst = CALLER_LIMIT.burst
    assert len(noted) == burst + 2
    assert noted[burst].actor.name == "other"
    assert (
        noted[burst].reason == f"ROLE_MISSING, {1000 - burst} refusals before it were not written one by one"
    )
    assert noted[-1].reason == "ROLE_MISSING"


def test_flood_from_many_names_is_bounded_too() -> None:
    noted: list[NewAuditEntry] = []

    async def scenario() -> None:
        denials = Denials(collecting(noted), Clock())
        for number in range(1000):
            await denials.note(call_of(f"caller-{number}"), MISSING)
        await denials.close()
        await denials.close()

    run(scenario())
    assert len(noted) == TOTAL_LIMIT.burst + 1
    assert (
        noted[-1].reason
        == f"FLOOD, {1000 - TOTAL_LIMIT.burst} refusals before it were not written one by one"
    )


def test_refusal_that_could_not_be_written_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    noted: list[NewAuditEntry] = []
    is_full = True

    async def note(entry: NewAuditEntry) -> None:
        if is_full:
            raise StoreUnavailable("the disk is full")
        noted.append(entry)

    async def scenario() -> None:
        nonlocal is_full
        denials = Denials(note, Clock())
        await denials.note(call_of("a"), MISSING)
        await denials.note(call_of("a"), MISSING)
        is_full = False
        await denials.note(call_of("a"), MISSING)

    run(scenario())
    assert [entry.reason for entry in noted] == [
        "ROLE_MISSING, 2 refusals before it were not written one by one"
    ]
    assert "could not be written into the audit log" in caplog.text
