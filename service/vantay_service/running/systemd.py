"""Telling systemd how the server is (`sd_notify`): ready, stopping, alive; without systemd, nobody."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping


class Supervisor:
    """The one who started the process, if it wants to be told.

    Parameters
    ----------
    environment : mapping of str to str, optional
        Usually ``os.environ``: ``NOTIFY_SOCKET`` and ``WATCHDOG_USEC``.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        self._path = environment.get("NOTIFY_SOCKET", "")
        watchdog_us = environment.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(watchdog_us) / 1e6 if watchdog_us.isdigit() else None
        """How often it must hear from a process that is alive; None: never."""

    def tell(self, *lines: str) -> None:
        """Send a message, as ``READY=1``; one that cannot be sent is lost."""
        if not self._path:
            return
        address = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notifier,
        ):
            notifier.settimeout(0.0)
            notifier.sendto("\n".join(lines).encode(), address)
