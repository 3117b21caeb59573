"""How long each stage of a call took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class StageTimes:
    """Wall-clock time by stage, ms; a stage entered twice adds up.

    Examples
    --------
    >>> times = StageTimes()
    >>> with times.stage("compare"):
    ...     pass
    >>> list(times.ms)
    ['compare']
    """

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block under a name."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.ms[name] = self.ms.get(name, 0.0) + 1000.0 * (time.perf_counter() - started)
