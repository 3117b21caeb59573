"""What an operator can set of the service, and where values come from.

Defaults < TOML file < environment (``VANTAY_SERVICE_…``) < flags; an unknown key is an error wherever it
stands. The file holds a table ``[service]`` whose keys are the fields of `ServiceSettings`; each field is
also an environment variable: ``drain_s`` is ``VANTAY_SERVICE_DRAIN_S``. What the engine does is set where
the ``vantay`` command reads it too: in the file that ``engine_config`` or ``VANTAY_CONFIG`` names.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from vantay.errors import InvalidSetting
from vantay.settings import EngineSettings, load_settings

ENVIRONMENT_PREFIX = "VANTAY_SERVICE_"
CONFIG_VARIABLE = "VANTAY_SERVICE_CONFIG"

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Address(NamedTuple):
    """Where to listen, or whom to reach."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether nobody on another machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def n_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The settings of a server, checked.

    Attributes
    ----------
    address : str
        Where callers with certificates reach it, ``host:port``; port 0: any free one.
    plaintext_address : str
        Where callers on this machine reach it without a certificate; must be a loopback address. Empty:
        nowhere.
    plaintext_role : str
        The role of callers without a certificate.
    status_address : str
        Where ``/metrics``, ``/healthz`` and ``/readyz`` are, over HTTP. Empty: nowhere.
    certificate_folder : Path
        With the server's certificate and key, the authority's certificate and its revocation list.
    roles_file : Path, optional
        Who may do what; ``roles.toml`` in the certificate folder if not given.
    engine_config : Path, optional
        Settings of the engine; what ``VANTAY_CONFIG`` names if not given.
    intake_rules : Path, optional
        The agency's ``intake.toml``; the built-in rules if not given.
    with_reflection : bool
        Whether callers may ask which services there are.
    n_workers : int
        Threads that do the engine's work, 1 to 256; the cores if not given.
    max_waiting_interactive, max_waiting_batch : int
        Calls that wait for a thread at most, by priority, ≥ 1.
    max_calls : int
        Calls at once at most, ≥ 1, streams not counted.
    max_streams : int
        Streams at once at most, ≥ 1: feeds and bulk loads.
    max_message_bytes : int
        Of one request, 1 KiB to 1 GiB.
    max_bytes_in_flight : int
        Of all requests that are being answered together; at least ``max_message_bytes``.
    drain_s : float
        How long running calls have to finish after SIGTERM, seconds, 0 to 3600.
    retention_interval_s, anchor_interval_s, watch_interval_s : float
        How often what is old enough is purged, the end of the audit log is told to the log, and the gallery
        and the disk are looked at; seconds, 1 to 604800.
    min_free_disk_bytes : int
        With less room on the disk of the database the server is not ready, ≥ 0.
    log_level : str
        ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
    otlp_endpoint : str
        Where OpenTelemetry traces go, ``http://host:4317`` or ``https://…``. Empty: nowhere.
    warms_up_images : bool
        Whether the models that read images are loaded before the server is ready.

    Raises
    ------
    InvalidSetting
        If a value is out of range, or the plaintext address can be reached from other machines.
    """

    address: str = "127.0.0.1:8443"
    plaintext_address: str = ""
    plaintext_role: str = "intake"
    status_address: str = "127.0.0.1:9464"
    certificate_folder: Path = Path("certs")
    roles_file: Path | None = None
    engine_config: Path | None = None
    intake_rules: Path | None = None
    with_reflection: bool = False
    n_workers: int = field(default_factory=n_cores)
    max_waiting_interactive: int = 64
    max_waiting_batch: int = 16
    max_calls: int = 256
    max_streams: int = 64
    max_message_bytes: int = 16 << 20
    max_bytes_in_flight: int = 256 << 20
    drain_s: float = 30.0
    retention_interval_s: float = 3600.0
    anchor_interval_s: float = 3600.0
    watch_interval_s: float = 15.0
    min_free_disk_bytes: int = 512 << 20
    log_level: str = "INFO"
    otlp_endpoint: str = ""
    warms_up_images: bool = True

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise InvalidSetting(f"{name} is {getattr(self, name)}, expected {low} to {high}")
        if self.log_level not in LOG_LEVELS:
            raise InvalidSetting(f"log_level is {self.log_level!r}, expected one of {', '.join(LOG_LEVELS)}")
        if self.otlp_endpoint and not self.otlp_endpoint.startswith(("http://", "https://")):
            raise InvalidSetting(f"otlp_endpoint is {self.otlp_endpoint!r}, expected http://… or https://…")
        if self.max_bytes_in_flight < self.max_message_bytes:
            raise InvalidSetting(
                f"max_bytes_in_flight is {self.max_bytes_in_flight}, expected at least max_message_bytes "
                f"({self.max_message_bytes})"
            )
        self._check_addresses()

    def _check_addresses(self) -> None:
        if not self.address and not self.plaintext_address:
            raise InvalidSetting("address is empty and so is plaintext_address, expected where to listen")
        for name in ("address", "plaintext_address", "status_address"):
            if text := getattr(self, name):
                address = read_address(name, text)
                if name == "plaintext_address" and not address.is_loopback:
                    raise InvalidSetting(
                        f"plaintext_address is {text!r}, expected a loopback address such as 127.0.0.1:8080: "
                        "other machines need a certificate"
                    )


def read_address(name: str, text: str) -> Address:
    """Part ``host:port`` or ``[host]:port``.

    Raises
    ------
    InvalidSetting
        If it is neither; the message says which setting it is.
    """
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    is_bracketed = host != bare
    if not (colon and bare and port.isascii() and port.isdigit() and int(port) <= 65535) or (
        ":" in bare and not is_bracketed
    ):
        raise InvalidSetting(f"{name} is {text!r}, expected host:port, as 127.0.0.1:8443 or [::1]:8443")
    return Address(bare, int(port))


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
    values = _known_keys(table, f"{path}: ")
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
        low, high = _RANGES.get(name, (value, value))
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
_A_WEEK_S = 604_800.0
_RANGES: dict[str, tuple[float, float]] = {
    "n_workers": (1, 256),
    "max_waiting_interactive": (1, 100_000),
    "max_waiting_batch": (1, 100_000),
    "max_calls": (1, 100_000),
    "max_streams": (1, 100_000),
    "max_message_bytes": (1 << 10, 1 << 30),
    "max_bytes_in_flight": (1 << 10, 1 << 40),
    "drain_s": (0.0, 3600.0),
    "retention_interval_s": (1.0, _A_WEEK_S),
    "anchor_interval_s": (1.0, _A_WEEK_S),
    "watch_interval_s": (0.1, _A_WEEK_S),
    "min_free_disk_bytes": (0, 1 << 50),
}
