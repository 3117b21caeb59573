"""The command in a process of its own: started, called over mutual TLS, ended by a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from service.running.real_server import Site, request_of
from service.running.stand_in import COMPILING_S
from vantay.engine import Engine
from vantay_service.client import VantayClient
from vantay_service.v1 import intake_pb2 as pb

COMMAND = (sys.executable, "-m", "vantay_service.running.main")
ENGINE = '[engine]\ndatabase = "people.db"\n'
SERVICE = """[service]
address = "127.0.0.1:0"
status_address = "127.0.0.1:0"
engine_config = "vantay.toml"
intake_rules = "intake.toml"
warms_up_images = false
min_free_disk_bytes = 0
"""


@dataclass
class Process:
    """A running command, and the lines of its log."""

    process: subprocess.Popen[str]
    lines: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    has_closed_log: bool = False

    def read(self) -> None:
        """Read the log until it ends; on a thread."""
        assert self.process.stderr is not None
        for text in self.process.stderr:
            self.raw.append(text)
            if text.startswith("{"):
                self.lines.append(json.loads(text))
        self.has_closed_log = True

    def wait_for(self, message: str) -> dict[str, Any]:
        """Wait for a line of the log."""

        def found() -> dict[str, Any] | None:
            return next((line for line in self.lines if line["message"] == message), None)

        ends_at = time.monotonic() + COMPILING_S
        while found() is None and not self.has_closed_log and time.monotonic() < ends_at:
            time.sleep(0.02)
        line = found()
        assert line is not None, "".join(self.raw)
        return line

    def end(self) -> int:
        """Send SIGTERM, and give the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def started(folder: Path, *flags: str) -> Iterator[Process]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("VANTAY_SERVICE_")}
    process = subprocess.Popen(
        [*COMMAND, "--config", str(folder / "service.toml"), *flags],
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder.parent,
        env=environment,
    )
    running = Process(process)
    reader = threading.Thread(target=running.read)
    reader.start()
    try:
        yield running
    finally:
        process.kill()
        process.wait()
        reader.join()
        assert process.stderr is not None
        process.stderr.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "vantay.toml").write_text(ENGINE)
    (tmp_path / "service.toml").write_text(SERVICE)
    return Site.make(tmp_path)


def client_of(site: Site, port: int) -> VantayClient:
    return VantayClient(f"127.0.0.1:{port}", site.tls)


def test_a_check_and_a_signal(site: Site) -> None:
    with started(site.folder) as server:
        port = server.wait_for("ready")["port"]
        with client_of(site, port) as client:
            answer = client.check_applicant(request_of(9, enrol_if=[pb.ENROL_IF_NEW]))
            assert answer.outcome == pb.OUTCOME_NEW
        assert server.end() == 0
        server.wait_for("ended")
        assert [text for text in server.raw if not text.startswith("{")] == []
    with Engine.open(site.folder / "people.db", create=False) as engine:
        assert len(engine.show(answer.subject_id).encounters) == 1
        assert engine.verify_audit().n_entries > 0
        (decision,) = engine.decisions_since(0)
        assert (decision.reference, decision.outcome) == ("A-9-0", "NEW")
        assert engine.verify_index() >= 0


def test_what_was_acknowledged_before_a_kill_is_there(site: Site) -> None:
    request = request_of(9, enrol_if=[pb.ENROL_IF_NEW])
    with started(site.folder) as server:
        port = server.wait_for("ready")["port"]
        with client_of(site, port) as client:
            client.check_applicant(request)
        server.process.kill()
        assert server.process.wait(60) == -signal.SIGKILL
    with started(site.folder) as server:
        port = server.wait_for("ready")["port"]
        with client_of(site, port) as client:
            again = client.check_applicant(request)
            assert (again.outcome, again.is_repeat) == (pb.OUTCOME_NEW, True)
        assert server.end() == 0


def test_wrong_settings_end_with_code_2_and_a_line(site: Site) -> None:
    with started(site.folder, "--n-workers", "0") as server:
        line = server.wait_for("cannot serve: flag n_workers: n_workers is 0, expected 1 to 256")
        assert line["level"] == "ERROR"
        assert server.process.wait(60) == 2


def test_a_database_that_is_not_there_ends_with_code_1(site: Site) -> None:
    (site.folder / "vantay.toml").write_text('[engine]\ndatabase = "peeple.db"\n')
    with started(site.folder) as server:
        assert server.process.wait(60) == 1
    assert server.lines[-1]["message"].startswith("cannot serve: ")
    assert not (site.folder / "peeple.db").exists()


def test_a_signal_while_the_server_starts_ends_it(site: Site) -> None:
    with started(site.folder) as server:
        while not (site.folder / "people.db-wal").exists() and server.process.poll() is None:
            time.sleep(0.001)
        assert server.end() in {0, -signal.SIGTERM}  # the latter before Python listens to signals
