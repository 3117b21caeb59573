"""``vantay evaluate identification``: open-set 1:N on a synthetic population."""

from __future__ import annotations

from pathlib import Path

import click

from vantay.cli.wrong_usage import wrong_usage

INDEX_FROM_SUBJECTS = 2000
"""Fewer are sooner compared than indexed, and exhaustive search is what the figures of small runs were."""

_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("identification")
@click.option("--subjects", "n_subjects", type=click.IntRange(10), required=True, help="People to enrol.")
@click.option(
    "--searches",
    "n_searches",
    type=click.IntRange(1),
    required=True,
    help="Searches of enrolled people, and as many of people who are not.",
)
@click.option(
    "--impression",
    type=click.Choice(["livescan", "fvc-hard"]),
    default="livescan",
    show_default=True,
    help="How good the prints are.",
)
@click.option(
    "--fingers",
    type=click.Choice(["10", "4", "2", "1", "0"]),
    default="10",
    show_default=True,
    help="Which: all, four of the right hand, both index fingers, the right one, none (with --face).",
)
@click.option("--face", "has_face", is_flag=True, help="Enrol faces too and search with them.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is other people.")
@click.option(
    "--target-fpir",
    type=click.FloatRange(0, 1, min_open=True),
    default=1e-3,
    show_default=True,
    help="Rate of false positives that the engine's threshold is set for.",
)
@click.option(
    "--search",
    type=click.Choice(["index", "exhaustive"]),
    help="By the engine's index (default from 2,000 subjects on), or by comparing everyone.",
)
@click.option("--oracle", is_flag=True, help="Make the searches of the index exhaustively too: who was lost?")
@click.option("--store", "has_store", is_flag=True, help="Load people into a temporary store to index them.")
@click.option(
    "--threads",
    "n_threads",
    type=click.IntRange(1, 1024),
    default=1,
    show_default=True,
    help="Threads of an exhaustive search, and of building an index.",
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(allow_dash=True, path_type=Path),
    help="Write all figures and curves here; - is stdout.",
)
@click.option("--plot", "plot_path", type=_OUTPUT, help="Draw error rates, reliability and times here.")
def evaluate_identification(
    *,
    n_subjects: int,
    n_searches: int,
    impression: str,
    fingers: str,
    has_face: bool,
    seed: int,
    target_fpir: float,
    search: str | None,
    oracle: bool,
    has_store: bool,
    n_threads: int,
    **outputs: Path | None,
) -> None:
    """Search a gallery of synthetic people (1:N), for some who are in it and for some who are not.

    The first encounter of each subject is enrolled, the second one searched with. One run measures galleries
    of all, a tenth and a hundredth of the subjects. Tables go to standard error. Exhaustive searches list 100
    candidates, searches of the index 10, as in the engine.
    """
    from rich.console import Console  # noqa: PLC0415 - keeps --help quick

    from vantay.evaluation import identification_report as report  # noqa: PLC0415
    from vantay.evaluation.fvc_report import OutputFiles  # noqa: PLC0415
    from vantay.evaluation.identification import FINGERS  # noqa: PLC0415
    from vantay.evaluation.identification_index import (  # noqa: PLC0415
        IndexSearcher,
        make_index,
        shortlist_losses,
    )
    from vantay.evaluation.identification_index_store import index_through_store  # noqa: PLC0415
    from vantay.evaluation.identification_population import make_task  # noqa: PLC0415
    from vantay.evaluation.identification_search import ExhaustiveSearcher  # noqa: PLC0415
    from vantay.evaluation.run_file import write_run  # noqa: PLC0415
    from vantay.report.search_plots import plot_identification  # noqa: PLC0415
    from vantay_datasets.synthetic.minutiae import TemplateLevel  # noqa: PLC0415

    if fingers == "0" and not has_face:
        raise click.UsageError("no finger and no face: give --fingers, --face, or both")
    search = search or ("index" if n_subjects >= INDEX_FROM_SUBJECTS else "exhaustive")
    if search == "exhaustive" and (oracle or has_store):
        raise click.UsageError("--oracle and --store are about the index: give --search index")
    console = Console(stderr=True)
    files = OutputFiles(**outputs)
    with wrong_usage():
        files.check()
        task = make_task(
            n_subjects,
            n_searches,
            TemplateLevel(impression),
            FINGERS.get(int(fingers), ()),
            has_face=has_face,
            seed=seed,
            n_threads=n_threads,
        )
    everyone = ExhaustiveSearcher(target_fpir, n_threads)
    index = IndexSearcher(target_fpir, n_threads, index_through_store if has_store else make_index)
    searcher = index if search == "index" else everyone
    figures = report.run_identification(console, task, searcher, target_fpir)
    report.print_figures(console, figures)
    if search == "index":
        report.print_looked_at(console, index.mean_looked_at)
    if oracle:
        exact = report.run_identification(console, task, everyone, target_fpir)
        report.print_losses(console, shortlist_losses(figures, exact))
    parameters = {
        "n_subjects": n_subjects,
        "n_searches": n_searches,
        "impression": impression,
        "n_fingers": int(fingers),
        "has_face": has_face,
        "seed": seed,
        "target_fpir": target_fpir,
        "n_threads": n_threads,
        "searcher": searcher.name,
    }
    run = report.make_run(figures, parameters)
    if files.json_path:
        write_run(files.json_path, run)
    if files.plot_path:
        plot_identification(files.plot_path, run.curves, title_of(parameters))


def title_of(parameters: dict[str, object]) -> str:
    """Say in a line what was measured."""
    n_fingers = parameters["n_fingers"]
    samples = [f"{n_fingers} finger{'' if n_fingers == 1 else 's'}"] if n_fingers else []
    samples += ["face"] if parameters["has_face"] else []
    return (
        f"Open-set identification of {parameters['n_subjects']:,} synthetic subjects "
        f"by {' and '.join(samples)}, {parameters['impression']}"
    )
