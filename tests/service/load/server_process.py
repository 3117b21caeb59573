"""`vantay-serve` as a process of its own: started, watched from outside, ended or killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

COMMAND = (sys.executable, "-m", "vantay_service.running.main")
START_TIMEOUT_S = 600.0
END_TIMEOUT_S = 120.0
CHECK = "IntakeService/CheckApplicant"
_LOG_POLL_S = 0.02
_MEMORY_FIELDS = {"VmRSS": "resident_mib", "RssAnon": "anonymous_mib", "VmHWM": "max_resident_mib"}


class Memory(NamedTuple):
    """Of a process, MiB: all that is resident, what of it no file backs, and the most that ever was."""

    resident_mib: float
    anonymous_mib: float
    max_resident_mib: float


class ServerProcess:
    """A server that runs. Use it as a context: what still runs at the end is killed.

    Parameters
    ----------
    folder : Path
        With ``service.toml``; the log goes into ``server.log`` there, behind what it holds.
    cores : sequence of int
        On which it runs; empty: on all that this process may use.
    port : int
        Where it listens; 0: any free port.
    """

    def __init__(self, folder: Path, cores: tuple[int, ...] = (), port: int = 0) -> None:
        self.log_file = folder / "server.log"
        self._log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        kept = {key: value for key, value in os.environ.items() if not key.startswith("VANTAY_SERVICE_")}
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *pinned_to(cores),
                    *COMMAND,
                    "--config",
                    str(folder / "service.toml"),
                    "--address",
                    f"127.0.0.1:{port}",
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=kept,
            )
        self.port = port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def address(self) -> str:
        """Where callers reach it, once it is ready."""
        return f"127.0.0.1:{self.port}"

    def wait_until_ready(self) -> float:
        """Wait until calls are answered; give the seconds that it took."""
        started = time.monotonic()
        while time.monotonic() - started < START_TIMEOUT_S:
            for line in self.log_lines():
                if line["message"] == "ready":
                    self.port = line["port"]
                    return time.monotonic() - started
            if self._process.poll() is not None:
                break
            time.sleep(_LOG_POLL_S)
        raise RuntimeError(f"the server was not ready, code {self._process.poll()}: see {self.log_file}")

    def log_lines(self) -> Iterator[dict[str, Any]]:
        """Read the log of this process from its beginning; what is not whole yet is left out."""
        with self.log_file.open("rb") as file:
            file.seek(self._log_start)
            for line in file:
                if line.startswith(b"{") and line.endswith(b"}\n"):
                    yield json.loads(line)

    def check_lines(self) -> list[dict[str, Any]]:
        """Read what the log tells of intake checks that ended."""
        return [line for line in self.log_lines() if line["message"] == "call" and line["method"] == CHECK]

    def check_reasons(self) -> Counter[str]:
        """Count how intake checks ended, by reason or status; with those left out of the log in a flood."""
        counts: Counter[str] = Counter()
        for line in self.log_lines():
            if line.get("method") == CHECK:
                counts[line["reason"] or line["status"]] += line.get("left_out", 1)
        return counts

    def memory(self) -> Memory:
        """Tell how much memory it has now."""
        found = {}
        for line in Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name in _MEMORY_FIELDS:
                found[_MEMORY_FIELDS[name]] = round(int(value.split()[0]) / 1024, 1)
        return Memory(**found)

    def cpu_s(self) -> float:
        """Tell how much processor time it took so far."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def end(self) -> int:
        """Send SIGTERM, wait, and give the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(END_TIMEOUT_S)

    def kill(self) -> None:
        """Send SIGKILL, and wait until it is gone."""
        self._process.kill()
        self._process.wait(END_TIMEOUT_S)


class MemorySamples:
    """Memory of a server, taken again and again while something else goes on."""

    def __init__(self, server: ServerProcess, interval_s: float = 1.0) -> None:
        self._server = server
        self._interval_s = interval_s
        self._is_over = threading.Event()
        self.samples: list[Memory] = []

    def _take(self) -> None:
        while not self._is_over.is_set() and self._server.is_running:
            self.samples.append(self._server.memory())
            self._is_over.wait(self._interval_s)

    @contextmanager
    def taken(self) -> Iterator[Self]:
        """Take samples as long as the context lasts."""
        thread = threading.Thread(target=self._take, name="memory")
        thread.start()
        try:
            yield self
        finally:
            self._is_over.set()
            thread.join()

    def figures(self) -> dict[str, dict[str, float]]:
        """Give the first sample, the middle one, the last one, and the largest anonymous memory."""
        samples = self.samples
        places = {"start": samples[0], "middle": samples[len(samples) // 2], "end": samples[-1]}
        places["most"] = max(samples, key=lambda sample: sample.anonymous_mib)
        return {name: sample._asdict() for name, sample in places.items()}


def pinned_to(cores: Sequence[int]) -> tuple[str, ...]:
    """Give what comes before a command that shall run on some cores; nothing for all."""
    return ("taskset", "-c", ",".join(map(str, cores))) if cores else ()


def free_port() -> int:
    """Find a port on which nobody listens now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
