"""Take the figures of a program that was run by hand into the committed results.

    python -m benchmarks.adopt index_1m FILE.json

FILE is what the program wrote with its own ``--json``, with the options that `harness/catalogue.toml` has for
the name. The machine and the commit are those that the file names. A file that names none is refused, for
nobody could tell what it was measured on; so is one whose figures say that an option had another value.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from collections.abc import Mapping
from pathlib import Path

from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.program import Program
from benchmarks.harness.program_run import as_document
from benchmarks.harness.run_document import committed_folder, release_of_sources, write_document

ROUNDING = 1e-3
"""A run of 600 seconds is over after 599.98."""


def main() -> None:
    """Read, check, write."""
    programs = read_catalogue()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=programs)
    parser.add_argument("file", type=Path)
    parser.add_argument("--output", type=Path, default=committed_folder(release_of_sources()))
    arguments = parser.parse_args()
    figures = json.loads(arguments.file.read_text(encoding="utf-8"))
    machine, commit = figures.get("machine"), figures.get("commit")
    if not machine or not commit:
        parser.error(f"{arguments.file}: names no machine or no commit: run the program again by bench")
    program = programs[arguments.name]
    if other := other_option(program, figures):
        parser.error(f"{arguments.file}: measured with {other}, expected: {program.command}")
    document = as_document(program, figures, machine) | {"commit": commit}
    write_document(arguments.output / f"{arguments.name}.json", document)


def other_option(program: Program, figures: Mapping[str, object]) -> str:
    """Name an option that the figures tell with another value than the catalogue has; nothing if none."""
    for option, expected in itertools.pairwise(program.words):
        found = figures.get(option.removeprefix("--").replace("-", "_")) if option.startswith("--") else None
        if isinstance(found, int | float) and not math.isclose(found, float(expected), rel_tol=ROUNDING):
            return f"{option} {found:g}"
    parameters = figures.get("parameters")
    is_small = isinstance(parameters, Mapping) and bool(parameters.get("is_small"))
    return "--small" if is_small and "--small" not in program.words else ""


if __name__ == "__main__":
    main()
