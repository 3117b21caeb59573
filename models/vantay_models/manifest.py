"""Read the manifest: every model, its source, licence, provenance and layout."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

from vantay_models.entry import ModelEntry
from vantay_models.errors import ManifestError
from vantay_models.toml_record import read_record

NAME_PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def read_manifest() -> dict[str, ModelEntry]:
    """Return all models by name.

    Raises
    ------
    ManifestError
        If an entry has an unknown key, lacks one, or holds a value of another type or range.
    """
    text = resources.files("vantay_models").joinpath("manifest.toml").read_text(encoding="utf-8")
    return dict(_parsed_once(text))


@cache
def _parsed_once(text: str) -> dict[str, ModelEntry]:
    """Parse the manifest once a process: every search with a face asks for the calibration of its model."""
    return parse_manifest(text)


def parse_manifest(text: str) -> dict[str, ModelEntry]:
    """Return the models that TOML text describes, one table each; errors as `read_manifest`."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"the manifest is not TOML: {error}") from error
    return {name: _parse_entry(name, table) for name, table in tables.items()}


def _parse_entry(name: str, table: object) -> ModelEntry:
    check_name(name)
    if not isinstance(table, dict):
        raise ManifestError(f"manifest key {name} is {table!r}, expected a table")
    if "name" in table:
        raise ManifestError(f"model {name} has unknown keys: name")
    try:
        return read_record(ModelEntry, table | {"name": name}, f"model {name}")
    except ManifestError as error:
        # Checks of single records know their values, not whose they are.
        if str(error).startswith("model "):
            raise
        raise ManifestError(f"model {name}: {error}") from error


def check_name(name: str) -> None:
    """Check that a model's name can be typed and be part of a file name.

    Raises
    ------
    ManifestError
        If it has anything but small letters, digits and single dashes.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise ManifestError(f"a model is called {name!r}, expected small letters, digits and dashes")
