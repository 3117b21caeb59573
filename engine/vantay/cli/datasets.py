"""``vantay datasets``: list, validate and make sets of samples."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from vantay.cli.options import table_option
from vantay.cli.output import message_of, print_json, print_table, warn

if TYPE_CHECKING:
    from vantay.engine import Engine
    from vantay_datasets.sample import Sample
    from vantay_datasets.summary import SourceSummary

EXIT_VIOLATIONS = 1
_SOURCE = click.Path(exists=True, path_type=Path)


@click.group()
def datasets() -> None:
    """List, validate and make sets of samples: folders, interchange files, bulk files.

    SOURCE is a folder of FVC, of subjects, or of ANSI/NIST-ITL and ISO/IEC 19794-4 files; one such file; a
    bulk file (.parquet, .jsonl); or a pairs file of LFW (.txt).
    """


class _Finding(NamedTuple):
    """Something wrong with one row or sample of a source."""

    row: int | None
    column: str | None
    sample: str | None
    message: str


class _Checked:
    """Findings as they come, and how many rows or samples were looked at for them."""

    def __init__(self) -> None:
        self.n_checked = 0

    def bulk_findings(self, path: Path) -> Iterator[_Finding]:
        from vantay.errors import InvalidSample, UnsupportedFormatVersion  # noqa: PLC0415 - keeps --help quick
        from vantay_datasets.bulk import read_checked_rows  # noqa: PLC0415

        try:
            for checked in read_checked_rows(path):
                self.n_checked += 1
                for row, column, message in checked.violations:
                    yield _Finding(row, column or None, None, message)
        except (InvalidSample, UnsupportedFormatVersion) as error:
            yield _Finding(None, None, None, str(error))

    def sample_findings(self, path: Path) -> Iterator[_Finding]:
        from vantay.engine import Engine  # noqa: PLC0415
        from vantay.settings import EngineSettings  # noqa: PLC0415
        from vantay_datasets.sample import Sample  # noqa: PLC0415
        from vantay_datasets.source import open_source  # noqa: PLC0415

        engine = Engine.without_store(EngineSettings())
        for sample in open_source(path).samples:
            self.n_checked += 1
            if not isinstance(sample, Sample):
                yield _Finding(None, None, None, str(sample))
            elif message := _fault_of(sample, engine):
                yield _Finding(None, None, sample.source, message)


@datasets.command("list")
@click.argument("source", type=_SOURCE)
@table_option
def list_source(source: Path, *, as_table: bool) -> None:
    """Count what SOURCE holds: subjects, fingers, faces, resolutions, and what cannot be read.

    Images are not opened; `vantay datasets validate` does.
    """
    from vantay_datasets.source import open_source  # noqa: PLC0415
    from vantay_datasets.summary import summarise  # noqa: PLC0415

    opened = open_source(source)
    summary = summarise(opened.samples)
    if as_table:
        rows = [row for name, counts in _counters(summary) for row in _counter_rows(name, counts)]
        print_table(("what", "which", "samples"), rows, title=_headline(source, opened.reader, summary))
        for failure in summary.failures:
            warn(message_of(failure))
        return
    print_json(
        {
            "source": str(source),
            "reader": opened.reader,
            "n_subjects": len(summary.subjects),
            "n_encounters": len(summary.encounters),
            "n_samples": summary.n_samples,
            **{name: _keyed(counts) for name, counts in _counters(summary)},
            "n_failures": summary.n_failures,
            "failures": [message_of(failure) for failure in summary.failures],
        }
    )


@datasets.command()
@click.argument("source", type=_SOURCE)
@click.option(
    "--max-violations",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Stop after so many.",
)
@table_option
@click.pass_context
def validate(ctx: click.Context, source: Path, *, max_violations: int, as_table: bool) -> None:
    """Check every row of a bulk file, or every image and record of another SOURCE. Exit code 1 if any fails.

    A bulk file is held against the schema, with row and column of what breaks it. Images of other sources are
    opened as the engine would, one after the other: what cannot be read is reported, and the rest goes on.
    Slaps and palms are not opened.
    """
    from vantay_datasets.bulk import is_bulk_path  # noqa: PLC0415

    checked = _Checked()
    is_bulk = source.is_file() and is_bulk_path(source)
    all_findings = checked.bulk_findings(source) if is_bulk else checked.sample_findings(source)
    findings = list(itertools.islice(all_findings, max_violations))
    is_complete = next(all_findings, None) is None if len(findings) == max_violations else True
    _print_findings(source, checked.n_checked, findings, is_complete=is_complete, as_table=as_table)
    if findings:
        ctx.exit(EXIT_VIOLATIONS)


@datasets.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--subjects", "n_subjects", type=click.IntRange(1), required=True, help="How many people.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is other people.")
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
    help="How many fingers of each.",
)
@click.option("--no-face", is_flag=True, help="Leave faces out.")
@click.option(
    "--encounters",
    "n_encounters",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="How often each is captured.",
)
@click.option(
    "--images",
    "n_image_subjects",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of so many people, from the first, fingers are images instead of templates; slow.",
)
@click.option(
    "--threads",
    "n_threads",
    type=click.IntRange(1, 1024),
    default=2,
    show_default=True,
    help="Threads to use.",
)
@table_option
def make(
    out: Path, *, n_subjects: int, seed: int, impression: str, fingers: str, as_table: bool, **plan: Any
) -> None:
    """Write a synthetic population into the bulk file OUT (.parquet, or .jsonl for JSON lines).

    The same seed gives the same people on every machine, and a larger population begins with those of a
    smaller one. Labels tell twins, second records of a person, and swapped fingers.
    """
    from rich.console import Console  # noqa: PLC0415 - keeps --help quick
    from rich.progress import Progress  # noqa: PLC0415

    from vantay.evaluation.population_file import PopulationFilePlan, write_population  # noqa: PLC0415
    from vantay_datasets.synthetic.minutiae import TemplateLevel  # noqa: PLC0415
    from vantay_datasets.synthetic.population import FINGER_SETS, Population  # noqa: PLC0415

    file_plan = PopulationFilePlan(
        level=TemplateLevel(impression),
        positions=FINGER_SETS.get(int(fingers), ()),
        with_faces=not plan.pop("no_face"),
        **plan,
    )
    console = Console(stderr=True)
    columns = Progress.get_default_columns()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("subjects", total=n_subjects)
        n_rows = write_population(
            Population(seed, n_subjects), out, file_plan, advance=lambda: progress.advance(task)
        )
    made = {"file": str(out), "n_subjects": n_subjects, "n_rows": n_rows, "n_bytes": out.stat().st_size}
    if as_table:
        print_table(tuple(made), [tuple(made.values())])
    else:
        print_json(made)


def _fault_of(sample: Sample, engine: Engine) -> str | None:
    """Open a sample as the engine would; what is wrong with it, or None."""
    from vantay.errors import CallerError  # noqa: PLC0415
    from vantay.face.image import read_face_image  # noqa: PLC0415
    from vantay_datasets.sample import Modality  # noqa: PLC0415

    try:
        if sample.record is not None:
            engine.read_record(sample.record)
        elif sample.image is not None and sample.modality is Modality.FACE:
            read_face_image(sample.image)
        elif sample.image is not None and sample.is_single_finger:
            engine.read_image(sample.image, ppi=sample.ppi)
    except (CallerError, OSError) as error:
        return message_of(error)
    return None


def _print_findings(
    source: Path, n_checked: int, findings: list[_Finding], *, is_complete: bool, as_table: bool
) -> None:
    if not is_complete:
        warn(f"stopped after {len(findings)} violations; there are more (--max-violations)")
    if as_table:
        rows = [(f.row, f.column, f.sample, message_of(f.message)) for f in findings]
        title = f"{source}: {n_checked} checked, {len(findings)} violations"
        print_table(("row", "column", "sample", "message"), rows, title=title)
        return
    print_json(
        {
            "source": str(source),
            "n_checked": n_checked,
            "is_complete": is_complete,
            "n_violations": len(findings),
            "violations": [{**f._asdict(), "message": message_of(f.message)} for f in findings],
        }
    )


def _counters(summary: SourceSummary) -> tuple[tuple[str, Counter[Any]], ...]:
    return (
        ("modalities", summary.modalities),
        ("forms", summary.forms),
        ("fingers", summary.fingers),
        ("areas", summary.areas),
        ("resolutions_ppi", summary.resolutions_ppi),
    )


def _keyed(counts: Counter[Any]) -> dict[str, int]:
    return {_key(key): number for key, number in counts.most_common()}


def _key(key: object) -> str:
    if key is None:
        return "not said"
    return f"{key:g}" if isinstance(key, float) else str(key)


def _counter_rows(name: str, counts: Counter[Any]) -> list[tuple[str, str, int]]:
    return [(name, key, number) for key, number in _keyed(counts).items()]


def _headline(source: Path, reader: str, summary: SourceSummary) -> str:
    return (
        f"{source} ({reader}): {len(summary.subjects)} subjects, {len(summary.encounters)} encounters, "
        f"{summary.n_samples} samples, {summary.n_failures} failures"
    )
