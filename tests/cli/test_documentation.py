"""docs/cli.md and the help texts have every command and option; what the docs type can be typed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from vantay.cli import COMMANDS, main

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def commands(
    command: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(command)
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        yield from commands(child, (*path, name))


ALL_COMMANDS = dict(commands())


def section_of(name: str) -> str:
    match = re.search(rf"^#+ `?vantay {name}`?$(.*?)(?=^#+ `?vantay |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert match is not None, f"docs/cli.md has no section 'vantay {name}'"
    return match[1]


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_command_and_option_has_help_and_is_in_the_docs(name: str) -> None:
    command = ALL_COMMANDS[name]
    section = section_of(name)
    assert command.help
    assert f"$ vantay {name}" in section
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts} has no help"
            assert any(f"`{option}" in section for option in parameter.opts), f"{name} {parameter.opts}"


@pytest.mark.parametrize("line", re.findall(r"^\$ (vantay .*(?:\\\n.*)*)$", DOCS, re.MULTILINE))
def test_what_the_docs_type_can_be_typed(line: str) -> None:
    words = shlex.split(re.split("[;|]", line.replace("\\\n", " "))[0])[1:]
    name = max((n for n in ALL_COMMANDS if words[: len(n.split())] == n.split()), key=len)
    options = {o for parameter in ALL_COMMANDS[name].params for o in parameter.opts} | {"--help"}
    typed = {word.partition("=")[0] for word in words if word.startswith("-")}
    assert typed <= options


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_in_a_line_what_it_does(name: str) -> None:
    assert COMMANDS[name].summary.endswith(".")
    assert len(COMMANDS[name].summary) < 60


def test_help_of_the_command_imports_none_of_its_parts() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from vantay.cli import main; "
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
        "print(sorted(m for m in sys.modules if m.startswith('vantay.')), "
        "'numpy' in sys.modules, 'rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    own = "['vantay.cli', 'vantay.cli.lazy_group', 'vantay.cli.output', 'vantay.errors']"
    assert done.stdout.strip() == f"{own} False False"


def test_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vantay", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("vantay, version ")
