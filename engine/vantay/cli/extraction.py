"""Commands about template records: make them of images, print them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.finger_option import ExistingFileType, PositionType
from vantay.cli.options import extractor_options, ppi_option, table_option
from vantay.cli.output import expect_json, print_json, print_table, warn
from vantay.errors import InvalidTemplate, VantayError
from vantay.settings import EngineSettings
from vantay.types import FingerPosition, MinutiaType

if TYPE_CHECKING:
    from vantay.fingerprint.extraction import Extractor
    from vantay.types import FingerTemplate


RECORD_FORMATS = {
    "iso2005": "ISO_19794_2_2005",
    "iso2011": "ISO_19794_2_2011",
    "ansi2004": "ANSI_378_2004",
    "ansi2009": "ANSI_378_2009",
}
"""What ``--format`` takes, and the member of `RecordFormat` that it means."""


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="IMAGE...")
@click.option(
    "--output",
    "-o",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the records, made if it is not there; a record is named after its image, with .fmr.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(RECORD_FORMATS)),
    default="iso2005",
    show_default=True,
    help="ISO/IEC 19794-2 or ANSI INCITS 378, and its year.",
)
@click.option(
    "--position",
    type=PositionType(),
    default="unknown",
    show_default=True,
    help="Which finger the images show.",
)
@ppi_option
@extractor_options
@table_option
def extract(
    images: tuple[Path, ...],
    *,
    folder: Path,
    format_name: str,
    position: FingerPosition,
    ppi: float | None,
    settings: EngineSettings,
    as_table: bool,
) -> None:
    """Make a template record of each IMAGE.

    An image that cannot be used does not stop the others: it is reported at the end, and the exit code is 1.
    A record that is there already is replaced.
    """
    from vantay.search import extractor_of  # noqa: PLC0415 - keeps --help quick

    targets = _targets(images, folder)
    folder.mkdir(parents=True, exist_ok=True)
    extractor = extractor_of(settings)
    written: list[dict[str, object]] = []
    rejects: list[dict[str, str]] = []
    for image in _with_progress(images):
        try:
            template = _extract_one(image, extractor, position, ppi)
        except VantayError as error:
            rejects.append({"image": str(image), "type": type(error).__name__, "message": str(error)})
        else:
            _write_record(targets[image], template, format_name)
            written.append(_written_json(image, targets[image], template))
    for reject in rejects:
        warn(f"rejected {reject['image']}: {reject['message']}")
    if as_table:
        print_table(("image", "record", "minutiae", "quality"), [tuple(row.values()) for row in written])
    else:
        print_json({"written": written, "rejects": rejects})
    if rejects:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("record", type=ExistingFileType(), metavar="FILE")
@click.option("--no-minutiae", is_flag=True, help="Leave the minutiae out.")
@click.pass_context
def template(ctx: click.Context, record: Path, *, no_minutiae: bool) -> None:
    """Print the template record in FILE as JSON; its format is recognised.

    Positions are pixels at 500 ppi from the top left corner, angles are units of 360/256 degrees,
    counter-clockwise from the x axis.
    """
    from vantay.fingerprint.codec import decode  # noqa: PLC0415

    expect_json(ctx)
    try:
        templates = decode(record.read_bytes())
    except InvalidTemplate as error:
        raise InvalidTemplate(f"{record}: {error}") from error
    print_json({"templates": [_template_json(t, with_minutiae=not no_minutiae) for t in templates]})


def _targets(images: Sequence[Path], folder: Path) -> dict[Path, Path]:
    targets: dict[Path, Path] = {}
    images_by_target: dict[Path, Path] = {}
    for image in dict.fromkeys(images):
        target = folder / f"{image.stem}.fmr"
        if target in images_by_target:
            raise click.UsageError(f"{images_by_target[target]} and {image} would both become {target}")
        targets[image] = target
        images_by_target[target] = image
    return targets


def _extract_one(
    image: Path, extractor: Extractor, position: FingerPosition, ppi: float | None
) -> FingerTemplate:
    from vantay.fingerprint.image import read_finger_image  # noqa: PLC0415

    return extractor.extract(read_finger_image(image, ppi=ppi, position=position))


def _write_record(target: Path, template: FingerTemplate, format_name: str) -> None:
    from vantay.fingerprint.codec import RecordFormat, encode  # noqa: PLC0415

    # Under another name first: a killed run leaves no half record behind
    unfinished = target.with_suffix(".fmr.part")
    unfinished.write_bytes(encode(template, RecordFormat[RECORD_FORMATS[format_name]]))
    unfinished.replace(target)


def _with_progress(images: Sequence[Path]) -> Iterator[Path]:
    """Go through the images; on a terminal, with a progress bar on standard error."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import track  # noqa: PLC0415

    console = Console(stderr=True)
    yield from track(images, "Extracting", console=console, disable=not console.is_terminal, transient=True)


def _written_json(image: Path, target: Path, template: FingerTemplate) -> dict[str, object]:
    return {
        "image": str(image),
        "record": str(target),
        "n_minutiae": template.n_minutiae,
        "quality": template.quality,
    }


def _template_json(template: FingerTemplate, *, with_minutiae: bool) -> dict[str, object]:
    head: dict[str, object] = {
        "finger": template.position.name,
        "width_px": template.width_px,
        "height_px": template.height_px,
        "quality": template.quality,
        "extractor": template.extractor,
        "extractor_version": template.extractor_version,
        "n_minutiae": template.n_minutiae,
    }
    if not with_minutiae:
        return head
    minutiae = [
        {
            "x_px": int(m["x_px"]),
            "y_px": int(m["y_px"]),
            "angle": int(m["angle"]),
            "type": MinutiaType(int(m["type"])).name,
            "quality": int(m["quality"]),
        }
        for m in template.minutiae
    ]
    return head | {"minutiae": minutiae}
