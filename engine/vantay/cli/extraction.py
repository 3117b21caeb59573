"""Commands about template records: make them of images, print them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from vantay.cli.finger_option import ExistingFileType, PositionType
from vantay.cli.options import extractor_options, ppi_option, table_option
from vantay.cli.output import expect_json, message_of, print_json, print_table, warn
from vantay.errors import VantayError
from vantay.settings import EngineSettings
from vantay.types import FingerPosition, MinutiaType

if TYPE_CHECKING:
    from vantay import RecordFormat
    from vantay.types import FingerTemplate
_Result = TypeVar("_Result")

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
    from vantay.engine import Engine  # noqa: PLC0415 - keeps --help quick

    targets = _targets(images, folder)
    folder.mkdir(parents=True, exist_ok=True)
    engine = Engine.without_store(settings)
    written: list[dict[str, object]] = []
    rejects: list[dict[str, str]] = []
    for image, result in _with_progress(targets, engine.extract_many(targets, position=position, ppi=ppi)):
        if isinstance(result, VantayError):
            rejects.append(
                {"image": str(image), "type": type(result).__name__, "message": message_of(result)}
            )
        else:
            _write_record(targets[image], engine.make_record(result, _format_named(format_name)))
            written.append(_written_json(image, targets[image], result))
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
    from vantay.engine import Engine  # noqa: PLC0415

    expect_json(ctx)
    templates = Engine.without_store().read_record(record)
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


def _format_named(name: str) -> RecordFormat:
    from vantay import RecordFormat  # noqa: PLC0415

    return RecordFormat[RECORD_FORMATS[name]]


def _write_record(target: Path, record: bytes) -> None:
    # Under another name first: a killed run leaves no half record behind
    unfinished = target.with_suffix(".fmr.part")
    unfinished.write_bytes(record)
    unfinished.replace(target)


def _with_progress(images: Collection[Path], results: Iterable[_Result]) -> Iterator[tuple[Path, _Result]]:
    """Go through images and what came of each; on a terminal, with a progress bar on standard error."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import track  # noqa: PLC0415

    console = Console(stderr=True)
    pairs = zip(images, results, strict=True)
    is_hidden = not console.is_terminal
    yield from track(pairs, "Extracting", len(images), console=console, disable=is_hidden, transient=True)


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
