"""``vantay audit``: the log of who did what to whom, its verification, and anchors to keep elsewhere."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from vantay.cli.lazy_group import LazyCommand, LazyGroup
from vantay.cli.options import database_options, table_option
from vantay.cli.output import print_error, print_json, print_table
from vantay.errors import CallerError, DataCorruption
from vantay.settings import EngineSettings

if TYPE_CHECKING:
    from vantay import AuditAnchor, AuditEntry

COMMANDS = {
    "verify": LazyCommand("vantay.cli.audit:verify", "Check that nothing was changed or cut off."),
    "export": LazyCommand("vantay.cli.audit:export", "Write the entries as JSON lines."),
    "anchor": LazyCommand("vantay.cli.audit:anchor", "Tell how far it has come, to keep elsewhere."),
}
EXIT_BROKEN = 3
_PAGE_ENTRIES = 5000


@click.command(cls=LazyGroup, lazy_commands=COMMANDS)
def audit() -> None:
    """Verify and export the audit log: who did what to whom, how it ended, and why."""


@click.command()
@click.option(
    "--anchor",
    "anchor_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of what `vantay audit anchor` printed before, one anchor a line; each must still be true.",
)
@database_options
@table_option
@click.pass_context
def verify(ctx: click.Context, *, anchor_file: Path | None, settings: EngineSettings, as_table: bool) -> None:
    """Read the whole log and check that every entry is there, as it was written, in its place.

    Without --anchor nobody can tell that the whole database was replaced by an older copy of itself. Exit
    code 0: it holds. 3: it does not; the message names the first entry that does not hold, and says what to
    do. 1: it could not be read.
    """
    from vantay.engine import Engine  # noqa: PLC0415 - keeps --help quick

    anchors = [] if anchor_file is None else _read_anchors(anchor_file)
    with Engine.open(settings=settings, create=False) as engine:
        try:
            verdict = engine.verify_audit(anchors)
        except DataCorruption as error:
            print_error(ctx, error)
            ctx.exit(EXIT_BROKEN)
    answer = {"is_sound": True, "n_entries": verdict.n_entries, "n_anchors": len(anchors)}
    if as_table:
        print_table(("what", "value"), list(answer.items()))
    else:
        print_json(answer | {"anchor": asdict(verdict.anchor)})


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--after", default=0, type=click.IntRange(0), help="Only entries after this number.  [default: 0]"
)
@database_options
@table_option
def export(file: Path, *, after: int, settings: EngineSettings, as_table: bool) -> None:
    """Write the entries of the log into FILE as JSON lines, in their order; - writes them to the output.

    They are written as they stand; run `vantay audit verify` to know that they hold. FILE tells who touched
    whom: only its owner may read it, keep it that way.
    """
    from vantay.engine import Engine  # noqa: PLC0415
    from vantay.transfer import refuse_irreplaceable  # noqa: PLC0415

    refuse_irreplaceable(file)
    n_entries = 0
    with Engine.open(settings=settings, create=False) as engine, _opened(file) as out:
        while entries := engine.audit_entries(after, _PAGE_ENTRIES):
            out.writelines(_line(entry) for entry in entries)
            n_entries, after = n_entries + len(entries), entries[-1].sequence
    if str(file) == "-":
        return
    answer = {"file": str(file), "n_entries": n_entries, "last": after}
    if as_table:
        print_table(("what", "value"), list(answer.items()))
    else:
        print_json(answer)


@click.command()
@database_options
def anchor(*, settings: EngineSettings) -> None:
    """Print how far the log has come, as one line of JSON; append it to a file on another machine.

    `vantay audit verify --anchor` proves with it later that nothing up to here was changed or cut off, also
    where somebody has the database and its keys.
    """
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        click.echo(json.dumps(asdict(engine.audit_anchor())))


def _read_anchors(file: Path) -> list[AuditAnchor]:
    from vantay import AuditAnchor  # noqa: PLC0415

    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        anchors = [AuditAnchor(row["store_id"], row["sequence"], row["hash"]) for row in rows]
    except (ValueError, TypeError, KeyError) as error:
        raise CallerError(
            f"{file} has a line that is no anchor: expected lines that `vantay audit anchor` printed"
        ) from error
    if not anchors:
        raise CallerError(f"{file} holds no anchor: expected lines that `vantay audit anchor` printed")
    return anchors


def _line(entry: AuditEntry) -> str:
    told: dict[str, Any] = asdict(entry)
    told["recorded_at"] = entry.recorded_at.isoformat(timespec="microseconds")
    return f"{json.dumps(told, ensure_ascii=False, separators=(',', ':'))}\n"


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    """Open the output, or a file for its owner alone that appears when all is written."""
    if str(file) == "-":
        yield sys.stdout
        return
    descriptor, draft = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink()
        raise
