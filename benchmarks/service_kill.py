"""kill −9 of the server under load, in rounds: what it acknowledged is in store, feed and audit log.

    python benchmarks/service_kill.py --folder DIR --rounds 50 --json kill.json

All rounds are on one copy of a small installation, which grows. In each, callers send applications over
mutual TLS, a watcher follows the feed, and the server process is killed: at a random moment after the first
answer, in every second round as soon after that as something is written. Then, while no server runs: every
decision that was acknowledged is in the store with its encounter or case, in the feed, and in the audit log,
whose chain holds from the last round on; nothing is there twice, and nothing that nobody sent. The next
server gets all applications again that were not acknowledged, and some that were, which get the answer that
they had; the feed, read from its beginning, has every decision once. Exit code 1 if anything was not so.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks.harness.figures_file import FiguresFile

from service.load.command_line import add_site_arguments, site_of
from service.load.figures import Figures, describe_run
from service.load.kill_rounds import ServiceKillRounds
from service.load.site import LoadSite
from vantay_service.v1.intake_pb2 import Outcome


def run(site: LoadSite, arguments: argparse.Namespace) -> Figures:
    """Kill the server so many times, then look for what was lost."""
    started = time.monotonic()
    rounds = ServiceKillRounds(site, arguments.seed, n_callers=arguments.callers)
    for _ in range(arguments.rounds):
        n_before = len(rounds.findings)
        rounds.run()
        for finding in rounds.findings[n_before:]:
            print(finding, file=sys.stderr)
        print(f"{rounds.n_rounds} rounds, {len(rounds.ledger.answers)} acknowledged", file=sys.stderr)
    rounds.finish()
    ledger = rounds.ledger
    outcomes = Counter(Outcome.Name(answer.outcome) for answer in ledger.answers.values())
    return {
        "rounds": rounds.n_rounds,
        "seed": arguments.seed,
        "seconds": round(time.monotonic() - started),
        "acknowledged": len(ledger.answers),
        "outcomes": {name.removeprefix("OUTCOME_"): n for name, n in outcomes.most_common()},
        "not_acknowledged_but_there": ledger.n_kept,
        "not_acknowledged_and_absent": ledger.n_lost,
        "findings": rounds.findings + audit_findings(site),
    }


def audit_findings(site: LoadSite) -> list[str]:
    """Let `vantay audit verify` tell whether the chain holds."""
    command = [
        sys.executable,
        "-m",
        "vantay",
        "audit",
        "verify",
        "--config",
        str(site.folder / "vantay.toml"),
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return [f"vantay audit verify: {answer.stderr.strip()}"] if answer.returncode else []


def main() -> None:
    """Run, print and write; exit code 1 if something was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_site_arguments(parser, n_subjects=1000)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20266)
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    with site_of(arguments).copied("run-kill") as site:
        figures = describe_run("service_kill", "kill", asdict(site.plan)) | run(site, arguments)
    file.print_and_write(figures)
    if figures["findings"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
