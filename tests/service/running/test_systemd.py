"""What systemd is told."""

from __future__ import annotations

import socket
from pathlib import Path

from vantay_service.running.systemd import Supervisor


def test_systemd_is_told_on_its_socket(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(5)
        Supervisor({"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "30000000"}).tell("READY=1", "STATUS=ready")
        assert listener.recv(100) == b"READY=1\nSTATUS=ready"


def test_nobody_is_told_without_systemd(tmp_path: Path) -> None:
    Supervisor({}).tell("READY=1")
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "absent")}).tell("READY=1")


def test_the_watchdog_is_read_in_seconds() -> None:
    assert Supervisor({"WATCHDOG_USEC": "30000000"}).watchdog_s == 30.0
    assert Supervisor({}).watchdog_s is None
