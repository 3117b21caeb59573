"""Where the settings of the service come from.

Defaults < TOML file < environment (``VANTAY_SERVICE_…``) < flags; an unknown key is an error wherever it
stands. The file holds a table ``[service]`` whose keys are the fields of `ServiceSettings`; each field is
also an environment variable: ``drain_s`` is ``VANTAY_SERVICE_DRAIN_S``. What the engine does is set where
the ``vantay`` command reads it too: in the file that ``engine_config`` or ``VANTAY_CONFIG`` names.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from vantay.errors import InvalidSetting
from vantay.settings import EngineSettings, load_settings
from vantay_service.running.settings import CERTIFICATE_FOLDER, RANGES, ServiceSettings

ENVIRONMENT_PREFIX = "VANTAY_SERVICE_"
CONFIG_VARIABLE = "VANTAY_SERVICE_CONFIG"


def load_service_settings(
    config: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> ServiceSettings:
    """Put the settings of the service together.

    Parameters
    ----------
    config : Path, optional
        TOML file; without it, the one that ``VANTAY_SERVICE_CONFIG`` names, if any.
    environment : mapping of str to str, optional
        Usually ``os.environ``; nothing if not given.
    flags : mapping of str to object, optional
        Values by field name; None stands for "not given".

    Raises
    ------
    InvalidSetting
        If the file cannot be read, a key is unknown, or a value does not fit; the message says where it
        stands.
    """
    environment = environment or {}
    if config is None and environment.get(CONFIG_VARIABLE):
        config = Path(environment[CONFIG_VARIABLE])
    said = _read_toml(config) if config is not None else {}
    said |= _read_environment(environment)
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    said |= {name: _Said(value, f"flag {name}") for name, value in _known_keys(given, "flag ").items()}
    return ServiceSettings(**{name: _converted(name, value) for name, value in said.items()})


def load_engine_settings(settings: ServiceSettings, environment: Mapping[str, str]) -> EngineSettings:
    """Read the settings of the engine, as the ``vantay`` command would.

    Raises
    ------
    InvalidSetting
        As `vantay.settings.load_settings`.
    """
    engines = {key: value for key, value in environment.items() if not key.startswith(ENVIRONMENT_PREFIX)}
    return load_settings(settings.engine_config, environment=engines)


class _Said(NamedTuple):
    """A value and where it was said."""

    value: object
    place: str


def _read_toml(path: Path) -> dict[str, _Said]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"settings file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidSetting(f"settings file {path} is not TOML: {error}") from error
    for key in document:
        if key != "service":
            raise InvalidSetting(f"{path}: unknown key {key!r}, expected a table [service]")
    table = document.get("service", {})
    if not isinstance(table, dict):
        raise InvalidSetting(f"{path}: service is {table!r}, expected a table [service]")
    values = {"certificate_folder": str(CERTIFICATE_FOLDER)} | _known_keys(table, f"{path}: ")
    for name, kind in _KINDS.items():
        if kind is Path and isinstance(values.get(name), str):
            values[name] = path.parent / str(values[name])
    return {name: _Said(value, str(path)) for name, value in values.items()}


def _read_environment(environment: Mapping[str, str]) -> dict[str, _Said]:
    known = {ENVIRONMENT_PREFIX + name.upper(): name for name in _KINDS}
    said = {}
    for key, value in environment.items():
        if key.startswith(ENVIRONMENT_PREFIX) and key != CONFIG_VARIABLE:
            if key not in known:
                raise InvalidSetting(f"unknown environment variable {key}{_suggestion(key, known)}")
            said[known[key]] = _Said(value, f"environment variable {key}")
    return said


def _known_keys(values: Mapping[str, object], place: str) -> dict[str, object]:
    for key in values:
        if key not in _KINDS:
            raise InvalidSetting(f"{place}unknown key {key!r}{_suggestion(key, _KINDS)}")
    return dict(values)


def _suggestion(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1)
    return f": did you mean {near[0]}?" if near else f", expected one of {', '.join(sorted(known))}"


def _converted(name: str, said: _Said) -> Any:
    """Read text as the type of the field, and refuse a value while it is known where it comes from."""
    kind = _KINDS[name]
    try:
        value = _read_as(kind, name, said.value)
        low, high = RANGES.get(name, (value, value))
        if not low <= value <= high:
            raise InvalidSetting(f"{name} is {value}, expected {low} to {high}")
    except InvalidSetting as error:
        raise InvalidSetting(f"{said.place}: {error}") from error
    return value


def _read_as(kind: type, name: str, value: object) -> Any:
    if kind is bool:
        word = value if isinstance(value, bool) else _TRUTH.get(str(value).lower())
        if word is not None:
            return word
    accepted: dict[type, tuple[type, ...]] = {int: (int, str), float: (int, float, str), Path: (Path, str)}
    if isinstance(value, accepted.get(kind, (kind,))) and not isinstance(value, bool):
        try:
            return kind(value)
        except ValueError:
            pass
    raise InvalidSetting(f"{name} is {value!r}, expected {_DESCRIBED[kind]}")


_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
_DESCRIBED: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    Path: "a path",
}


def _kind_of(annotation: object) -> type:
    """Give the type of a field by its annotation, which is text here."""
    names = {"str": str, "int": int, "float": float, "bool": bool, "Path": Path, "Path | None": Path}
    return names[str(annotation)]


_KINDS: dict[str, type] = {setting.name: _kind_of(setting.type) for setting in fields(ServiceSettings)}
