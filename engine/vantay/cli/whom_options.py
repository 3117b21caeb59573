"""``--gallery``, ``--status``, ``--sex`` and ``--birth-years``: whom to search."""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple

import click

from vantay.cli.options import Command


class Whom(NamedTuple):
    """Whom to search: the fields of a `SearchFilter`."""

    galleries: tuple[str, ...] | None = None
    status: str | None = None
    sex: str | None = None
    birth_years: tuple[int, int] | None = None


EVERYONE = Whom()


class BirthYearsType(click.ParamType[tuple[int, int]]):
    """A range of years."""

    name = "years"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Read two years."""
        found = re.fullmatch(r"(\d{4})-(\d{4})", str(value))
        if found is None:
            self.fail(f"{value!r} is no range of years, expected for instance 1980-1995", param, ctx)
        first, last = int(found[1]), int(found[2])
        if first > last:
            self.fail(f"{value!r} begins after its end, did you mean {last}-{first}?", param, ctx)
        return first, last


_GALLERY = click.option(
    "--gallery",
    "galleries",
    metavar="NAME",
    multiple=True,
    help="Search only subjects in this gallery; several times: in any of them.  [default: everyone]",
)
status_option = click.option(
    "--status",
    type=click.Choice(["active", "locked"], case_sensitive=False),
    help="Search only subjects of this status.  [default: both]",
)
_SEX = click.option(
    "--sex",
    type=click.Choice(["F", "M", "X"], case_sensitive=False),
    help="Search only subjects of this sex, and of unknown sex.",
)
_BIRTH_YEARS = click.option(
    "--birth-years",
    metavar="FROM-TO",
    type=BirthYearsType(),
    help="Search only subjects born in these years, both included, and of unknown year.",
)


def whom_options(command: Command) -> Command:
    """Add ``--gallery``, ``--status``, ``--sex`` and ``--birth-years``; the command gets ``whom``."""

    @functools.wraps(command)
    def run(
        *args: Any,
        galleries: tuple[str, ...],
        status: str | None,
        sex: str | None,
        birth_years: tuple[int, int] | None,
        **kwargs: Any,
    ) -> Any:
        return command(*args, whom=Whom(galleries or None, status, sex, birth_years), **kwargs)

    return _GALLERY(status_option(_SEX(_BIRTH_YEARS(run))))
