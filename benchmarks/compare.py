"""Compare two recorded runs of the micro benchmarks.

    python -m benchmarks.compare OLD/micro.json NEW/micro.json

The exit code is 1 if something is slower beyond the tolerance of the old run and both are of one kind of
machine. `python -m benchmarks.bench --against DIR` does the same, and looks again before it says so.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.harness.judgement import judge, suspects
from benchmarks.harness.printing import open_console, print_judgements
from benchmarks.harness.result import read_results
from benchmarks.harness.run_document import read_document
from benchmarks.harness.surroundings import is_same_kind


def main() -> int:
    """Read, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    arguments = parser.parse_args()
    old, new = (read_document(path) for path in (arguments.old, arguments.new))
    if not (old and new):
        parser.error(f"no such file: {arguments.new if old else arguments.old}")
    is_same = is_same_kind(old["machine"], new["machine"])
    judgements = judge(read_results(new), read_results(old), is_same_machine=is_same)
    print_judgements(open_console(), judgements, old, new["machine"])
    return int(bool(suspects(judgements)))


if __name__ == "__main__":
    sys.exit(main())
