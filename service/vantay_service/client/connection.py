"""How a client reaches a server."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc
import grpc.aio

MAX_ANSWER_BYTES = 64 << 20
OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_ANSWER_BYTES),
    ("grpc.max_send_message_length", -1),  # the server knows how much it takes
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.service_config_disable_resolution", 1),  # no policy of retries from the network
    ("grpc.enable_http_proxy", 0),
)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The files by which client and server know each other, PEM.

    Attributes
    ----------
    authority : Path
        Certificate of whoever signed the server's.
    certificate, key : Path
        The client's own.
    """

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def in_folder(cls, folder: Path, name: str) -> TlsFiles:
        """Name the files that `vantay certs issue FOLDER NAME` wrote."""
        own = folder / "clients"
        return cls(folder / "ca.pem", own / f"{name}.pem", own / f"{name}.key")

    def read(self) -> grpc.ChannelCredentials:
        """Read the files; `OSError` if one of them cannot be read."""
        return grpc.ssl_channel_credentials(
            self.authority.read_bytes(), self.key.read_bytes(), self.certificate.read_bytes()
        )


def open_channel(address: str, tls: TlsFiles | None) -> grpc.Channel:
    """Open a channel; see `VantayClient`."""
    if tls is not None:
        return grpc.secure_channel(address, tls.read(), OPTIONS)
    check_loopback(address)
    return grpc.insecure_channel(address, OPTIONS)


def open_async_channel(address: str, tls: TlsFiles | None) -> grpc.aio.Channel:
    """Open a channel; see `AsyncVantayClient`."""
    if tls is not None:
        return grpc.aio.secure_channel(address, tls.read(), OPTIONS)
    check_loopback(address)
    return grpc.aio.insecure_channel(address, OPTIONS)


def check_loopback(address: str) -> None:
    """Refuse to send personal data in the clear to another machine.

    Raises
    ------
    ValueError
        If the address is not one of this machine.
    """
    host = address.rpartition(":")[0].strip("[]")
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    if not is_loopback:
        raise ValueError(f"{address} without TLS, expected TlsFiles, or an address as 127.0.0.1:8443")
