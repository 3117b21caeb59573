"""What the programs about the service have in common: which installation, which cores."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from service.load.figures import Figures
from service.load.server_process import ServerProcess
from service.load.site import LoadSite, SitePlan


def add_site_arguments(parser: argparse.ArgumentParser, n_subjects: int = 100_000) -> None:
    """Add the arguments that say which installation is used."""
    parser.add_argument("--folder", type=Path, required=True, help="where it is; it is built if it is not")
    parser.add_argument("--subjects", type=int, default=n_subjects, help="enrolled")
    parser.add_argument("--applicants", type=int, default=20_000, help="who come; half of them are enrolled")
    parser.add_argument(
        "--without-faces", action="store_true", help="where models of faces are not installed"
    )


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say how a server runs, and where figures go."""
    parser.add_argument("--server-cores", type=_cores, default=(), help="as 0,1; all if not given")
    parser.add_argument("--caller-cores", type=_cores, default=(), help="of the processes that call")
    parser.add_argument("--engine-threads", type=int, default=1, help="n_threads of the engine's settings")
    parser.add_argument("--keep", action="store_true", help="keep the copy, with the server's log")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")


def site_of(arguments: argparse.Namespace) -> LoadSite:
    """Find the installation, or build it."""
    plan = SitePlan(arguments.subjects, arguments.applicants, not arguments.without_faces)
    return LoadSite.built(arguments.folder, plan)


@contextmanager
def running_server(
    arguments: argparse.Namespace, name: str
) -> Iterator[tuple[LoadSite, ServerProcess, Figures]]:
    """Copy the installation and start a server on it; give both, and what is to be told of them."""
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(site_of(arguments).copied(f"run-{name}", keeps=arguments.keep))
        with site.engine_file.open("a", encoding="utf-8") as file:
            file.write(f"n_threads = {arguments.engine_threads}\n")
        server = stack.enter_context(ServerProcess(site.folder, arguments.server_cores))
        start_s = server.wait_until_ready()
        told = asdict(site.plan) | {
            "server_cores": list(arguments.server_cores) or "all",
            "caller_cores": list(arguments.caller_cores) or "all",
            "engine_threads": arguments.engine_threads,
            "ready_after_s": round(start_s, 1),
        }
        yield site, server, told


def _cores(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))
