"""A click group that imports a command when it is used, and prints errors as one line."""

from __future__ import annotations

import difflib
import errno
import importlib
import logging
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import click

from vantay.cli.output import print_error, warn
from vantay.errors import VantayError


class _WarningLines(logging.Handler):
    """Prints what the library warns of as the command prints its own warnings."""

    def emit(self, record: logging.LogRecord) -> None:
        warn(record.getMessage())


def _show_log_warnings() -> None:
    logger = logging.getLogger("vantay")
    if not any(isinstance(handler, _WarningLines) for handler in logger.handlers):
        logger.addHandler(_WarningLines(logging.WARNING))


def _silence_image_size_warnings() -> None:
    """Keep Pillow from warning of large images, which our limits refuse; by text, so as not to import it."""
    warnings.filterwarnings("ignore", message=r"Image size \(\d+ pixels\) exceeds limit")


class LazyCommand(NamedTuple):
    """Where a command is, and what it does in a few words."""

    target: str
    summary: str


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports each when it is used."""

    def __init__(self, *args: Any, lazy_commands: Mapping[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy_commands = lazy_commands

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands in the order of their table."""
        return list(self.lazy_commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in self.lazy_commands:
            return None
        module, _, attribute = self.lazy_commands[cmd_name].target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.lazy_commands[cmd_name].target} is {command!r}, expected a click command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; where there is none, name the nearest."""
        name = args[0]
        near = difflib.get_close_matches(name, self.lazy_commands, n=1)
        if near and name not in self.lazy_commands and not name.startswith("-"):
            ctx.fail(f"no command {name!r}: did you mean {near[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them: help is there at once."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in self.lazy_commands.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours, or of the system, becomes one line and exit code 1."""
        _show_log_warnings()
        _silence_image_size_warnings()
        try:
            return super().invoke(ctx)
        except VantayError as error:
            print_error(ctx, error)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of a pipe left: click ends quietly
                raise
            print_error(ctx, error)
        raise click.exceptions.Exit(1)
