"""What an operator can set, and where values come from.

Defaults < TOML file < environment (``VANTAY_…``) < flags; an unknown key is an error wherever it stands.
The file holds a table ``[engine]`` whose keys are the fields of `EngineSettings`; each field is also an
environment variable: ``n_threads`` is ``VANTAY_N_THREADS``. Algorithm parameters are not settings: they are
constants in the code, and their hash tells what a score or a derived file was made with.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from vantay.errors import InvalidSetting

ENVIRONMENT_PREFIX = "VANTAY_"
CONFIG_VARIABLE = "VANTAY_CONFIG"
OTHER_VARIABLES = frozenset(
    {
        CONFIG_VARIABLE,
        "VANTAY_ALL_FACES",
        "VANTAY_EVAL_DATA",
        "VANTAY_MODEL_DIR",
        "VANTAY_REQUIRE_EVAL_DATA",
        "VANTAY_REQUIRE_POSTGRES",
    }
)
"""Variables with the prefix that are not engine settings."""

SERVICE_PREFIX = "VANTAY_SERVICE_"
"""Of the settings of the service, which reads them itself."""

MAX_THREADS = 1024


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The settings of an engine, checked.

    Attributes
    ----------
    database : Path or str
        The enrolment database: a SQLite file, or the address of a PostgreSQL database,
        ``postgresql://user@host:port/name``. A relative path in a TOML file starts at that file's folder.
    encryption : str
        Of an enrolment database that is made now: ``aes-256-gcm`` or ``none``.
    key_file : Path, optional
        File of its master key, made together with it; the database's file with ``.key`` after its name if not
        given. A relative path in a TOML file starts at that file's folder.
    master_key : str
        The master key itself, 64 hexadecimal digits, instead of a file; from the environment only.
    extractor : str
        ``leader``, ``classical``, or ``auto``: leader where its model was built, else classical.
    face_profile : str
        ``dlib``, or the name of any face embedding of the registry.
    n_threads : int
        Threads for one call, 1 to 1024.
    threshold_fmr : float
        False match rate at which `verify` decides, in (0, 1].
    target_fpir : float
        Wanted rate of `identify` calls for unknown people that find somebody, in (0, 1].
    max_candidates : int
        Rows that `identify` returns at most, ≥ 1.
    busy_timeout_ms : int
        How long a write waits for another process's write, ≥ 0.
    index_folder : Path, optional
        Where the search index is kept; beside a SQLite file, with ``.index`` after its name, if not given.
        Without it, every process derives the index of a PostgreSQL database anew, in memory. A relative path
        in a TOML file starts at that file's folder.

    Raises
    ------
    InvalidSetting
        If a value has the wrong type or is out of range.
    """

    database: Path | str = Path("vantay.db")
    encryption: str = "aes-256-gcm"
    key_file: Path | None = None
    master_key: str = field(default="", repr=False)
    extractor: str = "auto"
    face_profile: str = "dlib"
    n_threads: int = 1
    threshold_fmr: float = 1e-4
    target_fpir: float = 1e-3
    max_candidates: int = 10
    busy_timeout_ms: int = 5000
    index_folder: Path | None = None

    def __post_init__(self) -> None:
        if self.extractor not in {"auto", "leader", "classical"}:
            raise InvalidSetting(f"extractor is {self.extractor!r}, expected auto, leader or classical")
        if self.encryption not in {"aes-256-gcm", "none"}:
            raise InvalidSetting(f"encryption is {self.encryption!r}, expected aes-256-gcm or none")
        if not self.face_profile:
            raise InvalidSetting("face_profile is empty, expected dlib or the name of a face embedding")
        _check_integer("n_threads", self.n_threads, 1, MAX_THREADS)
        _check_integer("max_candidates", self.max_candidates, 1, 1_000_000)
        _check_integer("busy_timeout_ms", self.busy_timeout_ms, 0, 3_600_000)
        _check_rate("threshold_fmr", self.threshold_fmr)
        _check_rate("target_fpir", self.target_fpir)


