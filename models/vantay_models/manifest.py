"""Read the manifest: every model, its source, licence, provenance and layout."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from importlib import resources

from vantay_models.errors import ManifestError

SHA256_LENGTH = 64


@dataclass(frozen=True)
class ModelEntry:
    """One model of the manifest.

    Attributes
    ----------
    name : str
        What commands call it.
    purpose : str
        What it is for.
    file : str
        Name of the built file in the model folder.
    source_package, source_file : str
        The Python package that carries the weights, and the file in it.
    source_sha256 : str
        Checksum of that file, 64 hexadecimal digits.
    licence : str
        SPDX identifier of the licence of the weights.
    reference : str
        Where the model was published.
    training_data : str
        What is known of the data it was trained on.
    input, output : str
        Layout of what goes in and comes out.
    """

    name: str
    purpose: str
    file: str
    source_package: str
    source_file: str
    source_sha256: str
    licence: str
    reference: str
    training_data: str
    input: str
    output: str


def read_manifest() -> dict[str, ModelEntry]:
    """Return all models by name.

    Raises
    ------
    ManifestError
        If an entry has an unknown key, lacks one, or holds something else than text.
    """
    text = resources.files("vantay_models").joinpath("manifest.toml").read_text(encoding="utf-8")
    return parse_manifest(text)


def parse_manifest(text: str) -> dict[str, ModelEntry]:
    """Return the models that TOML text describes, one table each; errors as `read_manifest`."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"the manifest is not TOML: {error}") from error
    return {name: _parse_entry(name, table) for name, table in tables.items()}


def _parse_entry(name: str, table: object) -> ModelEntry:
    if not isinstance(table, dict):
        raise ManifestError(f"manifest key {name} is {table!r}, expected a table")
    expected = {field.name for field in fields(ModelEntry)} - {"name"}
    if unknown := sorted(table.keys() - expected):
        raise ManifestError(f"model {name} has unknown keys: {', '.join(unknown)}")
    if missing := sorted(expected - table.keys()):
        raise ManifestError(f"model {name} lacks keys: {', '.join(missing)}")
    for key, value in table.items():
        if not isinstance(value, str) or not value:
            raise ManifestError(f"model {name}: {key} is {value!r}, expected text")
    if len(table["source_sha256"]) != SHA256_LENGTH:
        raise ManifestError(f"model {name}: source_sha256 is {table['source_sha256']!r}, expected 64 digits")
    return ModelEntry(name=name, **table)
