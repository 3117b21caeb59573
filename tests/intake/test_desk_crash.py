"""kill -9 at random moments: an answer is there with all that follows from it, or nothing of it is."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.killed_desk import N_PEOPLE
from intake.people import enrol_people
from vantay.engine import Engine
from vantay.intake.answer_file import read_answer
from vantay.intake.result import Outcome

ROUNDS = 10
TESTS = Path(__file__).parents[1]


@pytest.fixture
def warm() -> Iterator[subprocess.Popen[str]]:
    """A process that forks desks to be killed."""
    command = [sys.executable, "-m", "intake.killed_desk"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ
        | {"PYTHONPATH": str(TESTS), "OMP_NUM_THREADS": "1"},  # a fork has no threads but its own
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def _run_and_kill(warm: subprocess.Popen[str], database: Path, prefix: str, seconds: float) -> dict[str, str]:
    """Check applicants for a while after the first one, and kill; give the answers that were acknowledged."""
    assert warm.stdin is not None
    assert warm.stdout is not None
    print(database, prefix, file=warm.stdin, flush=True)
    victim = int(warm.stdout.readline())
    lines = [warm.stdout.readline()]  # it is at work
    time.sleep(seconds)
    os.kill(victim, signal.SIGKILL)
    while (line := warm.stdout.readline()) not in {"dead\n", ""}:
        lines.append(line)
    return dict(line.split() for line in lines)


def _assert_whole(engine: Engine, acknowledged: dict[str, str]) -> int:
    """Every check has its decision, audit entry, and encounter or case; give how many there are."""
    decisions = {d.reference: d for d in engine.decisions_since(0, 100_000)}
    noted = {e.reference: e for e in engine.audit_entries(limit=100_000)}
    encounters = {e.encounter_id for s in range(N_PEOPLE) for e in engine.show(f"S-{s}").encounters}
    cases = {case.reference: case for case in engine.cases(limit=100_000)}
    assert decisions.keys() == noted.keys()
    assert decisions.keys() >= acknowledged.keys()
    n_kept = 0
    for reference, decision in decisions.items():
        check = engine.check(reference)
        assert check is not None
        assert check.result is not None
        result = read_answer(check.result, reference)
        assert result.outcome == decision.outcome == noted[reference].outcome == check.outcome
        assert acknowledged.get(reference, result.outcome) == result.outcome
        assert (reference in cases) == (result.outcome is Outcome.CONFLICT)
        assert result.case_id == decision.case_id
        assert bool(result.encounter_id) == (result.outcome is Outcome.KNOWN)
        assert not result.encounter_id or result.encounter_id in encounters
        n_kept += bool(result.encounter_id)
    assert len(encounters) == N_PEOPLE + n_kept, "an encounter without its check"
    assert len(cases) + n_kept == len(decisions)
    engine.verify_audit()
    return len(decisions)


def test_killed_desk_keeps_an_answer_whole_or_not_at_all(tmp_path: Path, warm: subprocess.Popen[str]) -> None:
    database = tmp_path / "vantay.db"
    with Engine.open(database) as engine:
        enrol_people(engine, range(N_PEOPLE))
    moments = random.Random(6)
    acknowledged: dict[str, str] = {}
    for i in range(ROUNDS):
        acknowledged |= _run_and_kill(warm, database, f"R{i}", moments.uniform(0.0, 0.2))
    with Engine.open(database) as engine:
        n_checks = _assert_whole(engine, acknowledged)
    assert n_checks >= len(acknowledged) >= ROUNDS
