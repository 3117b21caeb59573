"""Run measurement programs by name, one after another, and keep each result.

    python -m benchmarks.macro.run --list
    python -m benchmarks.macro.run growth_small peers_small
    python -m benchmarks.macro.run --small
    python -m benchmarks.macro.run --full                    hours; goes on where it was stopped
    python -m benchmarks.macro.run --full --kinds service,durability --results DIR

`harness/catalogue.toml` has all of them. A measurement that has a result of the same commit is not run again,
unless --again is given or sources were changed. Results are files of one form, with machine, commit, load at
the start and what others took meanwhile, that `vantay report` reads. What takes long to make stays in the
folder that VANTAY_BENCH_SCRATCH names. A measurement that takes more than five times its minutes, and five
minutes, is ended. The exit code is 1 if one failed, or says that something is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.printing import make_table, open_console
from benchmarks.harness.program import Kind, Program, Scale
from benchmarks.harness.program_run import Outcome, run_programs
from benchmarks.harness.run_document import committed_folder, release_of_sources
from rich.console import Console


def main(words: Sequence[str] | None = None) -> int:
    """Choose, run, print; 1 if something is wrong."""
    catalogue = read_catalogue()
    options = parse_options(words, catalogue)
    console = open_console()
    chosen = choose(catalogue, options)
    if options.list:
        print_catalogue(console, chosen)
        return 0
    results = options.results or committed_folder(release_of_sources())
    outcomes = run_programs(chosen, results, console, is_resumed=not options.again)
    print_outcomes(console, outcomes)
    return int(any(one.is_wrong for one in outcomes))


def parse_options(words: Sequence[str] | None, catalogue: Mapping[str, Program]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="these alone")
    parser.add_argument("--small", action="store_true", help="all that are small")
    parser.add_argument("--full", action="store_true", help="all")
    parser.add_argument("--kinds", default="", metavar="KIND,…", help=f"of these kinds: {', '.join(Kind)}")
    parser.add_argument("--list", action="store_true", help="say what they are and do nothing")
    parser.add_argument("--again", action="store_true", help="those too that have a result of this commit")
    parser.add_argument(
        "--results", type=Path, metavar="DIR", help="folder of the results (default: committed)"
    )
    options = parser.parse_args(words)
    if unknown := [name for name in options.names if name not in catalogue]:
        parser.error(f"no measurement {', '.join(unknown)}: {', '.join(catalogue)}")
    if others := set(filter(None, options.kinds.split(","))) - set(Kind):
        parser.error(f"no kind {', '.join(sorted(others))}: {', '.join(Kind)}")
    if not (options.names or options.small or options.full or options.list):
        parser.error("name measurements, or give --small, --full or --list")
    return options


def choose(catalogue: Mapping[str, Program], options: argparse.Namespace) -> list[Program]:
    """Give the measurements that the command line asks for, in the order of the catalogue."""
    kinds = set(filter(None, options.kinds.split(",")))
    is_all = options.full or (options.list and not (options.names or options.small))
    return [
        one
        for one in catalogue.values()
        if one.name in options.names or is_all or (options.small and one.scale is not Scale.FULL)
        if not kinds or one.kind in kinds
    ]


def print_catalogue(console: Console, chosen: Sequence[Program]) -> None:
    """Print what the measurements are."""
    for one in chosen:
        cores = "one core" if one.n_cores == 1 else f"{one.n_cores} cores"
        console.print(one.name, style="bold", highlight=False)
        console.print(f"  {one.shows}", highlight=False, markup=False)
        console.print(f"  {one.kind}, {one.scale}, about {one.minutes:g} min, {cores}", highlight=False)
        console.print(f"  {one.command}", style="dim", highlight=False, markup=False)


def print_outcomes(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print what became of each, and what others took of the processors meanwhile."""
    table = make_table("name", "kind", "state", "s", "others", "groups", n_words=3)
    for one in outcomes:
        document = one.document
        state = f"{one.state}, exit code {document['exit_code']}" if document.get("exit_code") else one.state
        others = document.get("machine", {}).get("others_share")
        n_figures = len(document.get("figures", {}))
        table.add_row(
            one.program.name,
            one.program.kind,
            state,
            str(document.get("elapsed_s", "")),
            "" if others is None else f"{100 * others:.0f} %",
            str(n_figures or ""),
            style="bold red" if one.is_wrong else None,
        )
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
