"""``vantay compare``: two files, no database."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.finger_option import ExistingFileType
from vantay.cli.options import extractor_options, ppi_option, table_option
from vantay.cli.output import print_json, print_table, rounded
from vantay.cli.recognition import EXIT_NO_MATCH
from vantay.settings import EngineSettings
from vantay.types import FingerPosition

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
    from vantay.fingerprint.comparison import compare as compare_templates  # noqa: PLC0415 - keeps --help quick
    from vantay.fingerprint.comparison import prepare  # noqa: PLC0415
    from vantay.search import verification_threshold  # noqa: PLC0415

    _check_picture(picture, probe, reference)
    threshold = verification_threshold(settings.threshold_fmr if threshold_fmr is None else threshold_fmr)
    templates = _templates((probe, reference), settings, ppi)
    result = compare_templates(prepare(templates[0]), prepare(templates[1]))
    if picture is not None:
        images = _images((probe, reference), ppi)
        _write_picture(picture, images, templates, result, threshold)
    is_match = result.score >= threshold
    answer = {
        "is_match": is_match,
        "score": round(result.score, 3),
        "threshold": round(threshold, 3),
        "n_pairs": len(result.pairs),
        "n_minutiae": {"probe": templates[0].n_minutiae, "reference": templates[1].n_minutiae},
        "qualities": {"probe": templates[0].quality, "reference": templates[1].quality},
        "evidence": rounded(result.evidence, 4),
    }
    if as_table:
        print_table(("what", "value"), [(k, v) for k, v in answer.items() if not isinstance(v, dict)])
    else:
        print_json(answer)
    if not is_match:
        raise click.exceptions.Exit(EXIT_NO_MATCH)


def _templates(
    paths: tuple[Path, Path], settings: EngineSettings, ppi: float | None
) -> tuple[FingerTemplate, FingerTemplate]:
    from vantay.search import acquire, extractor_of  # noqa: PLC0415

    extractor = functools.cache(lambda: extractor_of(settings))  # a model is loaded once, or not at all
    unknown = FingerPosition.UNKNOWN
    probe, reference = (acquire({unknown: path}, extractor, ppi=ppi).templates[unknown] for path in paths)
    return probe, reference


def _check_picture(picture: Path | None, *sources: Path) -> None:
    """Refuse what cannot be drawn before the long work."""
    from vantay.search import record_of  # noqa: PLC0415

    if picture is None:
        return
    if not picture.parent.is_dir():
        raise click.UsageError(f"--picture {picture}: there is no folder {picture.parent}")
    for source in sources:
        if record_of(source) is not None:
            raise click.UsageError(f"--picture needs two images, but {source} is a template record")


def _images(paths: tuple[Path, Path], ppi: float | None) -> tuple[FingerImage, FingerImage]:
    from vantay.fingerprint.image import normalise_finger_image, read_finger_image  # noqa: PLC0415

    probe, reference = (normalise_finger_image(read_finger_image(path, ppi=ppi)) for path in paths)
    return probe, reference


def _write_picture(
    picture: Path,
    images: tuple[FingerImage, FingerImage],
    templates: tuple[FingerTemplate, FingerTemplate],
    result: Comparison,
    threshold: float,
) -> None:
    from PIL import Image  # noqa: PLC0415

    from vantay.report.comparison_picture import draw_comparison  # noqa: PLC0415

    drawing = draw_comparison(*images, *templates, result, threshold=threshold)
    Image.fromarray(drawing).save(picture, format="PNG")
