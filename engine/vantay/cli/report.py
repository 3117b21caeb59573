"""``vantay report``: run files as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.output import expect_json, print_json
from vantay.errors import CallerError, StorageError

if TYPE_CHECKING:
    from vantay.report.run_report import Run


@click.command()
@click.argument("sources", metavar="[NAME=]RUN.json...", nargs=-1, required=True)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The page to write.",
)
@click.option("--title", help="Of the page.  [default: the names of the runs]")
@click.pass_context
def report(ctx: click.Context, sources: tuple[str, ...], *, output: Path, title: str | None) -> None:
    """Draw what `vantay evaluate … --json` wrote, as one HTML page that needs nothing but itself.

    Runs of one kind stand side by side, and each is compared with the first of its kind: the difference, and
    whether a test finds it more than chance. Benchmarks are compared with runs of the same program. The
    answer in JSON holds these changes too. A run is called by its file's name unless NAME= stands before it.
    """
    from vantay.evaluation.output_file import check_output_file  # noqa: PLC0415 - keeps --help quick
    from vantay.report.run_report import read_run, render_report  # noqa: PLC0415

    expect_json(ctx)
    try:
        check_output_file(output)
        runs = _unambiguous([read_run(path, name or None) for name, path in map(_split, sources)], sources)
        text = render_report(runs, title=title)
    except (CallerError, StorageError) as error:
        raise click.UsageError(str(error)) from error
    output.write_text(text, encoding="utf-8")
    print_json(
        {
            "output": str(output),
            "n_bytes": len(text.encode("utf-8")),
            "runs": [{"name": run.name, "kind": run.kind, "commit": run.commit} for run in runs],
            "changes": _changes_json(runs),
        }
    )


def _unambiguous(runs: Sequence[Run], sources: Sequence[str]) -> list[Run]:
    """Call runs of one name by folder and file, where the caller gave them no name."""
    names = [run.name for run in runs]
    return [
        run
        if run.is_named or names.count(run.name) == 1
        else run.named(f"{Path(source).parent.name}/{run.name}")
        for run, source in zip(runs, sources, strict=True)
    ]


def _split(source: str) -> tuple[str, Path]:
    name, equals, path = source.partition("=")
    if not equals or Path(source).is_file():
        return "", Path(source)
    return name, Path(path)


def _changes_json(runs: Sequence[Run]) -> list[dict[str, object]]:
    from vantay.report.run_report import find_changes, group_runs  # noqa: PLC0415

    return [
        {"from": first.name, "to": other.name, **change.as_json()}
        for first, *others in group_runs(runs)
        for other in others
        for change in find_changes(first, other)
    ]
