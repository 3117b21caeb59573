"""Logs: one JSON object a line, on standard error, and nothing of a person in it.

What Vantay's own modules say is written out: their messages hold no personal or biometric data. Other
packages make no such promise: of their messages only the pattern is written, without what is put into it.
Of exceptions, the type and where it came from; what they say only if they are Vantay's own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import traceback
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from vantay.errors import VantayError

OWN_LOGGERS = ("vantay", "vantay_service")
N_FRAMES = 12
"""Of an exception: the innermost ones."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_logger = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """Writes a log record as a JSON object: time, level, logger, message, and what `extra` was given."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message_of(record),
        }
        if _is_own(record):
            line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = describe_exception(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True, default=str)


def _message_of(record: logging.LogRecord) -> str:
    return record.getMessage() if _is_own(record) else str(record.msg)[:200]


def _is_own(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OWN_LOGGERS


def describe_exception(error: BaseException) -> dict[str, object]:
    """Tell an exception without the values that it may hold: its type, its place, its causes by type."""
    described: dict[str, object] = {"type": _type_name(error), "frames": _frames_of(error.__traceback__)}
    if isinstance(error, VantayError):
        described["message"] = str(error)
    cause = error.__cause__ or error.__context__
    if cause is not None:
        described["cause"] = _type_name(cause)
    return described


def _type_name(error: BaseException) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}"


def _frames_of(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-N_FRAMES:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def start_logging(level: str, stream: TextIO | None = None) -> logging.Handler:
    """Write all log records of this process as JSON lines.

    Parameters
    ----------
    level : str
        Of Vantay's own; other packages are heard from WARNING on.
    stream : TextIO, optional
        Standard error if not given.

    Returns
    -------
    logging.Handler
        The one that was put in, in place of all that were there.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level)
    warnings.showwarning = _log_warning
    return handler


def _log_warning(
    message: Warning | str,  # noqa: ARG001 - its text may hold values
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    """Tell of a warning its kind and place; `warnings` calls it."""
    _logger.warning("%s at %s:%d", category.__name__, filename.rpartition("/")[2], lineno)


def log_loop_error(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Log what went wrong in the event loop where nobody waited for it.

    For `set_exception_handler`: asyncio's own handler writes out the task with its arguments.
    """
    error = context.get("exception")
    fields = {"exception": describe_exception(error)} if isinstance(error, BaseException) else {}
    _logger.error("event loop: %s", str(context.get("message"))[:200], extra=fields)
