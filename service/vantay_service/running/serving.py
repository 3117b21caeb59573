"""`serve`: a server from its start to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from vantay.engine import Engine
from vantay.intake.case_desk import CaseDesk
from vantay.intake.desk import IntakeDesk
from vantay.intake.records_desk import RecordsDesk
from vantay.intake.rules import IntakeRules, load_rules
from vantay.settings import EngineSettings
from vantay.store import NewAuditEntry
from vantay_service.desks import Desks
from vantay_service.handlers import SERVICE_NAMES, make_services
from vantay_service.running.json_log import log_loop_error
from vantay_service.running.metrics import Metrics
from vantay_service.running.readiness import Phase, Readiness
from vantay_service.running.server import BoundServer, Instruments, make_server
from vantay_service.running.settings import ServiceSettings, read_address
from vantay_service.running.status_page import StatusAnswers, StatusPage
from vantay_service.running.systemd import Supervisor
from vantay_service.running.traces import open_traces
from vantay_service.running.upkeep import Upkeep
from vantay_service.running.warm_up import warm_up
from vantay_service.running.work_queue import ThreadWorkQueue
from vantay_service.work import Priority

SWITCH_INTERVAL_S = 0.0001
"""How long a thread keeps the interpreter from others; 5 ms by default. Work gives it away and wants it back
with every kernel and every statement, and waits so long each time that another is at work."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)

_logger = logging.getLogger(__name__)


class StopSignals:
    """The wish that the server ends, and the wish that it hurries.

    Attributes
    ----------
    stop, hurry : asyncio.Event
        Set by the first and the second signal; a third one ends the process as if nobody listened.
    """

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear SIGTERM and SIGINT; only in the main thread."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.press)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def press(self) -> None:
        """Wish the end, the second time sooner."""
        if not self.stop.is_set():
            self.stop.set()
            return
        self.hurry.set()
        for number in SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is running.

    Attributes
    ----------
    port, plaintext_port, status_port : int, optional
        Where it listens.
    readiness : Readiness
    metrics : Metrics
    """

    port: int | None
    plaintext_port: int | None
    status_port: int | None
    readiness: Readiness
    metrics: Metrics


async def serve(
    settings: ServiceSettings,
    engine_settings: EngineSettings,
    *,
    signals: StopSignals | None = None,
    on_ready: Callable[[Running], None] = lambda _running: None,
) -> None:
    """Run a server until it is told to end.

    Parameters
    ----------
    settings : ServiceSettings
    engine_settings : EngineSettings
    signals : StopSignals, optional
        SIGTERM and SIGINT if not given.
    on_ready : callable
        Called once, when calls are answered.

    Raises
    ------
    InvalidSetting
        If certificates, roles or rules cannot be used, or an address cannot be listened on.
    StorageError
        One of its kinds, if the database or its index cannot be used.
    """
    asyncio.get_running_loop().set_exception_handler(log_loop_error)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    rules = load_rules(settings.intake_rules)
    with contextlib.ExitStack() as stack:
        if signals is None:
            signals = StopSignals()
            stack.enter_context(signals.heard())
        engine = Engine.open(settings=engine_settings, create=settings.creates_database)
        stack.callback(engine.close)
        await _serve_engine(_Parts.of(settings, engine, rules), signals, on_ready, stack)
    _logger.info("ended")


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a server is made of."""

    settings: ServiceSettings
    engine: Engine
    rules: IntakeRules
    queue: ThreadWorkQueue
    readiness: Readiness
    metrics: Metrics
    supervisor: Supervisor

    @classmethod
    def of(cls, settings: ServiceSettings, engine: Engine, rules: IntakeRules) -> _Parts:
        metrics = Metrics()
        max_waiting = {
            Priority.INTERACTIVE: settings.max_waiting_interactive,
            Priority.BATCH: settings.max_waiting_batch,
        }
        queue = ThreadWorkQueue(settings.n_workers, max_waiting, metrics)
        return cls(settings, engine, rules, queue, Readiness(SERVICE_NAMES, metrics), metrics, Supervisor())

    def desks(self) -> Desks:
        engine, rules = self.engine, self.rules
        return Desks(engine, IntakeDesk(engine, rules), CaseDesk(engine, rules), RecordsDesk(engine))

    def upkeep(self) -> Upkeep:
        return Upkeep(
            self.engine,
            self.rules,
            self.queue,
            self.readiness,
            self.metrics,
            self.settings,
            self.supervisor,
        )


