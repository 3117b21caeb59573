"""Write the tables of README.md and docs/*.md from the result files.

    python -m benchmarks.tables --check     exit code 1 if a page says something else than the results
    python -m benchmarks.tables --write     write them into the pages

A region of a page begins with a line ``<!-- results: NAME -->`` and ends with a line ``<!-- end -->``; what
is between them is made here. A value that no result file has is "not measured". A region that does not end,
an end without a beginning, an unknown name and a table that stands in no page are told, with the line, and
nothing is written then.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.harness.bar import Documents
from benchmarks.harness.program import ROOT
from benchmarks.harness.result_table import TABLES
from benchmarks.harness.run_document import ResultUnreadable, committed_folder, read_document

_BEGIN = re.compile(r"<!-- results: ([\w-]+) -->")
_END = "<!-- end -->"


def main(words: Sequence[str] | None = None) -> int:
    """Check or write; 1 if a page has to be written anew or mended, 2 if a result file is broken."""
    options = parse_options(words)
    try:
        documents = read_documents(options.results)
    except ResultUnreadable as error:
        print(error, file=sys.stderr)
        return 2
    texts = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in pages(ROOT)}
    if faults := [*page_faults(texts), *missing_tables(texts.values())]:
        print("\n".join(faults))
        return 1
    changed = {name: filled for name, text in texts.items() if (filled := fill(text, documents)) != text}
    for name, filled in changed.items():
        if options.write:
            (ROOT / name).write_text(filled, encoding="utf-8")
        else:
            print(f"{name}: differs from the results: python -m benchmarks.tables --write")
    return int(bool(changed) and not options.write)


def parse_options(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true")
    what.add_argument("--write", action="store_true")
    parser.add_argument("--results", type=Path, default=committed_folder(), help="folder of the result files")
    return parser.parse_args(words)


def pages(root: Path) -> Iterator[Path]:
    """Name the pages that may have regions."""
    yield root / "README.md"
    yield from sorted(root.glob("docs/*.md"))


def read_documents(folder: Path) -> Documents:
    """Read all result files of a folder, by name.

    Raises
    ------
    ResultUnreadable
        If one of them is broken.
    """
    return {path.stem: read_document(path) for path in sorted(folder.glob("*.json"))}


def page_faults(texts: Mapping[str, str]) -> list[str]:
    """Tell what is wrong with the regions of pages: where, and what.

    Parameters
    ----------
    texts : mapping
        Of pages, by name.
    """
    return [f"{name}:{number}: {fault}" for name, text in texts.items() for number, fault in _faults_of(text)]


def _faults_of(text: str) -> Iterator[tuple[int, str]]:
    begun = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _BEGIN.fullmatch(line):
            if begun:
                yield begun, f"this region does not end before the next one begins, in line {number}"
            if found[1] not in TABLES:
                yield number, f"no table is called {found[1]}: {', '.join(TABLES)}"
            begun = number
        elif line == _END:
            if not begun:
                yield number, f"{_END} ends nothing"
            begun = 0
        elif "<!-- results:" in line or _END in line:
            yield number, f"{line.strip()!r}: a mark stands on a line of its own, {_BEGIN.pattern} or {_END}"
    if begun:
        yield begun, f"this region does not end: no {_END} follows"


def missing_tables(texts: Iterable[str]) -> list[str]:
    """Name the tables that stand in no page."""
    there = {found[1] for text in texts for line in text.splitlines() if (found := _BEGIN.fullmatch(line))}
    return [f"no page has a region <!-- results: {name} -->" for name in TABLES if name not in there]


def fill(text: str, documents: Documents) -> str:
    """Fill the regions of a page that has no faults.

    Parameters
    ----------
    text : str
        Of the page.
    documents : mapping
        Result files by name.

    Returns
    -------
    str
        With every region made anew.
    """
    lines: list[str] = []
    is_inside = False
    for line in text.splitlines(keepends=True):
        is_inside = is_inside and line.rstrip("\n") != _END
        if not is_inside:
            lines.append(line)
        if found := _BEGIN.fullmatch(line.rstrip("\n")):
            lines.append(TABLES[found[1]](documents))
            is_inside = True
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
