"""Mistakes in what was typed, found by the library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from vantay.errors import CallerError


@contextmanager
def wrong_usage() -> Iterator[None]:
    """Make an error in what was typed one of usage, exit code 2."""
    try:
        yield
    except CallerError as error:
        raise click.UsageError(str(error)) from error
