"""Times on the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click


class ZonedTimeType(click.ParamType[datetime]):
    """An ISO 8601 time with a zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read a time."""
        try:
            time = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time, expected for instance 2026-03-01T09:30+07:00", param, ctx)
        if time.utcoffset() is None:
            self.fail(
                f"{value!r} has no time zone, expected for instance {value}+07:00 or {value}Z", param, ctx
            )
        return time
