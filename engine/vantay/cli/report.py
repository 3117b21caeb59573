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
    whether a test finds it more than chance. The answer in JSON holds these changes too. A run is called by
    its file's name unless NAME= stands before it.
    """
    from vantay.report.run_report import read_run, render_report  # noqa: PLC0415 - keeps --help quick

    expect_json(ctx)
    try:
        runs = [read_run(path, name) for name, path in _named(sources)]
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


def _named(sources: Sequence[str]) -> list[tuple[str, Path]]:
    """Name the runs by what stands before the file, or by the file, with its folder if needed."""
    typed = [_split(source) for source in sources]
    stems = [name or path.stem for name, path in typed]
    return [
        (name or (stem if stems.count(stem) == 1 else f"{path.parent.name}/{stem}"), path)
        for (name, path), stem in zip(typed, stems, strict=True)
    ]


def _split(source: str) -> tuple[str, Path]:
    name, equals, path = source.partition("=")
    if not equals or Path(source).is_file():
        return "", Path(source)
    return name, Path(path)


def _changes_json(runs: Sequence[Run]) -> list[dict[str, object]]:
    from vantay.report.run_report import find_changes  # noqa: PLC0415

    changes: list[dict[str, object]] = []
    for kind in dict.fromkeys(run.kind for run in runs):
        first, *others = (run for run in runs if run.kind == kind)
        changes += [
            {"from": first.name, "to": other.name, **change.as_json()}
            for other in others
            for change in find_changes(first, other)
        ]
    return changes
