"""kill −9 at random moments of enrolling, loading, moving, merging, locking and erasing, on one store.

    PYTHONPATH=tests python -m store.crash_rounds --rounds 200
    PYTHONPATH=tests python -m store.crash_rounds --rounds 200 --database postgresql://… --key-file FILE

After each round: what was acknowledged is there, what was not is there whole or not at all, every seal holds,
and the change sequence has no gap. Needs a database that is empty before.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from store.killed_writer import N_FINGERS, N_STEPS, Contents, contents_after
from vantay.store import Store

WRITER = Path(__file__).with_name("killed_writer.py")
WRITERS_AT_ONCE = 2
KILLED_EARLY = 0.2
"""How often a writer is killed at a random moment of its start, perhaps before it has written anything."""


class CrashRounds:
    """A store that is written by processes that are killed."""

    def __init__(self, location: str, key_file: Path, seed: int) -> None:
        self.location = location
        self.key_file = key_file
        self.rng = random.Random(seed)
        self.n_rounds = 0
        self.n_acknowledged = 0
        self.done: dict[str, int] = defaultdict(int)
        """How many steps of a writer's round were acknowledged."""

    def run(self) -> None:
        """Kill some writers, then check."""
        prefixes = [f"{self.n_rounds}{name}" for name in "ab"[:WRITERS_AT_ONCE]]
        for line in self._write_and_kill(prefixes):
            name, n_done = line.split()
            self.done[name] = int(n_done)
            self.n_acknowledged += 1
        self.n_rounds += 1
        self.check()

    def _write_and_kill(self, prefixes: list[str]) -> list[str]:
        command = [sys.executable, str(WRITER), self.location, str(self.key_file)]
        writers = [subprocess.Popen([*command, p], stdout=subprocess.PIPE, text=True) for p in prefixes]
        lines: list[str] = []
        if self.rng.random() < KILLED_EARLY and self.n_rounds:
            time.sleep(self.rng.uniform(0.3, 1.0))
        else:
            for writer in writers:
                assert writer.stdout is not None
                lines.append(writer.stdout.readline())  # it is at work now
            time.sleep(self.rng.uniform(0.0, 0.15))
        for writer in writers:
            writer.kill()
        for writer in writers:
            out, _ = writer.communicate()
            lines.extend(out.splitlines(keepends=True))
        return [line.strip() for line in lines if line.endswith("\n")]  # a torn line was not read in time

    def check(self) -> None:
        """Compare what the store holds with what was acknowledged."""
        with Store.open(self.location, key=self.key_file, create=False) as store:
            found: dict[str, Contents] = defaultdict(dict)
            for page in store.pages_since(0):  # opens every seal
                for state in page.subjects:
                    assert all(len(e.templates) == N_FINGERS for e in state.encounters)
                    encounters = frozenset(e.encounter_id for e in state.encounters)
                    name = state.subject_id.rsplit("-", 1)[0]
                    found[name][state.subject_id] = (str(state.status), encounters)
            self._check_rounds(found)
            changes = store.change_log(0, limit=10**9)
            assert [c.sequence for c in changes] == list(range(1, store.sequence() + 1))

    def _check_rounds(self, found: dict[str, Contents]) -> None:
        for name in found.keys() | self.done.keys():
            n_done = self.done[name]
            at_most = min(n_done + 1, N_STEPS)  # the last one may have been written but not acknowledged
            allowed = [contents_after(name, n) for n in range(n_done, at_most + 1)]
            assert found.get(name, {}) in allowed, (name, n_done, found.get(name))
            self.done[name] = next(
                n for n in (n_done, at_most) if contents_after(name, n) == found.get(name, {})
            )


def main() -> None:
    """Run the rounds and print how many writes were acknowledged."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", help="address of an empty PostgreSQL database; else a temporary file")
    parser.add_argument("--key-file", type=Path)
    parser.add_argument("--seed", type=int, default=20260)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vantay-crash-") as folder:
        location = arguments.database or str(Path(folder) / "vantay.db")
        rounds = CrashRounds(location, arguments.key_file or Path(folder) / "key", arguments.seed)
        while rounds.n_rounds < arguments.rounds:
            rounds.run()
    n_kills = rounds.n_rounds * WRITERS_AT_ONCE
    print(
        f"{rounds.n_rounds} rounds, {n_kills} kills, {rounds.n_acknowledged} writes acknowledged: all there"
    )


if __name__ == "__main__":
    main()
