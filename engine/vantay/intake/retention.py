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
    of processes; when it is cut short, the next one goes on.

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
    )
    n_purged = counts.n_results + counts.n_details + counts.n_captures
    told = f"{counts.n_results} answers, {counts.n_details} details and {counts.n_captures} captures of cases"
    engine.note_audit(NewAuditEntry(actor, CALL, "PURGED" if n_purged else "UNCHANGED", reason=told))
    return counts
