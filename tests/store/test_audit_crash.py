"""kill −9 while threads note and write: what was acknowledged is in the log, and the chain holds."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from vantay.store import Store

NOTER = Path(__file__).with_name("killed_noter.py")
N_ROUNDS = 3


def test_acknowledged_entries_survive_and_the_chain_goes_on(tmp_path: Path) -> None:
    path, rng = tmp_path / "vantay.db", random.Random(4)
    Store.open(path).close()
    acknowledged: set[str] = set()
    for number in range(N_ROUNDS):
        command = [sys.executable, str(NOTER), str(path), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as noter:
            assert noter.stdout is not None
            lines = [noter.stdout.readline()]
            time.sleep(rng.uniform(0.05, 0.3))
            noter.kill()
            lines += noter.communicate()[0].splitlines(keepends=True)
        acknowledged |= {line.strip() for line in lines if line.endswith("\n")}
        with Store.open(path) as store:
            entries = store.audit_entries(limit=10**6)
            assert store.verify_audit().n_entries == len(entries)
            noted = {f"{e.sequence} {e.reference}" for e in entries}
            assert acknowledged <= noted
            checks = [e.reference for e in entries if e.call == "CheckApplicant"]
            assert [d.reference for d in store.decisions_since(0, 10**6)] == checks
            for reference in checks:
                check = store.check(reference)
                assert check is not None
                assert check.result == reference.encode()
            enrolled = {s.subject_id for s in store.subjects()}
            assert enrolled == set(checks)
    assert len(acknowledged) >= N_ROUNDS
