"""Whatever a caller sends, the answer is an answer or a refusal: never UNKNOWN or INTERNAL."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.people import enrol_people
from service.mutation import SOUND, WATCH, bulk_requests, methods, mutate
from service.wire import serving
from vantay.engine import Engine
from vantay.settings import EngineSettings

FORBIDDEN = {
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.DATA_LOSS,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNAVAILABLE,
}
quickly = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[grpc.Channel]:
    """A channel to a server on a loop of its own; no models are there."""
    folder = tmp_path_factory.mktemp("fuzz")
    ports: list[int] = []
    is_ready, is_over = threading.Event(), threading.Event()

    async def serve() -> None:
        with _opened(folder) as engine:
            async with serving(engine) as wire:
                ports.append(wire.port)
                is_ready.set()
                await asyncio.to_thread(is_over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VANTAY_MODEL_DIR", str(folder / "models"))
        thread.start()
        assert is_ready.wait(60)
        with grpc.insecure_channel(f"127.0.0.1:{ports[0]}") as opened:
            yield opened
        is_over.set()
        thread.join(30)


def _opened(folder: Path) -> Engine:
    engine = Engine.open(settings=EngineSettings(folder / "vantay.db", extractor="classical"))
    enrol_people(engine, range(6))
    return engine


def code_of(call: object) -> grpc.StatusCode:
    """Wait for the end of a call."""
    try:
        list(call)  # type: ignore[call-overload]
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def ask(channel: grpc.Channel, method: str, data: bytes) -> grpc.StatusCode:
    call: Any = channel.unary_stream(f"/vantay.v1.{method}")
    return code_of(call(data, timeout=30))


@quickly
@given(random=st.randoms(use_true_random=False))
def test_mutated_request_is_answered_or_refused(channel: grpc.Channel, random: Random) -> None:
    method = random.choice(methods())
    assert ask(channel, method.path, mutate(random.choice(method.requests), random)) not in FORBIDDEN


@quickly
@given(st.sampled_from([method.path for method in methods()]), st.binary(max_size=200))
def test_bytes_that_are_no_request_are_answered_or_refused(
    channel: grpc.Channel, path: str, data: bytes
) -> None:
    assert ask(channel, path, data) not in FORBIDDEN


@quickly
@given(random=st.randoms(use_true_random=False))
def test_mutated_bulk_stream_is_answered_or_refused(channel: grpc.Channel, random: Random) -> None:
    stream = [mutate(request, random) for request in bulk_requests() if random.random() < 0.8]
    bulk: Any = channel.stream_stream("/vantay.v1.EnrolmentService/BulkEnrol")
    assert code_of(bulk(iter(stream), timeout=30)) not in FORBIDDEN


@settings(quickly, max_examples=15)
@given(random=st.randoms(use_true_random=False))
def test_mutated_watch_is_answered_or_refused(channel: grpc.Channel, random: Random) -> None:
    watch: Any = channel.unary_stream("/vantay.v1.DecisionFeed/Watch")
    assert code_of(watch(mutate(WATCH, random), timeout=0.1)) not in FORBIDDEN - {
        grpc.StatusCode.DEADLINE_EXCEEDED
    }


def test_server_that_was_fuzzed_still_answers(channel: grpc.Channel) -> None:
    assert ask(channel, SOUND.path, SOUND.requests[0].SerializeToString()) is grpc.StatusCode.OK