def load_settings(
    config: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> EngineSettings:
    """Put the settings together.

    Parameters
    ----------
    config : Path, optional
        TOML file; without it, the one that ``VANTAY_CONFIG`` names, if any.
    environment : mapping of str to str, optional
        Usually ``os.environ``; nothing if not given, so that a library call does not depend on it.
    flags : mapping of str to object, optional
        Values by field name; None stands for "not given".

    Raises
    ------
    InvalidSetting
        If the file cannot be read, a key is unknown, or a value does not fit; the message says whether the
        value comes from the file, the environment or a flag.
    """
    environment = environment or {}
    if config is None and environment.get(CONFIG_VARIABLE):
        config = Path(environment[CONFIG_VARIABLE])
    said: dict[str, _Said] = {}
    if config is not None:
        said |= {name: _Said(value, str(config)) for name, value in _read_toml(config).items()}
    said |= _read_environment(environment)
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    said |= {name: _Said(value, f"flag {name}") for name, value in _known_keys(given, "flag ").items()}
    return EngineSettings(**{name: _checked(name, value) for name, value in said.items()})


class _Said(NamedTuple):
    """A value and where it was said."""

    value: object
    place: str


def _checked(name: str, said: _Said) -> Any:
    try:
        value = _converted(name, said.value)
        EngineSettings(**{name: value})  # refuses it while it is known where it comes from
    except InvalidSetting as error:
        raise InvalidSetting(f"{said.place}: {error}") from error
    return value


def _read_toml(path: Path) -> dict[str, object]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"settings file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidSetting(f"settings file {path} is not TOML: {error}") from error
    for key in document:
        if key != "engine":
            raise InvalidSetting(f"{path}: unknown key {key!r}, expected a table [engine]")
    table = document.get("engine", {})
    if not isinstance(table, dict):
        raise InvalidSetting(f"{path}: engine is {table!r}, expected a table [engine]")
    values = _known_keys(table, f"{path}: ")
    if "master_key" in values:
        raise InvalidSetting(f"{path}: master_key stands in a file of its own: name it with key_file")
    for name in ("database", "key_file", "index_folder"):
        if isinstance(value := values.get(name), str) and not _is_address(value):
            values[name] = path.parent / value
    return values


def _read_environment(environment: Mapping[str, str]) -> dict[str, _Said]:
    named = {
        key: value
        for key, value in environment.items()
        if key.startswith(ENVIRONMENT_PREFIX)
        and not key.startswith(SERVICE_PREFIX)
        and key not in OTHER_VARIABLES
    }
    known = {ENVIRONMENT_PREFIX + setting.name.upper(): setting.name for setting in fields(EngineSettings)}
    for key in named:
        if key not in known:
            raise InvalidSetting(f"unknown environment variable {key}{_suggestion(key, known)}")
    return {known[key]: _Said(value, f"environment variable {key}") for key, value in named.items()}


def _known_keys(values: Mapping[str, object], place: str) -> dict[str, object]:
    known = [setting.name for setting in fields(EngineSettings)]
    for key in values:
        if key not in known:
            raise InvalidSetting(f"{place}unknown key {key!r}{_suggestion(key, known)}")
    return dict(values)


def _suggestion(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1)
    return f": did you mean {near[0]}?" if near else f", expected one of {', '.join(sorted(known))}"


def _converted(name: str, value: object) -> Any:
    """Read text as the type of the field; take what TOML and flags typed already if it fits."""
    convert, accepted, described = _CONVERSIONS[name]
    if not isinstance(value, accepted) or isinstance(value, bool):
        raise InvalidSetting(f"{name} is {value!r}, expected {described}")
    try:
        return convert(value)
    except ValueError as error:
        raise InvalidSetting(f"{name} is {value!r}, expected {described}") from error


def _is_address(database: str) -> bool:
    return "://" in database


def _database(value: str | Path) -> str | Path:
    return value if isinstance(value, str) and _is_address(value) else Path(value)


_COUNT = (int, (str, int), "a whole number")
_RATE = (float, (str, int, float), "a number")
_CONVERSIONS: dict[str, tuple[Callable[[Any], object], tuple[type, ...], str]] = {
    "database": (_database, (str, Path), "a path"),
    "encryption": (str, (str,), "text"),
    "key_file": (Path, (str, Path), "a path"),
    "index_folder": (Path, (str, Path), "a path"),
    "master_key": (str, (str,), "text"),
    "extractor": (str, (str,), "text"),
    "face_profile": (str, (str,), "text"),
    "n_threads": _COUNT,
    "threshold_fmr": _RATE,
    "target_fpir": _RATE,
    "max_candidates": _COUNT,
    "busy_timeout_ms": _COUNT,
}


def _check_integer(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidSetting(f"{name} is {value}, expected {low} to {high}")


def _check_rate(name: str, value: float) -> None:
    if not 0.0 < value <= 1.0:
        raise InvalidSetting(f"{name} is {value}, expected a rate above 0 and up to 1")
