"""``vantay deduplicate``: every subject searched among all others."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from vantay.cli.options import search_options, table_option
from vantay.cli.output import print_json, print_table, warn
from vantay.cli.transfer_bar import TransferBar
from vantay.cli.whom_options import status_option
from vantay.settings import EngineSettings


@click.command()
@click.option(
    "--out",
    "-o",
    "path",
    required=True,
    metavar="PAIRS.jsonl",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the pairs; how far it came stands beside it, in PAIRS.jsonl.progress.",
)
@click.option(
    "--target-fpir",
    type=click.FloatRange(0, 1, min_open=True),
    help="Wanted rate of searches that find a stranger: of N subjects, up to N times this many pairs are "
    "false.  [default: 0.001]",
)
@click.option(
    "--max-candidates",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="How many others one search finds at most.",
)
@status_option
@click.option(
    "--sequence-check/--no-sequence-check",
    "checks_sequence",
    default=True,
    help="Also try the fingers as those of the other hand and in reversed order, three times the work.  "
    "[default: yes]",
)
@click.option(
    "--limit", type=click.IntRange(1), help="Search this many subjects, and leave the rest to the next run."
)
@click.option(
    "--resume/--restart",
    "is_resume",
    default=True,
    help="Go on where a run with the same file ended, or begin anew.  [default: resume]",
)
@search_options
@table_option
def deduplicate(
    path: Path,
    *,
    target_fpir: float | None,
    max_candidates: int,
    status: str | None,
    checks_sequence: bool,
    limit: int | None,
    is_resume: bool,
    settings: EngineSettings,
    as_table: bool,
) -> None:
    """Search every subject among all others, and write the pairs that seem to be one person.

    Each pair is there once, whichever of the two found the other, best score first. When the command is
    killed, the same command goes on where it was; when it was over, it takes those who changed since.
    """
    from vantay import DeduplicationPlan  # noqa: PLC0415 - keeps --help quick
    from vantay.engine import Engine  # noqa: PLC0415

    plan = DeduplicationPlan(
        target_fpir=settings.target_fpir if target_fpir is None else target_fpir,
        checks_sequence=checks_sequence,
        max_candidates=max_candidates,
        status=status,
        n_threads=settings.n_threads,
        limit=limit,
        is_restart=not is_resume,
    )
    with Engine.open(settings=settings, create=False) as engine, TransferBar("searches") as bar:
        summary = engine.deduplicate(
            path, plan, advance=lambda n, of: bar.advance(f"{of} subjects", n, lambda: of)
        )
    n_false = round(summary.n_false_pairs_expected, 6)
    answer = asdict(summary) | {"path": str(path), "n_false_pairs_expected": n_false}
    if as_table:
        print_table(("what", "value"), list(answer.items()))
    else:
        print_json(answer)
    if summary.n_left:
        warn(f"{summary.n_left} subjects are still to be searched: run the same command again")
