"""``vantay models``: list, build, pull, add, verify the model files, and describe them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.options import table_option
from vantay.cli.output import print_json, print_table
from vantay.errors import ModelUnavailable

if TYPE_CHECKING:
    from vantay_models.registry import ModelStatus


@click.group()
def models() -> None:
    """List, build, pull, add, verify and describe the model files.

    They are kept in the folder that VANTAY_MODEL_DIR names, else in the user's cache folder.
    """


@models.command("list")
@table_option
def list_models(*, as_table: bool) -> None:
    """List the known models, whether each is here, and whose it is."""
    from vantay_models.registry import list_models as known  # noqa: PLC0415 - keeps --help quick

    with _typed_errors():
        states = known()
    _print_states(states, as_table=as_table)


@models.command()
@click.option("--force", is_flag=True, help="Build again what is there already.")
@table_option
def build(*, force: bool, as_table: bool) -> None:
    """Build the models of the default profile and check them against stored reference outputs.

    The weights come from the Python packages of the extra `models`; nothing is downloaded.
    """
    from vantay_models.build import build_models  # noqa: PLC0415
    from vantay_models.registry import list_models as known  # noqa: PLC0415

    with _typed_errors():
        build_models(force=force, report=_tell)
        built = [status for status in known() if status.entry.package is not None]
    _print_states(built, as_table=as_table)


@models.command()
@click.argument("name")
@click.option(
    "--from",
    "mirror",
    metavar="DIR|URL",
    help="Folder or address that holds the file, instead of its public place.",
)
def pull(*, name: str, mirror: str | None) -> None:
    """Fetch a model and check its size and SHA-256; anything else is refused.

    An interrupted fetch goes on where it stopped. Without a network, name a folder that holds the file.
    """
    from vantay_models.pull import pull_model  # noqa: PLC0415

    with _typed_errors():
        found = pull_model(name, source=mirror, report=_tell)
    print_json({"name": name, "path": str(found.path), "sha256": found.sha256})


def _three(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[float, float, float]:
    """Read one number, or three separated by commas."""
    parts = text.split(",")
    try:
        values = [float(part) for part in parts]
    except ValueError as error:
        raise click.BadParameter(f"{text!r}, expected a number or three like 104,117,123") from error
    if len(values) == 1:
        values *= 3
    if len(values) != 3:
        raise click.BadParameter(f"{len(values)} numbers, expected one or three")
    return values[0], values[1], values[2]


@models.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--name",
    help="What commands will call it: small letters, digits and dashes.  [default: of the file's name]",
)
@click.option("--size", type=int, required=True, help="Width and height of its image in pixels.")
@click.option("--dim", type=int, required=True, help="Length of its embedding.")
@click.option("--licence", default="not stated", show_default=True, help="Under which it may be used.")
@click.option(
    "--template",
    type=click.Choice(["arcface", "dlib"]),
    default="arcface",
    show_default=True,
    help="Where the landmarks lie in its image.",
)
@click.option(
    "--mean",
    default="0",
    show_default=True,
    callback=_three,
    help="Subtracted from the pixels, 0 to 255: one number, or one a colour.",
)
@click.option(
    "--scale",
    default="1",
    show_default=True,
    callback=_three,
    help="Multiplied after that: one number, or one a colour.",
)
@click.option(
    "--color",
    type=click.Choice(["RGB", "BGR"]),
    default="RGB",
    show_default=True,
    help="Order of the colours.",
)
@click.option(
    "--layout",
    type=click.Choice(["NCHW", "NHWC"]),
    default="NCHW",
    show_default=True,
    help="Order of the dimensions.",
)
@click.option(
    "--pixel-type",
    type=click.Choice(["float32", "uint8"]),
    default="float32",
    show_default=True,
    help="Type of the input.",
)
@click.option("--training-data", default="not stated", show_default=True, help="What is known of it.")
def add(*, file: Path, **about: object) -> None:
    """Register a face embedding of your own, after it did on samples what is said of it.

    FILE is an ONNX file with its weights inside.
    """
    from vantay_models.add import add_model  # noqa: PLC0415

    with _typed_errors():
        found = add_model(file, **about)  # type: ignore[arg-type]
    print_json({"name": found.entry.name, "path": str(found.path), "sha256": found.sha256})


@models.command()
@click.argument("name")
@click.argument(
    "folders",
    metavar="DIR...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
def calibrate(*, name: str, folders: tuple[Path, ...]) -> None:
    """Fit the scores of a face embedding to false match rates, on photos of many people.

    DIR holds a subfolder of photos for each subject, or one photo a subject. At least 5,000 non-mated
    comparisons are needed. The result is kept with the model and used from then on.
    """
    from vantay.evaluation.face_calibration import calibrate_model  # noqa: PLC0415

    with _typed_errors():
        path, calibration = calibrate_model(name, folders)
    print_json({"name": name, "path": str(path), "measured_on": calibration.measured_on})


@models.command()
@table_option
def verify(*, as_table: bool) -> None:
    """Compute every checksum of the files that are here anew; exit 1 if one cannot be used."""
    from vantay_models.registry import ModelState, verify_models  # noqa: PLC0415

    with _typed_errors():
        states = verify_models()
    _print_states(states, as_table=as_table)
    if any(status.state is not ModelState.READY for status in states):
        raise SystemExit(1)


@models.command()
@click.argument("name")
def card(*, name: str) -> None:
    """Describe a model: what it is for, whose, trained on what, how accurate, measured on whom."""
    from vantay_models.card import model_card  # noqa: PLC0415

    with _typed_errors():
        click.echo(model_card(name))


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _print_states(states: Sequence[ModelStatus], *, as_table: bool) -> None:
    rows = [_state_json(status) for status in states]
    if as_table:
        columns = ("name", "state", "purpose", "licence")
        print_table(columns, [[row[column] for column in columns] for row in rows])
    else:
        print_json({"models": rows})


def _state_json(status: ModelStatus) -> dict[str, object]:
    entry = status.entry
    return {
        "name": entry.name,
        "state": status.state.value,
        "purpose": entry.purpose.value,
        "licence": entry.licence,
        "reference": entry.reference,
        "path": str(status.path),
        "n_bytes": status.size_bytes,
        "sha256": status.sha256,
        "problem": status.problem,
    }


@contextmanager
def _typed_errors() -> Iterator[None]:
    """Turn errors of the package below into the engine's."""
    from vantay_models.errors import ModelError  # noqa: PLC0415

    try:
        yield
    except ModelError as error:
        raise ModelUnavailable(str(error)) from error
