"""Compare two recorded runs of the micro benchmarks.

    python -m benchmarks.compare OLD/micro.json NEW/micro.json

The exit code is 1 if something is slower beyond the tolerance of the old run and both are of one kind of
machine, or if the new run lacks what the old one has; 2 if a file cannot be read.
`python -m benchmarks.bench --against DIR` does the same, and looks again before it says so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.judgement import fails, judge_documents
from benchmarks.harness.printing import open_console, print_judgements
from benchmarks.harness.run_document import Document, ResultUnreadable, read_document


def main(words: Sequence[str] | None = None) -> int:
    """Read, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    arguments = parser.parse_args(words)
    try:
        old, new = read_micro(arguments.old), read_micro(arguments.new)
    except ResultUnreadable as reason:
        parser.error(str(reason))
    judgements = judge_documents(new, old)
    print_judgements(open_console(), judgements, old, new["machine"])
    return int(fails(judgements))


def read_micro(path: Path) -> Document:
    """Read a result file of the micro benchmarks.

    Raises
    ------
    ResultUnreadable
        If there is none, or it has no such results.
    """
    document = read_document(path)
    if not document:
        raise ResultUnreadable(f"{path}: no such file")
    if not document.get("details") or "machine" not in document:
        raise ResultUnreadable(f"{path}: has no micro benchmarks, expected a micro.json")
    return document


if __name__ == "__main__":
    sys.exit(main())
