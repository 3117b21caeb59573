"""kill −9 at random moments: what was acknowledged is there, what was not is there whole or not at all."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from vantay.store import Store, SubjectStatus

WRITER = Path(__file__).with_name("killed_writer.py")
N_FINGERS = 3
N_KILLS = 10
WRITERS_AT_ONCE = 2


def run_and_kill(path: Path, prefixes: list[str], seconds: float) -> list[str]:
    """Run writers on one store, kill them after a while, return the lines they acknowledged."""
    writers = [
        subprocess.Popen([sys.executable, WRITER, path, prefix], stdout=subprocess.PIPE, text=True)
        for prefix in prefixes
    ]
    lines: list[str] = []
    for writer in writers:
        assert writer.stdout is not None
        lines.append(writer.stdout.readline())  # it is at work now
    time.sleep(seconds)
    for writer in writers:
        writer.kill()
    for writer in writers:
        out, _ = writer.communicate()
        lines.extend(out.splitlines(keepends=True))
    return [line.strip() for line in lines if line.endswith("\n")]  # a torn line was not read in time


def check_store(path: Path, acknowledged: list[str]) -> None:
    acts: dict[str, set[str]] = {}
    for line in acknowledged:
        act, subject_id = line.split()
        acts.setdefault(subject_id, set()).add(act)
    with Store.open(path, create=False) as store:
        subjects = {s.subject_id: s for s in store.subjects()}
        for subject_id, done in acts.items():
            n_encounters = subjects[subject_id].n_encounters
            assert n_encounters >= (2 if "add" in done else 1)
            assert "erase" not in done or subjects[subject_id].status is SubjectStatus.ERASED
        fingers_by_encounter = Counter(t.encounter_id for t in store.templates())  # checks each checksum
        assert set(fingers_by_encounter.values()) == {N_FINGERS}
        for subject in subjects.values():
            alive = subject.status is SubjectStatus.ACTIVE
            assert subject.n_templates == alive * N_FINGERS * subject.n_encounters


def test_acknowledged_writes_survive_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "vantay.db"
    rng = random.Random(20260)
    acknowledged: list[str] = []
    for kill in range(N_KILLS // WRITERS_AT_ONCE):
        prefixes = [f"{kill}{name}" for name in "ab"]
        acknowledged += run_and_kill(path, prefixes, rng.uniform(0.0, 0.15))
        check_store(path, acknowledged)
    assert len(acknowledged) > 2 * N_KILLS
