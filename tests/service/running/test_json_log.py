"""Logs: one JSON object a line, without what others put into their messages."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from vantay.errors import InvalidSample
from vantay_service.running.json_log import log_loop_error, start_logging

MARKED = "NGUYEN-VAN-MARKED"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    show = warnings.showwarning
    stream = io.StringIO()
    start_logging("INFO", stream)
    yield stream
    warnings.showwarning = show
    for name in ("vantay", "vantay_service"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_line_has_time_level_logger_message_and_extras(log: io.StringIO) -> None:
    logging.getLogger("vantay_service.running").info("ready after %d s", 3, extra={"port": 8443})
    (line,) = lines(log)
    assert line["time"].endswith("+00:00")
    assert (line["level"], line["logger"]) == ("INFO", "vantay_service.running")
    assert (line["message"], line["port"]) == ("ready after 3 s", 8443)


def test_a_message_cannot_forge_another_line(log: io.StringIO) -> None:
    logging.getLogger("vantay").info('one\n{"level": "INFO"}\u2028two')
    assert len(lines(log)) == 1
    assert len(log.getvalue().splitlines()) == 1


def test_others_are_heard_without_what_they_put_into_messages(log: io.StringIO) -> None:
    logging.getLogger("grpc._cython").error("request %s failed", MARKED, extra={"who": MARKED})
    logging.getLogger("sqlalchemy").info("INSERT %s", MARKED)
    (line,) = lines(log)
    assert line["message"] == "request %s failed"
    assert MARKED not in log.getvalue()


def test_exceptions_tell_type_and_place_but_not_what_they_hold(log: io.StringIO) -> None:
    def fail() -> None:
        try:
            int(MARKED)
        except ValueError as error:
            raise KeyError(MARKED) from error

    try:
        fail()
    except KeyError:
        logging.getLogger("vantay_service").exception("unexpected")
    (line,) = lines(log)
    assert line["exception"]["type"] == "builtins.KeyError"
    assert line["exception"]["cause"] == "builtins.ValueError"
    assert line["exception"]["frames"][-1].endswith(" fail")
    assert MARKED not in log.getvalue()


def test_errors_of_vantay_are_written_out(log: io.StringIO) -> None:
    try:
        raise InvalidSample("image is 9 px wide, expected 100 or more")
    except InvalidSample:
        logging.getLogger("vantay_service").exception("refused")
    assert lines(log)[0]["exception"]["message"] == "image is 9 px wide, expected 100 or more"


def test_tasks_that_fail_unheard_do_not_tell_their_arguments(log: io.StringIO) -> None:
    async def fail(_name: str) -> None:
        raise ValueError(MARKED)

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(log_loop_error)
        asyncio.ensure_future(fail(MARKED))  # noqa: RUF006
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        import gc  # noqa: PLC0415

        gc.collect()

    asyncio.run(main())
    assert MARKED not in log.getvalue()
    assert any("never retrieved" in line["message"] for line in lines(log))


def test_of_warnings_kind_and_place_are_told(log: io.StringIO) -> None:
    warnings.showwarning(UserWarning(MARKED), UserWarning, "/srv/vantay/image.py", 12)
    (line,) = lines(log)
    assert line["message"] == "UserWarning at image.py:12"
    assert MARKED not in log.getvalue()
