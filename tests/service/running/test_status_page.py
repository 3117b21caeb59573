"""The HTTP page for those who look after the server."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from vantay.errors import InvalidSetting
from vantay_service.running.metrics import Metrics
from vantay_service.running.settings import Address
from vantay_service.running.status_page import StatusAnswers, StatusPage


@contextmanager
def open_page(*, is_ready: bool = True) -> Iterator[StatusPage]:
    metrics = Metrics()
    metrics.calls.labels("IntakeService/CheckApplicant", "intake", "OK").inc()
    answers = StatusAnswers(metrics.exposition, lambda: is_ready, lambda: "draining")
    page = StatusPage(Address("127.0.0.1", 0), answers)
    try:
        yield page
    finally:
        page.close()


def get(page: StatusPage, path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=5)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_metrics_are_in_the_text_format() -> None:
    with open_page() as page:
        code, text = get(page, "/metrics")
    assert code == 200
    assert 'vantay_calls_total{code="OK",method="IntakeService/CheckApplicant",role="intake"} 1.0' in text
    assert "process_resident_memory_bytes" in text


def test_ready_and_alive_are_told_apart() -> None:
    with open_page(is_ready=False) as page:
        assert get(page, "/healthz") == (200, "alive\n")
        assert get(page, "/readyz") == (503, "draining\n")
    with open_page() as page:
        assert get(page, "/readyz")[0] == 200


def test_nothing_else_is_answered() -> None:
    with open_page() as page:
        assert get(page, "/../etc/passwd")[0] == 404
        assert get(page, "/metrics", "POST")[0] == 501


def test_a_caller_who_says_nothing_keeps_nobody_out() -> None:
    with open_page() as page, socket.create_connection(("127.0.0.1", page.port)):
        assert get(page, "/healthz")[0] == 200


def test_a_taken_port_is_told() -> None:
    with open_page() as page, pytest.raises(InvalidSetting, match="cannot be listened on"):
        StatusPage(Address("127.0.0.1", page.port), StatusAnswers(bytes, bool, str))
