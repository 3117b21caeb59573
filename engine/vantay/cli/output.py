"""What a command prints: one JSON document on standard output, or a table for eyes."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from vantay import SampleFailure

_PRINTS_JSON = "vantay.prints_json"
_NO_LIMIT_COLUMNS = 100_000
_ADVICE = {
    "say its resolution when reading it": "give its resolution with --ppi",
    "rebuild the index": "run `vantay index rebuild`",
    "begin the deduplication anew": "begin anew with --restart",
}
"""What errors advise a caller of the library, and what that is on the command line."""


def expect_json(ctx: click.Context) -> None:
    """Note that this call answers in JSON, so that an error does too."""
    ctx.find_root().meta[_PRINTS_JSON] = True


def print_json(document: object) -> None:
    """Print a JSON document."""
    text = json.dumps(
        _without_infinities(document), indent=2, ensure_ascii=False, allow_nan=False, default=_json_of
    )
    click.echo(text)


def print_error(ctx: click.Context, error: Exception) -> None:
    """Print an error as one line on standard error; as JSON on standard output too if JSON is expected."""
    message = message_of(error)
    click.echo(f"error: {message}", err=True)
    if ctx.find_root().meta.get(_PRINTS_JSON):
        print_json({"error": {"type": type(error).__name__, "message": message}})


def message_of(error: Exception | str) -> str:
    """Give what an error says in one line, in the words of the command."""
    line = " ".join(str(error).split())
    for of_library, of_command in _ADVICE.items():
        line = line.replace(of_library, of_command)
    return line


def warn(message: str) -> None:
    """Print a warning on standard error."""
    click.echo(f"warning: {message}", err=True)


def warn_of_failures(failures: Sequence[SampleFailure]) -> None:
    """Tell on standard error which samples gave no template."""
    for failure in failures:
        name = "the face" if failure.position is None else failure.position.name
        warn(f"{name} was left out: {message_of(failure.message)}")


def failure_json(failure: SampleFailure) -> dict[str, str | None]:
    """Give the JSON form of a sample that gave no template; ``finger`` is null for the face."""
    return {
        "sample": "face" if failure.position is None else "finger",
        "finger": None if failure.position is None else failure.position.name,
        "reason": failure.reason,
        "message": message_of(failure.message),
    }


def rounded(values: Mapping[str, float], n_digits: int) -> dict[str, float]:
    """Round the values of a mapping, for printing."""
    return {key: round(value, n_digits) for key, value in values.items()}


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """Print a table; numbers stand to the right, None is a dash.

    A terminal folds what is wider than it; a file or a pipe gets every row on one line.
    """
    from rich import box  # noqa: PLC0415 - only --table pays for it
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        is_numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        table.add_column(column, justify="right" if is_numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    if title:
        click.echo(title)
    width = None if sys.stdout.isatty() else _NO_LIMIT_COLUMNS
    Console(highlight=False, markup=False, width=width).print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def _without_infinities(value: object) -> object:
    """Put null for what JSON has no number for: infinities and NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _without_infinities(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_infinities(item) for item in value]
    return value


def _json_of(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"no JSON form of {type(value).__name__}")
