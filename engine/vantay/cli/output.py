"""What a command prints: one JSON document on standard output, or a table for eyes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from vantay.search import FingerFailure

_PRINTS_JSON = "vantay.prints_json"


def expect_json(ctx: click.Context) -> None:
    """Note that this call answers in JSON, so that an error does too."""
    ctx.find_root().meta[_PRINTS_JSON] = True


def print_json(document: object) -> None:
    """Print a JSON document."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=_json_of))


def print_error(ctx: click.Context, error: Exception) -> None:
    """Print an error as one line on standard error; as JSON on standard output too if JSON is expected."""
    message = " ".join(str(error).split())
    click.echo(f"error: {message}", err=True)
    if ctx.find_root().meta.get(_PRINTS_JSON):
        print_json({"error": {"type": type(error).__name__, "message": message}})


def warn(message: str) -> None:
    """Print a warning on standard error."""
    click.echo(f"warning: {message}", err=True)


def warn_of_failures(failures: Sequence[FingerFailure]) -> None:
    """Tell on standard error which fingers gave no template."""
    for failure in failures:
        warn(f"{failure.position.name} was left out: {failure.message}")


def failure_json(failure: FingerFailure) -> dict[str, str]:
    """Give the JSON form of a finger that gave no template."""
    return {"finger": failure.position.name, "reason": failure.reason, "message": failure.message}


def rounded(values: Mapping[str, float], n_digits: int) -> dict[str, float]:
    """Round the values of a mapping, for printing."""
    return {key: round(value, n_digits) for key, value in values.items()}


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """Print a table; numbers stand to the right, None is a dash."""
    from rich import box  # noqa: PLC0415 - only --table pays for it
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        is_numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        table.add_column(column, justify="right" if is_numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    Console(highlight=False, markup=False).print(table)


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


def _json_of(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"no JSON form of {type(value).__name__}")