async def _serve_engine(
    parts: _Parts, signals: StopSignals, on_ready: Callable[[Running], None], stack: contextlib.ExitStack
) -> None:
    """Listen, warm up, answer, drain. What is entered into the stack is left in turn, the engine last."""
    stack.callback(parts.queue.close)
    status = _open_status(parts, stack)
    traces = open_traces(parts.settings.otlp_endpoint)
    stack.callback(traces.close)
    notes = stack.enter_context(ThreadPoolExecutor(1, "vantay-audit"))

    async def note_audit(entry: NewAuditEntry) -> object:
        return await asyncio.get_running_loop().run_in_executor(notes, parts.engine.note_audit, entry)

    instruments = Instruments(parts.queue, parts.readiness, parts.metrics, traces, note_audit)
    services = make_services(parts.desks(), parts.queue, parts.settings.request_limits)
    bound = make_server(parts.settings, services, SERVICE_NAMES, instruments)
    async with _listening(bound, parts, signals):
        if await _warmed_up(parts, signals):
            running = Running(
                bound.port,
                bound.plaintext_port,
                None if status is None else status.port,
                parts.readiness,
                parts.metrics,
            )
            _tell_ready(running, parts)
            on_ready(running)
            async with _kept_up(parts):
                await signals.stop.wait()
    await asyncio.to_thread(parts.queue.close)  # what has begun is finished while the loop still runs


def _open_status(parts: _Parts, stack: contextlib.ExitStack) -> StatusPage | None:
    if not parts.settings.status_address:
        return None
    answers = StatusAnswers(
        parts.metrics.exposition, lambda: parts.readiness.is_ready, parts.readiness.describe
    )
    page = StatusPage(read_address("status_address", parts.settings.status_address), answers)
    stack.callback(page.close)
    return page


@asynccontextmanager
async def _listening(bound: BoundServer, parts: _Parts, signals: StopSignals) -> AsyncIterator[None]:
    """Listen; at the end let running calls finish, but not for ever."""
    await bound.server.start()
    try:
        yield
    finally:
        parts.readiness.enter(Phase.DRAINING)
        parts.supervisor.tell("STOPPING=1")
        _logger.info("draining for %.0f s at most", parts.settings.drain_s)
        stopping = asyncio.ensure_future(bound.server.stop(parts.settings.drain_s))
        hurry = asyncio.ensure_future(signals.hurry.wait())
        await asyncio.wait({stopping, hurry}, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not stopping.done():
            _logger.warning("told to hurry: calls that run are cancelled")
            await bound.server.stop(0)
        await stopping
        await bound.access.close()


async def _warmed_up(parts: _Parts, signals: StopSignals) -> bool:
    """Load what must be loaded; False if the server shall end meanwhile."""
    warming = asyncio.ensure_future(
        parts.queue.run(
            lambda: warm_up(parts.engine, with_images=parts.settings.warms_up_images),
            priority=Priority.BATCH,
            time_left_s=None,
        )
    )
    stop = asyncio.ensure_future(signals.stop.wait())
    try:
        await asyncio.wait({warming, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not warming.done():
            return False
        await warming
        return True
    finally:
        warming.cancel()
        stop.cancel()


def _tell_ready(running: Running, parts: _Parts) -> None:
    parts.readiness.enter(Phase.SERVING)
    parts.supervisor.tell("READY=1", "STATUS=ready")
    _logger.info(
        "ready",
        extra={
            "database": parts.engine.database_name,
            "port": running.port,
            "plaintext_port": running.plaintext_port,
            "status_port": running.status_port,
            "n_workers": parts.settings.n_workers,
        },
    )


@asynccontextmanager
async def _kept_up(parts: _Parts) -> AsyncIterator[None]:
    tasks = parts.upkeep().start()
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
