"""The documentation check of ``make check``: what the pages say exists, exists.

- relative links and their anchors resolve, in the Markdown files at the root and under docs/;
- Python blocks of the README compile;
- every ``vantay …`` command line names a command and options that there are;
- every top-level folder is in ARCHITECTURE.md, every direct dependency in docs/dependencies.md.

Prints what is wrong as ``file:line: message`` and exits 1.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import click

ROOT = Path(__file__).resolve().parent.parent

_FENCE = re.compile(r"^\s*(?P<fence>```+|~~~+)\s*(?P<language>\w*)")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?(?P<target>[^()\s>]+(?:\([^()]*\))?)>?[^)]*\)")
_HTML_LINK = re.compile(r"<(?:img|a)\b[^>]*\b(?:src|href)=\"(?P<target>[^\"]+)\"")
_HEADING = re.compile(r"^(?P<marks>#{1,6})\s+(?P<text>.+?)\s*#*$")
_CODE_SPAN = re.compile(r"(?<!`)`(?P<code>[^`]+)`(?!`)")
_COMMAND = re.compile(r"^\s*(?:\$\s+)?(?:[A-Z_]+=\S+\s+)*(?:\.venv/bin/)?(?P<command>vantay(?:\s.*)?)$")
_SEPARATORS = "|&;<>"
_REQUIREMENT_NAME = re.compile(r"^[A-Za-z0-9._-]+")


class Problem(NamedTuple):
    """What is wrong, and where."""

    path: Path
    line: int
    message: str


class Line(NamedTuple):
    """A line of a page; `language` is None outside fenced blocks, the block's language inside."""

    number: int
    text: str
    language: str | None


def read_lines(path: Path) -> list[Line]:
    """Read a Markdown file, knowing which lines are in fenced blocks; the fences themselves are left out."""
    lines = []
    language: str | None = None
    closing = ""
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        fence = _FENCE.match(text)
        if fence and language is None:
            language, closing = fence["language"], fence["fence"]
        elif fence and text.strip().startswith(closing):
            language = None
        else:
            lines.append(Line(number, text, language))
    return lines


def anchors_of(path: Path) -> set[str]:
    """Name the headings of a page as GitHub does: lower case, hyphens, numbered if repeated."""
    anchors: set[str] = set()
    for _, text, language in read_lines(path):
        heading = _HEADING.match(text)
        if language is None and heading:
            plain = re.sub(r"[`*]|\[|\]\([^)]*\)", "", heading["text"])
            slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
            n_before = sum(1 for anchor in anchors if re.fullmatch(re.escape(slug) + r"(-\d+)?", anchor))
            anchors.add(f"{slug}-{n_before}" if slug in anchors else slug)
    return anchors


def check_links(page: Path) -> Iterator[Problem]:
    """Check that relative links lead to a file, and their anchors to a heading in it."""
    for number, text, language in read_lines(page):
        if language is not None:
            continue
        bare = _CODE_SPAN.sub("", text)
        for found in [*_LINK.finditer(bare), *_HTML_LINK.finditer(bare)]:
            target = unquote(found["target"])
            if re.match(r"[a-z][a-z+.-]*:", target):
                continue
            file_part, _, anchor = target.partition("#")
            linked = (page.parent / file_part).resolve() if file_part else page
            if not linked.exists():
                yield Problem(page, number, f"link to {target}: no such file")
            elif anchor and linked.suffix == ".md" and anchor not in anchors_of(linked):
                yield Problem(page, number, f"link to {target}: no such heading")


def check_python_blocks(page: Path) -> Iterator[Problem]:
    """Check that each Python block compiles; a block of ``>>>`` lines is taken as a session."""
    blocks: list[list[Line]] = []
    last_number = -1
    for line in read_lines(page):
        if line.language in {"python", "py"}:
            if line.number != last_number + 1:
                blocks.append([])
            blocks[-1].append(line)
            last_number = line.number
    for block in blocks:
        try:
            compile(_program("\n".join(line.text for line in block)), str(page), "exec")
        except SyntaxError as error:
            number = block[0].number + (error.lineno or 1) - 1
            yield Problem(page, number, f"Python block does not compile: {error.msg}")


