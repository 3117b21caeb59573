"""``--finger RIGHT_INDEX=image.png``: which finger, and the file of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from vantay.types import FingerPosition

_Command = TypeVar("_Command", bound=Callable[..., object])


class FingerFile(NamedTuple):
    """A finger and the file of its image or template record."""

    position: FingerPosition
    path: Path


class PositionType(click.ParamType[FingerPosition]):
    """A finger position by name, in any case and with - or _, or by its ISO code 0 to 10."""

    name = "finger"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> FingerPosition:
        """Read a position."""
        if isinstance(value, FingerPosition):
            return value
        name = str(value).strip().upper().replace("-", "_").replace(" ", "_")
        if name.isdecimal() and int(name) in FingerPosition._value2member_map_:
            return FingerPosition(int(name))
        if name in FingerPosition.__members__:
            return FingerPosition[name]
        near = difflib.get_close_matches(name, FingerPosition.__members__, n=1)
        advice = (
            f"did you mean {near[0]}?" if near else f"expected one of {', '.join(FingerPosition.__members__)}"
        )
        raise click.BadParameter(f"unknown finger {str(value)!r}: {advice}", ctx, param)


class ExistingFileType(click.ParamType[Path]):
    """A file that is there; where it is not, the nearest name in its folder is suggested."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Check a path."""
        path = Path(value)
        if path.is_dir():
            self.fail(f"{value} is a folder, expected a file", param, ctx)
        if path.exists() and not path.is_file():
            self.fail(f"{value} is a device or a pipe, expected a file on disk", param, ctx)
        if not path.is_file():
            self.fail(f"no file {value}{_nearest_file(path)}", param, ctx)
        return path


class FingerFileType(click.ParamType[FingerFile]):
    """``POSITION=FILE``."""

    name = "POSITION=FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> FingerFile:
        """Read a finger and its file."""
        position, equals, path = str(value).partition("=")
        if not equals or not path:
            self.fail(
                f"{str(value)!r}: expected POSITION=FILE, for instance RIGHT_INDEX=index.png", param, ctx
            )
        return FingerFile(
            PositionType().convert(position, param, ctx), ExistingFileType().convert(path, param, ctx)
        )


def finger_option(command: _Command) -> _Command:
    """Add ``--finger``, repeated once a finger; the command gets ``fingers``, a dict by position."""
    return click.option(
        "--finger",
        "-f",
        "fingers",
        type=FingerFileType(),
        multiple=True,
        callback=_by_position,
        help="A finger and its image or template record; repeat it for each finger. Positions: "
        f"{', '.join(name.lower() for name in FingerPosition.__members__)}, or 0 to 10.",
    )(command)


def _by_position(
    ctx: click.Context, param: click.Parameter, fingers: tuple[FingerFile, ...]
) -> dict[FingerPosition, Path]:
    by_position: dict[FingerPosition, Path] = {}
    for position, path in fingers:
        if position in by_position:
            raise click.BadParameter(
                f"{position.name} was given twice: {by_position[position]} and {path}", ctx, param
            )
        by_position[position] = path
    return by_position


def _nearest_file(path: Path) -> str:
    if not path.parent.is_dir():
        return f": there is no folder {path.parent}"
    near = difflib.get_close_matches(path.name, [p.name for p in path.parent.iterdir()], n=1)
    return f": did you mean {path.parent / near[0]}?" if near else ""
