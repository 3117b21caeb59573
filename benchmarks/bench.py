"""Run the benchmarks, and say what became slower than the committed results.

    python -m benchmarks.bench                    micro and quick programs, at most ten minutes
    python -m benchmarks.bench --micro            micro benchmarks alone
    python -m benchmarks.bench --only search/     those whose name contains this
    python -m benchmarks.bench --record           five passes, written as committed results
    python -m benchmarks.bench --full             all programs, hours; goes on where it was stopped
    python -m benchmarks.bench --output DIR       keep the results of this run
    python -m benchmarks.bench --against DIR      compare with other results than the committed ones

All micro benchmarks and the programs that say so run on one core with one thread. What seems slower is
measured again, in processes of its own, before it counts. The exit code is 1 only if a benchmark is slower
beyond its tolerance each time, on the kind of machine that the committed results are from.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.judgement import Judgement, judge, suspects, with_best
from benchmarks.harness.micro_run import run_micro
from benchmarks.harness.printing import open_console, print_judgements, print_programs
from benchmarks.harness.program import Program, Scale
from benchmarks.harness.program_run import run_programs
from benchmarks.harness.result import Result, curves_of, details_of, figures_of, pool, read_results
from benchmarks.harness.run_document import (
    committed_folder,
    is_done,
    make_document,
    read_document,
    release_of_sources,
    write_document,
)
from benchmarks.harness.surroundings import describe_surroundings, is_same_kind
from rich.console import Console

MICRO = "micro.json"
RECORDED_PASSES = 5
MAX_LOOKS_AGAIN = 2
COMMAND = ("python", "-m", "benchmarks.bench")


def main(words: Sequence[str] | None = None) -> int:
    """Measure, compare, print, write."""
    options = parse_options(words)
    console = open_console()
    surroundings = describe_surroundings()
    committed = options.against or committed_folder()
    output = committed_folder(release_of_sources()) if options.record else options.output
    before = read_document(committed / MICRO)
    judgements: list[Judgement] = []
    if not (options.programs or (options.full and output and is_done(output / MICRO))):
        results, judgements = measure_micro(options, before, surroundings, console)
        print_judgements(console, judgements, before, surroundings)
        if output:
            write_micro(output / MICRO, results, surroundings, options)
    if not (options.micro or options.only):
        every = read_catalogue().values()
        chosen = [one for one in every if options.full or one.scale is Scale.QUICK]
        measure_programs(chosen, committed, output, console, is_resumed=options.full)
    return 1 if suspects(judgements) and not options.record else 0


def parse_options(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--micro", action="store_true", help="micro benchmarks alone")
    what.add_argument("--programs", action="store_true", help="programs alone")
    what.add_argument("--only", metavar="WORD", help="micro benchmarks whose name contains it")
    parser.add_argument("--full", action="store_true", help="all programs, not only the quick ones")
    parser.add_argument("--record", action="store_true", help="write the committed results")
    parser.add_argument("--passes", type=int, help="processes that measure everything (1; of a record 5)")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write the results here")
    parser.add_argument("--against", type=Path, metavar="DIR", help="compare with these results")
    options = parser.parse_args(words)
    if options.record and (options.only or options.output):
        parser.error("--record writes all results into the repository: leave --only and --output out")
    options.passes = options.passes or (RECORDED_PASSES if options.record else 1)
    return options


def measure_micro(
    options: argparse.Namespace,
    before: dict[str, object],
    surroundings: dict[str, object],
    console: Console,
) -> tuple[list[Result], list[Judgement]]:
    """Run the micro benchmarks; look again at what seems slower."""
    committed = read_results(before)
    machine = before.get("machine")
    is_same = isinstance(machine, dict) and is_same_kind(machine, surroundings)
    passes = []
    for number in range(options.passes):
        if options.passes > 1:
            console.print(f"pass {number + 1} of {options.passes}", highlight=False)
        passes.append(run_micro(console, only=options.only))
    results = pool(passes)
    judgements = judge(results, committed, is_same_machine=is_same)
    for _ in range(0 if options.record else MAX_LOOKS_AGAIN):
        slower = suspects(judgements)
        if not slower:
            break
        console.print(f"looking again at {len(slower)} that seem slower", highlight=False)
        results = with_best(results, run_micro(console, nodes=[one.result.node for one in slower]))
        judgements = judge(results, committed, is_same_machine=is_same)
    return results, judgements


def write_micro(
    path: Path, results: Sequence[Result], surroundings: dict[str, object], options: argparse.Namespace
) -> None:
    """Write the results of the micro benchmarks."""
    command = [*COMMAND, "--micro", *(["--record"] if options.record else [])]
    document = make_document(
        command,
        surroundings,
        {"micro": figures_of(results)},
        parameters={"passes": options.passes, "threads": 1, "version": release_of_sources()},
        curves=curves_of(results),
    )
    write_document(path, document | {"details": details_of(results)})


def measure_programs(
    programs: Sequence[Program], committed: Path, output: Path | None, console: Console, *, is_resumed: bool
) -> None:
    """Run programs and print their figures beside the committed ones."""
    before = {one.name: read_document(committed / f"{one.name}.json") for one in programs}
    with tempfile.TemporaryDirectory(prefix="vantay-bench-") as folder:
        results = output or Path(folder)
        outcomes = run_programs(programs, results, console, is_resumed=is_resumed and output is not None)
    now = {one.program.name: one.document for one in outcomes if one.document}
    print_programs(console, now, before)


if __name__ == "__main__":
    sys.exit(main())