def _program(source: str) -> str:
    """Give the code of an interactive session with its output blanked, other code as it is."""
    if not source.lstrip().startswith(">>>"):
        return source
    prompts = (">>> ", "... ", ">>>", "...")
    return "\n".join(
        next((line.removeprefix(prompt) for prompt in prompts if line.startswith(prompt)), "")
        for line in source.splitlines()
    )


def check_commands(page: Path, main: click.Command) -> Iterator[Problem]:
    """Check every ``vantay …`` line in fenced blocks, and code span in the text, against the command line."""
    for number, command in _commands_of(page):
        message = _wrong_in_command(command, main)
        if message:
            yield Problem(page, number, f"`{command}`: {message}")


def _commands_of(page: Path) -> Iterator[tuple[int, str]]:
    lines = iter(read_lines(page))
    for number, text, language in lines:
        if language is None:
            for span in _CODE_SPAN.finditer(text):
                if found := _COMMAND.match(span["code"]):
                    yield number, found["command"]
        elif language in {"", "sh", "bash", "shell", "console"} and (found := _COMMAND.match(text)):
            command = found["command"]
            while command.endswith("\\"):
                command = command[:-1] + next(lines).text.strip()
            yield number, command


def _wrong_in_command(text: str, main: click.Command) -> str | None:
    """Say what a command line names that is not there; None if all of it is."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_SEPARATORS)
    lexer.whitespace_split = True
    try:
        words = list(lexer)[1:]
    except ValueError as error:
        return f"not a command line: {error}"
    command = main
    for word in words:
        if set(word) <= set(_SEPARATORS):
            break
        if word.startswith("-") and word not in {"-", "--"}:
            option = word.split("=", 1)[0]
            if option != "--help" and option not in _options_of(command):
                return f"{command.name} has no option {option}"
        elif isinstance(command, click.Group) and not word.startswith(("…", "...")):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return f"{command.name} has no command {word}"
            command = found
    return None


def _options_of(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def check_folders(root: Path, folders: set[str]) -> Iterator[Problem]:
    """Check that ARCHITECTURE.md names every top-level folder."""
    page = root / "ARCHITECTURE.md"
    text = page.read_text(encoding="utf-8")
    for folder in sorted(folders):
        if not re.search(rf"`{re.escape(folder)}/", text):
            yield Problem(page, 1, f"the folder {folder}/ is not described")


def tracked_folders(root: Path) -> set[str]:
    """Name the top-level folders under version control, hidden ones aside."""
    listing = subprocess.run(
        ["git", "ls-files"], cwd=root, check=True, capture_output=True, text=True, encoding="utf-8"
    )
    tops = {path.split("/", 1)[0] for path in listing.stdout.splitlines() if "/" in path}
    return {top for top in tops if not top.startswith(".")}


def check_dependencies(root: Path) -> Iterator[Problem]:
    """Check that docs/dependencies.md names every direct dependency."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    requirements = [*project["dependencies"], *(name for extra in extras for name in extra)]
    page = root / "docs" / "dependencies.md"
    if not page.is_file():
        yield Problem(page, 1, "the file is missing: it says why each dependency is there")
        return
    text = page.read_text(encoding="utf-8")
    for requirement in requirements:
        name = _REQUIREMENT_NAME.match(requirement)
        if name and f"`{name[0]}`" not in text:
            yield Problem(page, 1, f"`{name[0]}` of pyproject.toml has no line")


def check_all(root: Path, main: click.Command) -> list[Problem]:
    """Run every check."""
    pages = sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])
    problems: list[Problem] = []
    for page in pages:
        problems += check_links(page)
        problems += check_commands(page, main)
    problems += check_python_blocks(root / "README.md")
    problems += check_folders(root, tracked_folders(root))
    problems += check_dependencies(root)
    return problems


def run() -> int:
    """Print the problems; 1 if there are any."""
    from vantay.cli import main  # noqa: PLC0415 - the tests of the checks above need no command line

    problems = check_all(ROOT, main)
    for path, line, message in problems:
        print(f"{path.relative_to(ROOT)}:{line}: {message}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(run())
