"""Retention: what is no longer needed of checks and cases is destroyed."""

from __future__ import annotations

from datetime import datetime, timedelta

from vantay.engine import Engine
from vantay.intake.rules import IntakeRules
from vantay.store import Actor, NewAuditEntry, PurgeCounts

CALL = "retention/purge"


def purge(engine: Engine, rules: IntakeRules, now: datetime, actor: Actor) -> PurgeCounts:
    """Destroy answers and captures that are older than the rules keep them; open cases keep theirs.

    Outcomes, verdicts, published decisions and the audit log stay. It may be done at any time, by any number
    of processes; when it is cut short, the next one goes on. Each of its writes has an audit entry in it;
    where there was nothing to destroy, one entry says that it was looked for.

    Parameters
    ----------
    engine : Engine
    rules : IntakeRules
    now : datetime
        With a time zone.
    actor : Actor
        On whose behalf.
    """
    counts = engine.purge_checks(
        results_before=now - timedelta(days=rules.results_kept_days),
        captures_before=now - timedelta(days=rules.captures_kept_days),
        note=lambda what: NewAuditEntry(actor, CALL, "PURGED", reason=what),
    )
    if not counts.n_results + counts.n_details + counts.n_captures:
        engine.note_audit(NewAuditEntry(actor, CALL, "UNCHANGED"))
    return counts
