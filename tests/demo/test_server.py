import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vantay_service.demo.server import ServerFailed, bare_environment, running_server
from vantay_service.demo.site import Site

PATIENCE_S = 120.0


def _wait_until(what: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def _servers(folder: Path) -> list[int]:
    """Processes that serve from a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            continue
        if "vantay_service.running.main" in command and str(folder) in command:
            found.append(int(entry.name))
    return found


def test_a_server_that_cannot_start_says_why_and_is_gone(tmp_path: Path) -> None:
    site = Site.make(tmp_path / "service", needs_face=False)
    (site.folder / "certs" / "server.key").unlink()
    with pytest.raises(ServerFailed) as raised, running_server(site) as server:
        server.wait_until_ready()
    assert "ended with exit code 2 instead of serving" in str(raised.value)
    assert "server.key" in str(raised.value)
    assert str(site.log_file) in str(raised.value)
    assert server.process.poll() == 2
    assert _servers(tmp_path) == []


def test_a_server_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    site = Site.make(tmp_path / "service", needs_face=False)
    with pytest.raises(ServerFailed, match="was not ready within 0 s"), running_server(site) as server:
        server.wait_until_ready(0.0)
    assert server.process.poll() is not None


def test_a_server_of_a_demo_that_was_killed_ends_too(tmp_path: Path) -> None:
    site = Site.make(tmp_path / "service", needs_face=False)
    program = (
        "import os, sys; from pathlib import Path; from vantay_service.demo.server import ServerProcess; "
        "from vantay_service.demo.site import Site; "
        "print(ServerProcess(Site(Path(sys.argv[1]))).process.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(site.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        assert int(demo.stdout.readline()) > 0
        _wait_until(lambda: len(_servers(tmp_path)) == 1)
        demo.kill()
    _wait_until(lambda: not _servers(tmp_path))


@contextmanager
def _heeded(number: int) -> Iterator[None]:
    """Let processes begin that a signal ends, also where the tests run in the background and ignore it."""
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_interrupted_leaves_no_server(number: int, tmp_path: Path, model_dir: Path) -> None:
    command = ["demo", "--output", str(tmp_path / "out"), "--subjects", "5"]
    with (
        _heeded(number),
        subprocess.Popen(
            [sys.executable, "-m", "vantay", *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as demo,
    ):
        _wait_until(lambda: bool(_servers(tmp_path)) or demo.poll() is not None)
        demo.send_signal(number)
        assert demo.wait(PATIENCE_S) in {1, 128 + number}
        assert _servers(tmp_path) == []


def test_settings_of_the_callers_own_services_do_not_reach_the_server() -> None:
    given = {
        "PATH": "/bin",
        "VANTAY_DATABASE": "mine.db",
        "VANTAY_SERVICE_ADDRESS": "x",
        "VANTAY_MODEL_DIR": "m",
    }
    assert bare_environment(given) == {"PATH": "/bin", "VANTAY_MODEL_DIR": "m"}


def test_an_earlier_service_is_replaced(tmp_path: Path) -> None:
    first = Site.make(tmp_path / "service", needs_face=True)
    (first.folder / "vantay.db").write_bytes(b"old")
    second = Site.make(tmp_path / "service", needs_face=False)
    assert not (second.folder / "vantay.db").exists()
    assert "intake.toml" in second.settings_file.read_text(encoding="utf-8")
    assert (second.folder / "certs").stat().st_mode & 0o077 == 0
