"""Jobs done by forks of a warm process, as seen by who gives them out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

TESTS = Path(__file__).resolve().parents[1]


class Forks:
    """A warm process, see warm_process.py. Use as a context: it ends with it."""

    def __enter__(self) -> Self:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]),
            "OMP_NUM_THREADS": "1",  # a fork has no threads but its own, and would wait for them
        }
        self._folder = tempfile.TemporaryDirectory(prefix="vantay-forks-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "durability.warm_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=self._folder.name,
        )
        self._read_line()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def do(self, job: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Have a job done; give the fork's exit code, negative for a signal, and what it answered."""
        path = Path(self._folder.name) / "answer.json"
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job | {"answer": str(path)}) + "\n")
        self._process.stdin.flush()
        status = int(self._read_line())
        answer: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        path.unlink(missing_ok=True)
        return status, answer

    def _read_line(self) -> str:
        assert self._process.stdout is not None
        if not (line := self._process.stdout.readline()):
            raise RuntimeError("the warm process ended: see its error above")
        return line
