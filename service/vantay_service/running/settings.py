"""What an operator can set of the service; `setting_sources` says where values come from."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from vantay.errors import InvalidSetting
from vantay_service.conversion.limits import RequestLimits

CERTIFICATE_FOLDER = Path("certs")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_LIMITS = RequestLimits()


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


def n_cores_for_work() -> int:
    """Count the cores for the engine's work: one is left to the event loop.

    Threads take turns in the interpreter, and each turn costs who is at work. On two cores two workers answer
    fewer checks than one, the more so under a flood of calls, which the event loop turns away.
    """
    return max(n_cores() - 1, 1)


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
    plaintext_caller : str
        How the roles file names those callers.
    status_address : str
        Where ``/metrics``, ``/healthz`` and ``/readyz`` are, over HTTP. Empty: nowhere.
    certificate_folder : Path
        With ``server.pem`` and ``server.key``, the authority's ``ca.pem`` and its revocation list
        ``crl.pem``.
    roles_file : Path, optional
        Who may do what; ``roles.toml`` in the certificate folder if not given.
    creates_database : bool
        Whether to make the database where there is none: with a slip in its name, everybody would be new.
    engine_config : Path, optional
        Settings of the engine; what ``VANTAY_CONFIG`` names if not given.
    intake_rules : Path, optional
        The agency's ``intake.toml``; the built-in rules if not given.
    with_reflection : bool
        Whether callers may ask which services there are.
    n_workers : int
        Threads that do the engine's work, 1 to 256; the cores but one if not given.
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
    max_image_bytes : int
        Of one image file in a request, 1 KiB to 1 GiB; the request itself has its own limit.
    max_template_bytes : int
        Of one template record in a request, 1 KiB to 1 GiB.
    max_batch_records : int
        Records of a bulk enrolment that are written in one transaction, 1 to 10,000.
    max_batch_bytes : int
        Of these records together, 1 KiB to 1 GiB: each bulk enrolment holds so much, and one record more.
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
    plaintext_caller: str = "plaintext"
    status_address: str = "127.0.0.1:9464"
    certificate_folder: Path = CERTIFICATE_FOLDER
    roles_file: Path | None = None
    creates_database: bool = False
    engine_config: Path | None = None
    intake_rules: Path | None = None
    with_reflection: bool = False
    n_workers: int = field(default_factory=n_cores_for_work)
    max_waiting_interactive: int = 64
    max_waiting_batch: int = 16
    max_calls: int = 256
    max_streams: int = 64
    max_message_bytes: int = 16 << 20
    max_bytes_in_flight: int = 256 << 20
    max_image_bytes: int = _LIMITS.max_image_bytes
    max_template_bytes: int = _LIMITS.max_template_bytes
    max_batch_records: int = _LIMITS.max_batch_records
    max_batch_bytes: int = _LIMITS.max_batch_bytes
    drain_s: float = 30.0
    retention_interval_s: float = 3600.0
    anchor_interval_s: float = 3600.0
    watch_interval_s: float = 15.0
    min_free_disk_bytes: int = 512 << 20
    log_level: str = "INFO"
    otlp_endpoint: str = ""
    warms_up_images: bool = True

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
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

    @property
    def request_limits(self) -> RequestLimits:
        """How large the parts of a request may be."""
        return RequestLimits(
            self.max_image_bytes, self.max_template_bytes, self.max_batch_records, self.max_batch_bytes
        )

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


_A_WEEK_S = 604_800.0
RANGES: dict[str, tuple[float, float]] = {
    "n_workers": (1, 256),
    "max_waiting_interactive": (1, 100_000),
    "max_waiting_batch": (1, 100_000),
    "max_calls": (1, 100_000),
    "max_streams": (1, 100_000),
    "max_message_bytes": (1 << 10, 1 << 30),
    "max_bytes_in_flight": (1 << 10, 1 << 40),
    "max_image_bytes": (1 << 10, 1 << 30),
    "max_template_bytes": (1 << 10, 1 << 30),
    "max_batch_records": (1, 10_000),
    "max_batch_bytes": (1 << 10, 1 << 30),
    "drain_s": (0.0, 3600.0),
    "retention_interval_s": (1.0, _A_WEEK_S),
    "anchor_interval_s": (1.0, _A_WEEK_S),
    "watch_interval_s": (0.1, _A_WEEK_S),
    "min_free_disk_bytes": (0, 1 << 50),
}
