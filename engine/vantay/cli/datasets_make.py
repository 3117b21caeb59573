"""``vantay datasets make``: a synthetic population as a bulk file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.output import expect_json, print_json
from vantay.errors import CallerError

if TYPE_CHECKING:
    from vantay.evaluation.population_file import PopulationFilePlan
    from vantay_datasets.synthetic.population import Population


@click.command("make")
@click.argument("output", metavar="OUT", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option(
    "--subjects", "n_subjects", type=click.IntRange(1), required=True, help="How many people to make."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**64 - 1), default=1, show_default=True, help="Of the population."
)
@click.option(
    "--impression",
    type=click.Choice(["livescan", "fvc-hard"]),
    default="livescan",
    show_default=True,
    help="How good the prints are: operational ten-prints, or the deliberately bad ones of competitions.",
)
@click.option(
    "--fingers",
    "n_fingers",
    type=click.Choice(["10", "4", "2", "1"]),
    default="10",
    show_default=True,
    help="All; index and middle fingers; index fingers; the right index.",
)
@click.option("--face/--no-face", "with_faces", default=True, show_default=True, help="Write faces.")
@click.option(
    "--encounters",
    "n_encounters",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Of each subject, one to three years apart.",
)
@click.option(
    "--images",
    "n_image_subjects",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of how many subjects, from the first, to write prints as images instead of templates.",
)
@click.option(
    "--threads",
    "n_threads",
    type=click.IntRange(1, 1024),
    default=2,
    show_default=True,
    help="Threads to use.",
)
@click.pass_context
def make_dataset(
    ctx: click.Context,
    output: Path,
    *,
    n_subjects: int,
    seed: int,
    impression: str,
    n_fingers: str,
    with_faces: bool,
    n_encounters: int,
    n_image_subjects: int,
    n_threads: int,
) -> None:
    """Write a synthetic population to OUT, in Parquet (.parquet) or JSON lines (.jsonl) by its suffix.

    Nobody in it exists. The same seed gives the same people, and a larger population begins with those of a
    smaller one. Twins, returning persons and mistakes are labelled.
    """
    from vantay.evaluation.population_file import PopulationFilePlan  # noqa: PLC0415 - keeps --help quick
    from vantay_datasets.bulk import is_bulk_path  # noqa: PLC0415
    from vantay_datasets.synthetic.minutiae import TemplateLevel  # noqa: PLC0415
    from vantay_datasets.synthetic.population import FINGER_SETS, Population  # noqa: PLC0415

    expect_json(ctx)
    if not is_bulk_path(output):
        raise click.UsageError(f"{output}: expected a name that ends in .parquet or .jsonl")
    plan = PopulationFilePlan(
        level=TemplateLevel(impression),
        positions=FINGER_SETS[int(n_fingers)],
        with_faces=with_faces,
        n_encounters=n_encounters,
        n_image_subjects=min(n_image_subjects, n_subjects),
        n_threads=n_threads,
    )
    n_rows = _write(Population(seed, n_subjects), output, plan)
    print_json(
        {
            "file": str(output),
            "subjects": n_subjects,
            "rows": n_rows,
            "size_bytes": output.stat().st_size,
            "seed": seed,
        }
    )


def _write(population: Population, output: Path, plan: PopulationFilePlan) -> int:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415

    from vantay.evaluation.population_file import write_population  # noqa: PLC0415

    console = Console(stderr=True)
    columns = ("Making subjects", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=population.size)
            return write_population(population, output, plan, advance=lambda: progress.advance(task))
    except OSError as error:
        raise CallerError(f"{output} cannot be written: {error.strerror or error}") from error
