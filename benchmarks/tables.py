"""Write the tables of README.md and docs/*.md from the result files.

    python -m benchmarks.tables --check     exit code 1 if a page says something else than the results
    python -m benchmarks.tables --write     write them into the pages

A region of a page begins with ``<!-- results: NAME -->`` and ends with ``<!-- end -->``; what is between
them is made here. A value that no result file has is "not measured".
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness.bar import Documents
from benchmarks.harness.program import ROOT
from benchmarks.harness.result_table import TABLES
from benchmarks.harness.run_document import committed_folder, read_document

_REGION = re.compile(
    r"(?P<begin><!-- results: (?P<name>[\w-]+) -->\n)(?P<body>.*?)(?P<end><!-- end -->)", re.DOTALL
)


def main() -> int:
    """Check or write; 1 if a page has to be written anew, or names a table that there is not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true")
    what.add_argument("--write", action="store_true")
    parser.add_argument("--results", type=Path, default=committed_folder(), help="folder of the result files")
    arguments = parser.parse_args()
    documents = read_documents(arguments.results)
    is_wrong = False
    for page in pages(ROOT):
        text = page.read_text(encoding="utf-8")
        for name in unknown_names(text):
            print(f"{page.relative_to(ROOT)}: no table is called {name}: {', '.join(TABLES)}")
            is_wrong = True
        filled = fill(text, documents)
        if filled != text and arguments.write:
            page.write_text(filled, encoding="utf-8")
        elif filled != text:
            print(f"{page.relative_to(ROOT)}: differs from the results: python -m benchmarks.tables --write")
            is_wrong = True
    return int(is_wrong)


def pages(root: Path) -> Iterator[Path]:
    """Name the pages that may have regions."""
    yield root / "README.md"
    yield from sorted(root.glob("docs/*.md"))


def read_documents(folder: Path) -> Documents:
    """Read all result files of a folder, by name."""
    return {path.stem: read_document(path) for path in sorted(folder.glob("*.json"))}


def unknown_names(text: str) -> list[str]:
    """Name the regions of a page that no table is made for."""
    return [found["name"] for found in _REGION.finditer(text) if found["name"] not in TABLES]


def fill(text: str, documents: Documents) -> str:
    """Fill the regions of a page.

    Parameters
    ----------
    text : str
        Of the page.
    documents : mapping
        Result files by name.

    Returns
    -------
    str
        With every region made anew; those of unknown names as they are.
    """

    def made(found: re.Match[str]) -> str:
        if found["name"] not in TABLES:
            return found[0]
        return f"{found['begin']}{TABLES[found['name']](documents)}{found['end']}"

    return _REGION.sub(made, text)


if __name__ == "__main__":
    sys.exit(main())
