"""``/metrics``, ``/healthz`` and ``/readyz`` over HTTP, on a port of their own.

Answered on threads, so that they answer when the event loop is busy. No personal data; still the port is
for the machine itself, or the network of those who look after it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST

from vantay.errors import InvalidSetting
from vantay_service.running.settings import Address

READ_TIMEOUT_S = 5.0
_TEXT = "text/plain; charset=utf-8"


class StatusAnswers(NamedTuple):
    """What the page tells.

    Attributes
    ----------
    metrics : callable
        Gives the metrics, as Prometheus reads them.
    is_ready : callable
        Whether callers should come.
    describe : callable
        Tells why, in a line.
    """

    metrics: Callable[[], bytes]
    is_ready: Callable[[], bool]
    describe: Callable[[], str]


class StatusPage:
    """The HTTP server, on a thread of its own.

    Parameters
    ----------
    address : Address
        Port 0: any free one.
    answers : StatusAnswers

    Raises
    ------
    InvalidSetting
        If the address cannot be listened on.
    """

    def __init__(self, address: Address, answers: StatusAnswers) -> None:
        try:
            self._server = _Server(address, answers)
        except OSError as error:
            raise InvalidSetting(
                f"status_address {address} cannot be listened on: {error.strerror or error}"
            ) from error
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="vantay-status",
            daemon=True,
        )
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 16

    def __init__(self, address: Address, answers: StatusAnswers) -> None:
        self.answers = answers
        if ":" in address.host:
            self.address_family = socket.AF_INET6
        super().__init__((address.host, address.port), _Handler)

    def handle_error(self, _request: object, _client_address: object) -> None:
        """Say nothing of connections that break: they are nobody's news."""


class _Handler(BaseHTTPRequestHandler):
    server_version = "vantay"
    sys_version = ""
    timeout = READ_TIMEOUT_S
    server: _Server

    def do_GET(self) -> None:
        """Answer one of the three paths."""
        answers = self.server.answers
        if self.path == "/metrics":
            self._send(200, CONTENT_TYPE_LATEST, answers.metrics())
        elif self.path == "/healthz":
            self._send(200, _TEXT, b"alive\n")
        elif self.path == "/readyz":
            self._send(200 if answers.is_ready() else 503, _TEXT, f"{answers.describe()}\n".encode())
        else:
            self._send(404, _TEXT, b"expected /metrics, /healthz or /readyz\n")

    def _send(self, code: int, kind: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: whoever scrapes does so every few seconds."""
