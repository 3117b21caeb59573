"""What a running server does of its own accord, again and again: purge, tell, look, measure."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from vantay.engine import Engine
from vantay.errors import StorageError
from vantay.intake.retention import purge
from vantay.intake.rules import IntakeRules
from vantay.store import Actor
from vantay_service.running.metrics import Metrics
from vantay_service.running.readiness import Readiness
from vantay_service.running.settings import ServiceSettings
from vantay_service.running.systemd import Supervisor
from vantay_service.running.work_queue import ThreadWorkQueue
from vantay_service.work import Overloaded, Priority

SERVER = Actor("vantay-serve")
"""On whose behalf it purges."""

_Result = TypeVar("_Result")

GALLERY_INTERVAL_S = 300.0
"""Counting a large database takes a while."""
LAG_INTERVAL_S = 0.1

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What the background tasks of a server need.

    Attributes
    ----------
    engine : Engine
    rules : IntakeRules
    queue : ThreadWorkQueue
    readiness : Readiness
    metrics : Metrics
    settings : ServiceSettings
    supervisor : Supervisor
    """

    engine: Engine
    rules: IntakeRules
    queue: ThreadWorkQueue
    readiness: Readiness
    metrics: Metrics
    settings: ServiceSettings
    supervisor: Supervisor

    def start(self) -> list[asyncio.Task[None]]:
        """Begin all tasks; cancel them to end them."""
        settings = self.settings
        return [
            asyncio.create_task(self._every(interval_s, act), name=f"vantay-{act.__name__}")
            for interval_s, act in (
                (settings.watch_interval_s, self.watch_disk),
                (GALLERY_INTERVAL_S, self.count_gallery),
                (settings.retention_interval_s, self.purge_old),
                (settings.anchor_interval_s, self.tell_anchor),
            )
        ] + [asyncio.create_task(self.measure_lag(), name="vantay-measure_lag")]

    async def _every(self, interval_s: float, act: Callable[[], Awaitable[None]]) -> None:
        """Do something now and then; trouble with it is told, and it is tried again the next time."""
        name = act.__name__
        while True:
            try:
                await act()
            except (StorageError, OSError, Overloaded) as error:
                self.metrics.upkeep_failures.labels(name).inc()
                _logger.warning("%s failed, next try in %.0f s: %s", name, interval_s, error)
            except Exception:
                self.metrics.upkeep_failures.labels(name).inc()
                _logger.exception("%s failed unexpectedly, next try in %.0f s", name, interval_s)
            await asyncio.sleep(interval_s)

    async def watch_disk(self) -> None:
        """Look how much room is left; with too little, the server is not ready."""
        folder = self._folder()
        if folder is None:
            return
        free_bytes = shutil.disk_usage(folder).free
        self.metrics.disk_free_bytes.set(free_bytes)
        needed = self.settings.min_free_disk_bytes
        trouble = f"{free_bytes >> 20} MiB are free on the disk of the database, expected {needed >> 20}"
        self.readiness.set_trouble("disk", trouble if free_bytes < needed else "")

    def _folder(self) -> Path | None:
        """Give the folder of the database; None if it is on a server."""
        database = self.engine.settings.database
        return None if "://" in str(database) else Path(database).absolute().parent

    async def count_gallery(self) -> None:
        """Count who is enrolled."""
        found = await self._run(lambda: (self.engine.stats(), self.engine.galleries()))
        statistics, galleries = found
        self.metrics.subjects.labels("enrolled").set(statistics.n_subjects)
        self.metrics.subjects.labels("erased").set(statistics.n_erased)
        self.metrics.gallery_members.clear()
        for name, n_members in galleries.items():
            self.metrics.gallery_members.labels(name).set(n_members)

    async def purge_old(self) -> None:
        """Destroy answers and captures whose time is over."""
        counts = await self._run(lambda: purge(self.engine, self.rules, datetime.now(UTC), SERVER))
        for what, n_purged in (
            ("results", counts.n_results),
            ("captures", counts.n_captures),
            ("details", counts.n_details),
        ):
            self.metrics.purged.labels(what).inc(n_purged)
        _logger.info(
            "purged %d answers, %d captures and %d details of cases",
            counts.n_results,
            counts.n_captures,
            counts.n_details,
        )

    async def tell_anchor(self) -> None:
        """Write the end of the audit log into the server's log, which is kept elsewhere."""
        anchor = await self._run(self.engine.audit_anchor)
        told = {"store_id": anchor.store_id, "sequence": anchor.sequence, "hash": anchor.hash}
        _logger.info("audit anchor", extra={"anchor": told})

    async def measure_lag(self) -> None:
        """Measure how late the event loop is, and tell the supervisor that it is alive."""
        watchdog_s = self.supervisor.watchdog_s
        told_at = 0.0
        while True:
            wanted = time.monotonic() + LAG_INTERVAL_S
            await asyncio.sleep(LAG_INTERVAL_S)
            now = time.monotonic()
            self.metrics.loop_lag_seconds.observe(max(0.0, now - wanted))
            if watchdog_s is not None and now - told_at > watchdog_s / 3.0:
                self.supervisor.tell("WATCHDOG=1")
                told_at = now

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        return await self.queue.run(work, priority=Priority.BATCH, time_left_s=None)
