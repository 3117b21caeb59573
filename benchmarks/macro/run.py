"""Run measurements of whole parts, one after another, and keep each result.

    python -m benchmarks.macro.run --list
    python -m benchmarks.macro.run growth_small peers_small
    python -m benchmarks.macro.run --small
    python -m benchmarks.macro.run --full                    hours; goes on where it was stopped
    python -m benchmarks.macro.run --full --kinds service,durability --results DIR

`catalogue.toml` has all of them. A measurement that has a result of the same commit is not run again, unless
--again is given or tracked files were changed. Results are files of one form, with machine, commit and load
at the start, that `vantay report` reads. What takes long to make stays in the folder that
VANTAY_BENCH_SCRATCH names. The exit code is 1 if a measurement failed, or says that something is wrong.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.program import Scale
from benchmarks.harness.run_document import Document, committed_folder, read_document, release_of_sources
from benchmarks.macro.catalogue import Kind, Measurement, read_catalogue
from benchmarks.macro.running import MeasurementFailed, is_done, run_measurement
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a measurement: a word, and its result if there is one."""

    measurement: Measurement
    state: str
    document: Document

    @property
    def is_wrong(self) -> bool:
        """Whether it failed, or says that something is wrong."""
        return self.state == "failed" or bool(self.document.get("exit_code"))


def main(words: Sequence[str] | None = None) -> int:
    """Choose, run, print; 1 if something is wrong."""
    catalogue = read_catalogue()
    options = parse_options(words, catalogue)
    console = Console(width=140)
    chosen = choose(catalogue, options)
    if options.list:
        print_catalogue(console, chosen)
        return 0
    results = options.results or committed_folder(release_of_sources())
    rows = []
    for number, one in enumerate(chosen, start=1):
        console.print(f"{number} of {len(chosen)}: {one.name}, about {one.minutes:g} min", highlight=False)
        rows.append(run_one(one, results, console, is_again=options.again))
    print_rows(console, rows)
    return int(any(row.is_wrong for row in rows))


def parse_options(words: Sequence[str] | None, catalogue: dict[str, Measurement]) -> argparse.Namespace:
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


def choose(catalogue: dict[str, Measurement], options: argparse.Namespace) -> list[Measurement]:
    """Give the measurements that the command line asks for, in the order of the catalogue."""
    kinds = set(filter(None, options.kinds.split(",")))
    is_all = options.full or (options.list and not (options.names or options.small))
    return [
        one
        for one in catalogue.values()
        if one.name in options.names or is_all or (options.small and one.program.scale is Scale.SMALL)
        if not kinds or one.kind in kinds
    ]


def run_one(measurement: Measurement, results: Path, console: Console, *, is_again: bool) -> Row:
    """Run a measurement unless it is done or something is missing; a failure does not stop the others."""
    if not is_again and is_done(measurement, results):
        return Row(measurement, "done before", read_document(results / f"{measurement.name}.json"))
    if missing := what_is_missing(measurement):
        return Row(measurement, f"left out: it needs {missing}", {})
    try:
        return Row(measurement, "done", run_measurement(measurement, results))
    except MeasurementFailed as reason:
        console.print(f"{measurement.name}: {reason}", highlight=False, markup=False)
        return Row(measurement, "failed", {})


def what_is_missing(measurement: Measurement) -> str:
    """Say what a measurement needs that is not here; nothing if all is."""
    if measurement.needs_postgres and not (
        shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*"))
    ):
        return "PostgreSQL's initdb"
    return measurement.program.missing()


def print_catalogue(console: Console, chosen: Sequence[Measurement]) -> None:
    """Print what the measurements are."""
    table = Table("name", "kind", "scale", "min", "cores", "shows", "command")
    for one in chosen:
        program = one.program
        cells = (one.name, one.kind, program.scale, f"{one.minutes:g}", str(program.n_cores), one.shows)
        table.add_row(*cells, program.command)
    console.print(table)


def print_rows(console: Console, rows: Sequence[Row]) -> None:
    """Print what became of each."""
    table = Table("name", "kind", "state", "s", "load at start", "figures")
    for row in rows:
        document = row.document
        state = f"{row.state}, exit code {document['exit_code']}" if document.get("exit_code") else row.state
        load = document.get("machine", {}).get("load_at_start", "")
        n_figures = len(document.get("figures", {}))
        table.add_row(
            row.measurement.name,
            row.measurement.kind,
            state,
            str(document.get("elapsed_s", "")),
            str(load),
            f"{n_figures} groups" if n_figures else "",
            style="bold red" if row.is_wrong else None,
        )
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
