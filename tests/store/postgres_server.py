"""A private PostgreSQL server for a test run: in a folder of its own, on a socket there, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

USER = "postgres"
PORT = 5432  # of the socket's name only: nothing listens on the network
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # a power cut is not what these tests are about
    "max_connections": "60",
    "shared_buffers": "64MB",
    "lc_messages": "C",
}


def find_programs() -> Path | None:
    """Find the newest installed PostgreSQL; None if there is none."""
    if path := shutil.which("initdb"):
        return Path(path).parent
    found = [file.parent for file in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


class Server:
    """A server that runs; `stop` and `start` again as often as wanted."""

    def __init__(self, programs: Path, folder: Path, settings: dict[str, str]) -> None:
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"
        self._settings = settings

    def make(self) -> None:
        self._run("initdb", "-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        options = " ".join(f"-c {key}={value or repr('')}" for key, value in self._settings.items())
        options += f" -c unix_socket_directories={self._folder} -p {PORT}"
        log = self._folder / "log"
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", log, "-o", options)

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "stop", "-w", "-D", self._data, "-m", mode)

    def dsn(self, database: str = "postgres", schema: str | None = None) -> str:
        options = "" if schema is None else f"&options={quote(f'-csearch_path={schema}')}"
        return f"postgresql://{USER}@/{database}?host={quote(str(self._folder))}&port={PORT}{options}"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            preexec_fn=_step_down(),
        )
        if done.returncode != 0:
            log = self._folder / "log"
            raise RuntimeError(f"{program} failed: {done.stderr}\n{log.read_text() if log.exists() else ''}")


@contextmanager
def running_server(programs: Path, settings: dict[str, str] | None = None) -> Iterator[Server]:
    """Make a server, run it, and remove it."""
    folder = Path(tempfile.mkdtemp(prefix="vantay-postgres-"))
    if (user := _unprivileged_user()) is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    server = Server(programs, folder, _SETTINGS | (settings or {}))
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Name who runs the server when a superuser runs the tests: PostgreSQL refuses to be run by one."""
    if os.geteuid() != 0:
        return None
    names = [entry.pw_name for entry in pwd.getpwall()]
    return pwd.getpwnam(USER if USER in names else "nobody")


def _step_down() -> Callable[[], None] | None:
    user = _unprivileged_user()
    if user is None:
        return None

    def step_down() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return step_down
