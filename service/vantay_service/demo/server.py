"""The server in a process of its own: started, awaited, ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from vantay.errors import VantayError
from vantay_service.demo.site import Site
from vantay_service.running.setting_sources import ENVIRONMENT_PREFIX

READY_S = 600.0
"""How long a server may take to be ready: the first one compiles kernels."""
END_S = 60.0
"""How long it may take to end: longer than it lets running calls finish."""
HURRY_S = 10.0
"""How long it has when the demo ends early."""
N_LOG_LINES = 5
"""Lines of the log that an error tells."""

_LOOK_S = 0.05
_OF_THE_ENGINE = "VANTAY_"
_KEPT = {"VANTAY_MODEL_DIR"}


class ServerFailed(VantayError):
    """The server did not start, was not ready in time, or did not end as told; what it logged is said."""


class ServerProcess:
    """A ``vantay-serve`` of its own; `running_server` makes one.

    Attributes
    ----------
    process : subprocess.Popen
    port : int
        Where it listens; 0 until `wait_until_ready`.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.port = 0
        with site.log_file.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                _command(site),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=bare_environment(os.environ),
                start_new_session=True,  # Ctrl-C is for the demo, which ends the server in order
            )

    def wait_until_ready(self, limit_s: float = READY_S) -> None:
        """Wait until it answers calls.

        Raises
        ------
        ServerFailed
            If it ends instead, or takes longer.
        """
        ends_at = time.monotonic() + limit_s
        while True:
            has_ended = self.process.poll() is not None  # before the log is read: its last line counts
            ready = next((line for line in self._log() if line.get("message") == "ready"), None)
            if ready is not None and not has_ended:
                self.port = int(ready["port"])
                return
            if has_ended:
                raise self._failed(f"ended with exit code {self.process.returncode} instead of serving")
            if time.monotonic() > ends_at:
                raise self._failed(f"was not ready within {limit_s:g} s")
            time.sleep(_LOOK_S)

    def end(self) -> None:
        """Ask it to end by SIGTERM, and wait until it has.

        Raises
        ------
        ServerFailed
            If it does not, or with another exit code than 0.
        """
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            raise self._failed(f"did not end within {END_S:g} s of SIGTERM") from None
        if code != 0:
            raise self._failed(f"ended with exit code {code}, expected 0")

    def kill(self) -> None:
        """Make sure that it is gone: by SIGTERM, and if that does not help soon, at once."""
        try:
            if self.process.poll() is None:
                self.process.terminate()
                self.process.wait(HURRY_S)
        except subprocess.TimeoutExpired:
            pass
        finally:  # also if somebody is in a hurry and interrupts again
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def _log(self) -> list[dict[str, Any]]:
        lines = self._site.log_file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}\n")]

    def _failed(self, what: str) -> ServerFailed:
        told = [str(line["message"]) for line in self._log()][-N_LOG_LINES:]
        last = "; ".join(told) if told else "nothing"
        return ServerFailed(f"the server {what}. It logged last: {last}. All of it: {self._site.log_file}")


@contextmanager
def running_server(site: Site) -> Iterator[ServerProcess]:
    """Start a server, which is gone when the context ends, however it ends."""
    server = ServerProcess(site)
    try:
        yield server
    finally:
        server.kill()


def _command(site: Site) -> list[str]:
    serve = [sys.executable, "-m", "vantay_service.running.main", "--config", str(site.settings_file)]
    with_parent = shutil.which("setpriv")
    # where the kernel can be asked for it, the server ends even with a demo that was killed
    return [with_parent, "--pdeathsig", "TERM", *serve] if with_parent else serve


def bare_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out the caller's own settings of a service and an engine: the demo's are in its folder."""
    return {
        name: value
        for name, value in environment.items()
        if name in _KEPT or not name.startswith((ENVIRONMENT_PREFIX, _OF_THE_ENGINE))
    }
