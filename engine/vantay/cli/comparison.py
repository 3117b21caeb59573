"""``vantay compare``: two files, no database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.finger_option import ExistingFileType
from vantay.cli.options import extractor_options, ppi_option, table_option
from vantay.cli.output import print_json, print_table, rounded
from vantay.cli.recognition import EXIT_NO_MATCH
from vantay.settings import EngineSettings

if TYPE_CHECKING:
    from vantay.types import Comparison, FingerImage, FingerTemplate


@click.command()
@click.argument("probe", type=ExistingFileType())
@click.argument("reference", type=ExistingFileType())
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw both prints side by side with the paired minutiae into this PNG file; needs two images.",
)
@click.option(
    "--threshold-fmr",
    type=float,
    help="False match rate at which to decide.  [default: 0.0001, a score of 40]",
)
@ppi_option
@extractor_options
@table_option
def compare(
    probe: Path,
    reference: Path,
    *,
    picture: Path | None,
    threshold_fmr: float | None,
    ppi: float | None,
    settings: EngineSettings,
    as_table: bool,
) -> None:
    """Compare two images or template records, PROBE and REFERENCE. Exit code 3 if they do not match.

    Nothing is enrolled; no database is needed.
    """
    from vantay.engine import Engine  # noqa: PLC0415 - keeps --help quick

    if picture is not None and not picture.parent.is_dir():
        raise click.UsageError(f"--picture {picture}: there is no folder {picture.parent}")
    engine = Engine.without_store(settings)
    threshold = engine.verification_threshold(threshold_fmr)
    # Before the long work: a record cannot be drawn
    images = [engine.read_image(path, ppi=ppi) for path in (probe, reference)] if picture else []
    templates = [engine.extract(path, ppi=ppi) for path in (probe, reference)]
    result = engine.compare(*templates)
    if picture is not None:
        _write_picture(picture, images, templates, result, threshold)
    is_match = result.score >= threshold
    answer = {
        "is_match": is_match,
        "score": round(result.score, 3),
        "threshold": round(threshold, 3),
        "n_pairs": len(result.pairs),
        "n_minutiae": {"probe": templates[0].n_minutiae, "reference": templates[1].n_minutiae},
        "qualities": {"probe": templates[0].quality, "reference": templates[1].quality},
        "extractors": {"probe": _extractor_of(templates[0]), "reference": _extractor_of(templates[1])},
        "evidence": rounded(result.evidence, 4),
    }
    if as_table:
        print_table(("what", "value"), [(k, v) for k, v in answer.items() if not isinstance(v, dict)])
    else:
        print_json(answer)
    if not is_match:
        raise click.exceptions.Exit(EXIT_NO_MATCH)


def _extractor_of(template: FingerTemplate) -> dict[str, str]:
    return {"name": template.extractor, "version": template.extractor_version}


def _write_picture(
    picture: Path,
    images: Sequence[FingerImage],
    templates: Sequence[FingerTemplate],
    result: Comparison,
    threshold: float,
) -> None:
    from PIL import Image  # noqa: PLC0415

    from vantay.report.comparison_picture import draw_comparison  # noqa: PLC0415

    drawing = draw_comparison(images[0], images[1], templates[0], templates[1], result, threshold=threshold)
    Image.fromarray(drawing).save(picture, format="PNG")
