"""Take the figures of a program that was run by hand into the committed results.

    python -m benchmarks.adopt index_1m FILE.json

FILE is what the program wrote with its own ``--json``, with the options that `harness/catalogue.toml` has for
the name. The machine and the commit are those that the file names. A file is refused

- if it names no machine or no commit, for nobody could tell what it was measured on;
- if it says that the sources were changed, unless ``--dirty`` is given: then the result goes on saying so;
- if an option of the catalogue had another value, or the file lists its options and lacks that one.

Folders and files are not compared: they are other ones on each machine. What the catalogue does not name is
not compared either: it is printed. A file that lists no options is older; its figures are searched for them.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.program import FINGERPRINTS, Program, is_folder
from benchmarks.harness.program_run import as_document
from benchmarks.harness.run_document import (
    DIRTY,
    Document,
    ResultUnreadable,
    committed_folder,
    read_document,
    release_of_sources,
    write_document,
)
from benchmarks.harness.surroundings import describe_surroundings

ROUNDING = 1e-3
"""A run of 600 seconds is over after 599.98."""

DEFAULT_EXTRACTOR = "leader"
"""What an evaluation takes unless told otherwise."""

_OF_THE_MACHINE = ("n_processors", "flags", "caches", "governor")
"""What programs did not always tell, and what is the same at any time."""


def main() -> None:
    """Read, check, write."""
    programs = read_catalogue()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=programs, metavar="NAME", help="in the catalogue")
    parser.add_argument("file", type=Path)
    parser.add_argument("--dirty", action="store_true", help="even if the sources were changed")
    parser.add_argument("--output", type=Path, default=committed_folder(release_of_sources()))
    arguments = parser.parse_args()
    program = programs[arguments.name]
    try:
        figures = read_document(arguments.file)
    except ResultUnreadable as error:
        parser.error(str(error))
    if reason := reason_to_refuse(program, figures, is_dirty_taken=arguments.dirty):
        parser.error(f"{arguments.file}: {reason}")
    machine = whole_machine(figures)
    document = as_document(program, {**figures, "machine": machine}, {}, figures["commit"])
    write_document(arguments.output / f"{program.name}.json", document)
    if others := options_beside(program, figures):
        print(f"{program.name}: not compared, for the catalogue does not name them: {', '.join(others)}")


def reason_to_refuse(program: Program, figures: Document, *, is_dirty_taken: bool) -> str:
    """Say why a file cannot stand for a program; nothing if it can."""
    if not figures:
        return "no such file, or nothing in it"
    machine, commit = figures.get("machine"), figures.get("commit")
    if not (isinstance(machine, Mapping) and machine and isinstance(commit, str) and commit):
        return "names no machine or no commit: run the program again by bench"
    if commit.endswith(DIRTY) and not is_dirty_taken:
        return f"measured with sources other than those of {commit}: measure a clean clone, or say --dirty"
    other = other_option(program, figures)
    return f"measured with {other}, expected: {program.command}" if other else ""


def other_option(program: Program, figures: Document) -> str:
    """Name an option that the file tells with another value than the catalogue has; nothing if none."""
    told = figures.get("arguments")
    is_listed = isinstance(told, Mapping)
    values: Mapping[str, object] = told if isinstance(told, Mapping) else figures
    if other := other_sets(program, figures):
        return other
    for option, expected in options_of(program):
        found = values.get(_key(option))
        if is_listed and found is None:
            return f"no {option} that it tells of"
        if (is_listed or _is_number(found)) and not _is_equal(found, expected):
            return f"{option} {_text(found)}"
    parameters = figures.get("parameters")
    is_small = isinstance(parameters, Mapping) and bool(parameters.get("is_small"))
    return "--small" if is_small and "--small" not in program.words else ""


def other_sets(program: Program, figures: Document) -> str:
    """Name the data sets or the extractor of an evaluation that are not the catalogue's; nothing if none."""
    parameters = figures.get("parameters")
    if "evaluate" not in program.words or not isinstance(parameters, Mapping):
        return ""
    sets = [word.partition("/")[2] for word in program.words if word.startswith(f"{FINGERPRINTS}/")]
    wanted = [name.partition("@")[0] for name in sets]
    found = parameters.get("sets")
    if not isinstance(found, list) or found != wanted:
        return f"the sets {_text(found)}"
    extractor = dict(options_of(program)).get("--extractor") or DEFAULT_EXTRACTOR
    told = parameters.get("extractor")
    return "" if told == extractor else f"--extractor {_text(told)}"


def options_of(program: Program) -> Iterator[tuple[str, str | None]]:
    """Give the options of the catalogue's words with their values, None for those without; no folders."""
    for option, following in itertools.pairwise((*program.words, "--")):
        if option.startswith("--") and not is_folder(following):
            yield option, None if following.startswith("--") else following


def options_beside(program: Program, figures: Document) -> list[str]:
    """Tell the options of a file that the catalogue has no value for."""
    told = figures.get("arguments")
    known = {_key(word) for word in program.words if word.startswith("--")}
    given = told.items() if isinstance(told, Mapping) else ()
    return [
        f"{name} {_text(value)}" for name, value in given if name not in known and value not in (None, [])
    ]


def whole_machine(figures: Document) -> Document:
    """Give the machine of a file: with its load, and with its instructions and caches if it is this one.

    Those are added only if the processor and the number of cores are this one's; ``completed`` marks it.
    """
    machine = dict(figures["machine"])
    load = machine.pop("load_average", figures.get("load_average"))
    if load is not None:
        machine.setdefault("load_at_start", load)
    here = describe_surroundings()
    is_whole = all(key in machine for key in _OF_THE_MACHINE)
    if is_whole or any(machine.get(key) != here[key] for key in ("processor", "n_cores")):
        return machine
    return {key: here[key] for key in _OF_THE_MACHINE} | machine | {"completed": True}


def _key(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_equal(found: object, expected: str | None) -> bool:
    if expected is None or isinstance(found, bool):
        return expected is None and found is True
    if isinstance(found, list):
        words = expected.split(",")
        return len(found) == len(words) and all(map(_is_equal, found, words))
    try:
        return math.isclose(float(str(found)), float(expected), rel_tol=ROUNDING)
    except ValueError:
        return str(found) == expected


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
