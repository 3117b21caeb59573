"""kill −9 of a server under load, two rounds; benchmarks/service_kill.py runs many."""

from __future__ import annotations

from pathlib import Path

from service.load.kill_rounds import ServiceKillRounds
from service.load.site import LoadSite, SitePlan

PLAN = SitePlan(n_subjects=24, n_applicants=400, with_faces=False)
ROUNDS = 2


def test_what_a_killed_server_acknowledged_is_in_store_feed_and_audit(tmp_path: Path) -> None:
    with LoadSite.built(tmp_path, PLAN).copied("run") as site:
        rounds = ServiceKillRounds(site, seed=1, n_callers=3, longest_s=0.5)
        for _ in range(ROUNDS):
            rounds.run()
        rounds.finish()
        assert rounds.findings == []
        assert rounds.ledger.answers.keys() == rounds.ledger.sent.keys()
        assert len(rounds.ledger.sent) > ROUNDS
        rounds.ledger.answers["never-sent"] = next(iter(rounds.ledger.answers.values()))
        rounds.inspect()
        assert any("never-sent" in finding for finding in rounds.findings), "the inspection does not look"
