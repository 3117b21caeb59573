"""``vantay-serve``: run the service until SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

import click

from vantay.errors import CallerError, VantayError
from vantay_service.running.json_log import start_logging
from vantay_service.running.serving import serve
from vantay_service.running.setting_sources import load_engine_settings, load_service_settings

_logger = logging.getLogger("vantay_service.running.main")  # also when it is run as a program


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), help="Settings of the service (TOML).")
@click.option("--engine-config", type=click.Path(path_type=Path), help="Settings of the engine (TOML).")
@click.option("--address", help="Where callers with certificates reach it, host:port.")
@click.option("--plaintext-address", help="A loopback address for callers without a certificate.")
@click.option("--certificate-folder", type=click.Path(path_type=Path), help="Made by `vantay certs init`.")
@click.option("--n-workers", type=int, help="Threads that do the engine's work.")
@click.option("--log-level", help="DEBUG, INFO, WARNING or ERROR.")
@click.version_option(package_name="vantay")
def main(config: Path | None, **flags: object) -> None:
    """Answer gRPC calls until SIGTERM.

    Logs are JSON lines on standard error. Exit codes: 0 ended as told, 1 the database, its index or a file
    cannot be used, 2 wrong settings.
    """
    start_logging("INFO")
    try:
        settings = load_service_settings(config, environment=os.environ, flags=flags)
        start_logging(settings.log_level)
        asyncio.run(serve(settings, load_engine_settings(settings, os.environ)))
    except VantayError as error:
        _logger.error("cannot serve: %s", error, extra={"error": type(error).__name__})  # noqa: TRY400
        sys.exit(2 if isinstance(error, CallerError) else 1)


if __name__ == "__main__":
    main()
