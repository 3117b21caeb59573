"""``vantay compare``: two files, no database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.finger_option import ExistingFileType
from vantay.cli.options import comparison_options, ppi_option, table_option
from vantay.cli.output import print_json, print_table, rounded
from vantay.cli.recognition import EXIT_NO_MATCH
from vantay.settings import EngineSettings

if TYPE_CHECKING:
    from vantay.types import Comparison, FingerImage, FingerTemplate
    from vantay.workbench import Workbench


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
@click.option("--face", "is_face", is_flag=True, help="PROBE and REFERENCE are photos of faces.")
@ppi_option
@comparison_options
@table_option
def compare(
    probe: Path,
    reference: Path,
    *,
    picture: Path | None,
    threshold_fmr: float | None,
    is_face: bool,
    ppi: float | None,
    settings: EngineSettings,
    as_table: bool,
) -> None:
    """Compare two images or template records, PROBE and REFERENCE. Exit code 3 if they do not match.

    They are of fingers, or with --face photos of faces: JPEG, PNG, JPEG 2000, or ISO/IEC 19794-5 records.
    Nothing is enrolled; no database is needed.
    """
    from vantay.engine import Engine  # noqa: PLC0415 - keeps --help quick

    if is_face and (picture is not None or ppi is not None):
        raise click.UsageError("--picture and --ppi are for fingers, expected --face without them")
    if picture is not None and not picture.parent.is_dir():
        raise click.UsageError(f"--picture {picture}: there is no folder {picture.parent}")
    engine = Engine.without_store(settings)
    threshold = engine.verification_threshold(threshold_fmr)
    if is_face:
        score, details = _compare_faces(engine, probe, reference)
    else:
        score, details = _compare_fingers(engine, (probe, reference), ppi, picture, threshold)
    is_match = score >= threshold
    answer = {
        "is_match": is_match,
        "score": round(score, 3),
        "threshold": round(threshold, 3),
        **details,
    }
    if as_table:
        print_table(("what", "value"), [(k, v) for k, v in answer.items() if not isinstance(v, dict)])
    else:
        print_json(answer)
    if not is_match:
        raise click.exceptions.Exit(EXIT_NO_MATCH)


def _compare_faces(engine: Workbench, probe: Path, reference: Path) -> tuple[float, dict[str, object]]:
    templates = [engine.extract_face(path) for path in (probe, reference)]
    result = engine.compare_faces(*templates)
    return result.score, {
        "cosine": round(result.cosine, 4),
        "qualities": {"probe": templates[0].quality, "reference": templates[1].quality},
        "model": {"name": templates[0].model, "version": templates[0].model_version},
    }


def _compare_fingers(
    engine: Workbench, paths: tuple[Path, Path], ppi: float | None, picture: Path | None, threshold: float
) -> tuple[float, dict[str, object]]:
    # Before the long work: a record cannot be drawn
    images = [engine.read_image(path, ppi=ppi) for path in paths] if picture else []
    templates = [engine.extract(path, ppi=ppi) for path in paths]
    result = engine.compare(*templates)
    if picture is not None:
        _write_picture(picture, images, templates, result, threshold)
    return result.score, {
        "n_pairs": len(result.pairs),
        "n_minutiae": {"probe": templates[0].n_minutiae, "reference": templates[1].n_minutiae},
        "qualities": {"probe": templates[0].quality, "reference": templates[1].quality},
        "extractors": {"probe": _extractor_of(templates[0]), "reference": _extractor_of(templates[1])},
        "evidence": rounded(result.evidence, 4),
    }


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
