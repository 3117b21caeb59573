"""Run the benchmarks, and say what became slower or less accurate than the committed results.

    python -m benchmarks.bench                    micro and quick programs, at most ten minutes
    python -m benchmarks.bench --micro            micro benchmarks alone
    python -m benchmarks.bench --only search/     those whose name contains this
    python -m benchmarks.bench --record           five passes, written as committed results
    python -m benchmarks.bench --full             all programs, hours; goes on where it was stopped
    python -m benchmarks.bench --output DIR       keep the results of this run; of --full in bench-output
    python -m benchmarks.bench --against DIR      compare with other results than the committed ones

All micro benchmarks and the programs that do not say otherwise run on one core with one thread. What seems
slower is measured again, in processes of its own, before it counts.

The exit code is 1 if a benchmark is slower beyond its tolerance each time, or an error rate of a program is
higher, both on the kind of machine that the committed results are from; if a committed benchmark was not
measured, though its model is built; and if a program fails or says that something is wrong. With --record
only the last counts. The exit code is 2 if a result cannot be read or may not be recorded.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.judgement import (
    fails,
    judge,
    judge_documents,
    suspects,
    too_noisy,
    with_best,
)
from benchmarks.harness.micro_run import run_micro
from benchmarks.harness.printing import (
    busy_text,
    open_console,
    print_accuracy,
    print_judgements,
    print_noisy,
    print_programs,
)
from benchmarks.harness.program import Scale
from benchmarks.harness.program_run import Outcome, run_programs
from benchmarks.harness.program_verdict import judge_accuracy
from benchmarks.harness.result import Result, curves_of, details_of, figures_of, pool, read_results
from benchmarks.harness.rounds_file import ROUNDS_FILE
from benchmarks.harness.run_document import (
    DIRTY,
    Document,
    ResultUnreadable,
    commit_beside_results,
    commit_of_run,
    committed_folder,
    is_done,
    make_document,
    read_document,
    release_of_sources,
    write_document,
)
from benchmarks.harness.surroundings import (
    describe_surroundings,
    is_same_kind,
    others_of,
    read_processor_time,
)
from rich.console import Console

MICRO = "micro.json"
OUTPUT_OF_FULL = Path("bench-output")
PASSES = 1
RECORDED_PASSES = 5
MAX_LOOKS_AGAIN = 2
COMMAND = ("python", "-m", "benchmarks.bench")
REFUSED = 2
"""The exit code where nothing was measured or recorded, as of a wrong option."""


def main(words: Sequence[str] | None = None) -> int:
    """Measure, compare, print, write."""
    options = parse_options(words)
    console = open_console()
    surroundings = describe_surroundings()
    if options.record and (reason := why_not_recorded(surroundings, is_busy_allowed=options.busy)):
        console.print(reason, highlight=False, markup=False)
        return REFUSED
    try:
        return int(bench(options, surroundings, console))
    except ResultUnreadable as reason:
        console.print(str(reason), highlight=False, markup=False)
        return REFUSED


def bench(options: argparse.Namespace, surroundings: Mapping[str, object], console: Console) -> bool:
    """Run what was chosen; tell whether it fails."""
    committed = options.against or committed_folder()
    is_wrong = False
    if not options.programs:
        before = read_document(committed / MICRO)
        document = micro_document(options, before, surroundings, console)
        is_wrong = judge_micro(document, before, options, console)
    if not (options.micro or options.only):
        is_wrong |= bench_programs(options, committed, console)
    return is_wrong


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
    parser.add_argument("--busy", action="store_true", help="record although the machine does other work")
    parser.add_argument("--passes", type=int, help="processes that measure everything (1; of a record 5)")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write the results here")
    parser.add_argument("--against", type=Path, metavar="DIR", help="compare with these results")
    options = parser.parse_args(words)
    if wrong := _contradiction(options):
        parser.error(wrong)
    default_passes = RECORDED_PASSES if options.record else PASSES
    options.passes = default_passes if options.passes is None else options.passes
    if options.record:
        options.output = committed_folder(release_of_sources())
    elif options.full:
        options.output = options.output or OUTPUT_OF_FULL
    return options


def _contradiction(options: argparse.Namespace) -> str:
    if options.record and options.output:
        return "--record writes into the repository: leave --output out"
    if options.only and (options.record or options.full or options.output):
        # a later run would take the file of a few benchmarks for that of all
        return "--only measures some benchmarks and keeps no results: leave --record, --full and --output out"
    if options.passes is not None and options.passes < 1:
        return f"--passes {options.passes}: expected 1 or more"
    if options.against and not options.against.is_dir():
        return f"--against {options.against}: no such folder"
    return ""


def why_not_recorded(surroundings: Mapping[str, object], *, is_busy_allowed: bool) -> str:
    """Say why results of now cannot be committed; nothing if they can.

    Parameters
    ----------
    surroundings : mapping
        From `describe_surroundings`.
    is_busy_allowed : bool
        Whether a machine with other work will do: the results tell its load.
    """
    commit = commit_beside_results()
    if commit is None:
        return "Not recorded: the sources are of no commit, expected a git checkout."
    if commit.endswith(DIRTY):
        return f"Not recorded: the sources are not those of commit {commit}: commit what changed first."
    busy = busy_text(surroundings)
    if busy and not is_busy_allowed:
        return f"Not recorded: the machine is {busy}: wait, or say --busy to record all the same."
    return ""


def micro_document(
    options: argparse.Namespace,
    before: Document,
    surroundings: Mapping[str, object],
    console: Console,
) -> Document:
    """Measure the micro benchmarks and save them; where a full run goes on, give what it saved."""
    path = options.output / MICRO if options.output else None
    if options.full and path and is_done(path):
        console.print(f"micro benchmarks: done before, {path}", highlight=False, markup=False)
        return read_document(path)
    document = measure_micro(options, surroundings, console)
    if path:  # before another look, which would make the best of what seems slower alone
        write_document(path, document)
    if options.record or not is_same_kind(surroundings, before.get("machine", {})):
        return document
    best = look_again(read_results(document), read_results(before), console)
    return document | {"details": details_of(best)}


def measure_micro(
    options: argparse.Namespace, surroundings: Mapping[str, object], console: Console
) -> Document:
    """Run the micro benchmarks on one core."""
    commit, processors = commit_beside_results(), read_processor_time()
    runs = []
    for number in range(options.passes):
        if options.passes > 1:
            console.print(f"pass {number + 1} of {options.passes}", highlight=False)
        is_kept = options.record and number == 0
        rounds_file = options.output / ROUNDS_FILE if is_kept else None
        runs.append(run_micro(console, only=options.only, rounds_file=rounds_file))
    results = pool(run.results for run in runs)
    document = make_document(
        command_of(options),
        {**surroundings, "n_cores": 1, **others_of(processors)},
        {"micro": figures_of(results)},
        parameters={"passes": options.passes, "threads": 1, "version": release_of_sources()},
        curves=curves_of(results),
        commit=commit_of_run(commit),
    )
    return document | {"details": details_of(results), "left_out": runs[0].without_model}


def look_again(results: list[Result], committed: Sequence[Result], console: Console) -> list[Result]:
    """Measure what seems slower again, and take the best times of all looks."""
    for _ in range(MAX_LOOKS_AGAIN):
        slower = suspects(judge(results, committed))
        if not slower:
            break
        console.print(f"looking again at {len(slower)} that seem slower", highlight=False)
        again = run_micro(console, nodes=[one.result.node for one in slower])
        results = with_best(results, again.results)
    return results


def command_of(options: argparse.Namespace) -> list[str]:
    """Give the command that measures the micro benchmarks as these options do."""
    passes = RECORDED_PASSES if options.record else PASSES
    return [
        *COMMAND,
        "--micro",
        *(["--record"] if options.record else []),
        *(["--busy"] if options.busy else []),
        *(["--passes", str(options.passes)] if options.passes != passes else []),
    ]


def judge_micro(document: Document, before: Document, options: argparse.Namespace, console: Console) -> bool:
    """Print the micro benchmarks beside the committed ones; tell whether the run fails for them."""
    judgements = judge_documents(document, before, is_whole=not options.only)
    print_judgements(console, judgements, before, document["machine"])
    if options.record:
        print_noisy(console, too_noisy(read_results(document)))
    return fails(judgements) and not options.record


def bench_programs(options: argparse.Namespace, committed: Path, console: Console) -> bool:
    """Run the programs and print their figures beside the committed ones; tell whether the run fails."""
    every = read_catalogue().values()
    chosen = [one for one in every if options.full or one.scale is Scale.QUICK]
    before = {one.name: read_document(committed / f"{one.name}.json") for one in chosen}
    with tempfile.TemporaryDirectory(prefix="vantay-bench-") as folder:
        results = options.output or Path(folder)
        outcomes = run_programs(chosen, results, console, is_resumed=options.full)
    now = {one.program.name: one.document for one in outcomes if one.document}
    print_programs(console, now, before)
    accuracy = judge_accuracy(outcomes, before)
    print_accuracy(console, accuracy)
    wrong = [one for one in outcomes if one.is_wrong]
    for one in wrong:
        console.print(f"WRONG: {_wrong_text(one)}", highlight=False, markup=False)
    return bool(wrong) or (bool(accuracy.failing) and not options.record)


def _wrong_text(outcome: Outcome) -> str:
    code = outcome.document.get("exit_code")
    said = f"gave its figures and exit code {code}" if outcome.document else outcome.state
    return f"{outcome.program.name} {said}"


if __name__ == "__main__":
    sys.exit(main())
