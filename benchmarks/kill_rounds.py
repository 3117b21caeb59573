"""kill −9 at random moments of loading, enrolling, adding, merging, erasing and compacting, in rounds.

    python benchmarks/kill_rounds.py --rounds 200 --engine sqlite
    python benchmarks/kill_rounds.py --rounds 200 --engine postgresql --json postgresql.json

All rounds are on one database that grows, with its index folder. In each, a process writes at random, notes
every write after its call returned, and is killed: at any time, or within milliseconds of the replacement of
a file, of bringing one to the disk, of a commit, or during a compaction. Then another process looks: every
write that was noted is there, with its very templates; everyone whose erasure was noted is gone, from the
store, from searches, from an export; a write that was not noted is there whole or not at all; a load goes on
and nothing is there twice; the index opens, its checksums hold, and a search by it gives the candidates,
ranks and scores of a search that compares everyone. Exit code 1 if anything was not so.

PostgreSQL has to be installed; a private server is started and keeps running while its clients are killed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks.harness.figures_file import FiguresFile

from durability.forks import Forks
from durability.place import RoundsPlace
from durability.rounds import KillRounds
from store.postgres_server import find_programs, running_server


@contextmanager
def new_place(engine: str, folder: Path) -> Iterator[RoundsPlace]:
    """Name a database that is not there yet."""
    if engine == "sqlite":
        yield RoundsPlace(str(folder / "vantay.db"), folder)
        return
    programs = find_programs()
    if programs is None:
        raise SystemExit("no PostgreSQL found: install Debian's postgresql, or put initdb on the path")
    with running_server(programs) as server:
        yield RoundsPlace(server.dsn(), folder)


def run(place: RoundsPlace, n_rounds: int, seed: int) -> dict[str, object]:
    """Run the rounds; return the figures by name."""
    start = time.monotonic()
    with Forks() as forks:
        rounds = KillRounds(forks, place, seed)
        while rounds.n_rounds < n_rounds:
            n_findings = len(rounds.findings)
            rounds.run()
            for finding in rounds.findings[n_findings:]:
                print(finding, file=sys.stderr)
            if sys.stderr.isatty() or rounds.n_rounds % 20 == 0:
                print(f"{rounds.n_rounds} rounds, {len(rounds.findings)} findings", file=sys.stderr)
    ledger = rounds.ledger
    return {
        "rounds": n_rounds,
        "seed": seed,
        "seconds": round(time.monotonic() - start),
        "kills_near": dict(sorted(rounds.kills.items())),
        "acknowledged": dict(sorted(ledger.written.items())),
        "not_acknowledged_but_there": ledger.n_kept,
        "not_acknowledged_and_absent": ledger.n_absent,
        "loads_resumed": rounds.n_loads_resumed,
        "indexes_opened": rounds.n_indexes_opened,
        "searches_compared": rounds.n_searches,
        "subjects": len(ledger.named("active")),
        "erased": len(ledger.named("erased")),
        "merged": len(ledger.named("merged")),
        "findings": rounds.findings,
    }


def main() -> None:
    """Run and print one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=20265)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="vantay-kill-") as folder,
        new_place(arguments.engine, Path(folder)) as place,
    ):
        figures = {"engine": arguments.engine} | run(place, arguments.rounds, arguments.seed)
    file.print_and_write(figures)
    if figures["findings"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
