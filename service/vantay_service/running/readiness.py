"""Whether the server answers calls: starting, ready, in trouble, draining. Health checks tell the same."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from enum import StrEnum

from vantay_service.running.health import Health
from vantay_service.running.metrics import Metrics

_logger = logging.getLogger(__name__)


class Phase(StrEnum):
    """Where the server is between start and stop."""

    STARTING = "starting"
    """The index is being loaded: calls are refused for now."""
    SERVING = "serving"
    DRAINING = "draining"
    """Running calls are finished, new ones refused."""


class Readiness:
    """The phase of a server, and what stands against its being ready. For the event loop only.

    Parameters
    ----------
    services : sequence of str
        Names that health checks may ask for, as ``vantay.v1.IntakeService``.
    metrics : Metrics

    Attributes
    ----------
    phase : Phase
    draining : asyncio.Event
        Set when the server begins to end.
    health : Health
        Answers health checks.
    """

    def __init__(self, services: Sequence[str], metrics: Metrics) -> None:
        self.phase = Phase.STARTING
        self.draining = asyncio.Event()
        self.health = Health(services)
        self._troubles: dict[str, str] = {}
        metrics.ready.set_function(lambda: float(self.is_ready))

    @property
    def is_ready(self) -> bool:
        """Whether callers should come."""
        return self.phase is Phase.SERVING and not self._troubles

    @property
    def is_draining(self) -> bool:
        """Whether the server is about to end."""
        return self.phase is Phase.DRAINING

    def describe(self) -> str:
        """Tell the phase and the troubles in a line."""
        return "; ".join([self.phase.value, *self._troubles.values()])

    def enter(self, phase: Phase) -> None:
        """Go on to another phase; there is no way back from DRAINING."""
        if self.is_draining:
            return
        self.phase = phase
        if phase is Phase.DRAINING:
            self.draining.set()
            self.health.end()
        self._tell_health()

    def set_trouble(self, name: str, text: str) -> None:
        """Note something that stands against being ready; an empty text says that it is over."""
        if bool(self._troubles.get(name)) != bool(text):
            if text:
                _logger.error("not ready: %s", text)
            else:
                _logger.info("ready again: %s is over", name)
        self._troubles = {other: what for other, what in self._troubles.items() if other != name}
        if text:
            self._troubles[name] = text
        self._tell_health()

    def _tell_health(self) -> None:
        self.health.set_serving(is_serving=self.is_ready)
