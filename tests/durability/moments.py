"""When a victim dies: at any time, or within milliseconds of what is likely to be torn."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from vantay.store.transaction import WriteTransaction

MOMENTS = {
    "any time": 0.8,
    "file replacement": 0.004,
    "file brought to disk": 0.004,
    "commit": 0.006,
    "compaction": 0.06,
}
"""What a kill is near to, and how long after it at most, s."""
AT_ONCE = 0.3
"""How often a victim dies in the very call, not some time after it."""
MOST_TIMES = {"any time": 1, "compaction": 2}
"""Before how many of these a victim may be spared; 12 if not said."""


@dataclass
class Moment:
    """A kill near the nth of some events.

    Attributes
    ----------
    near : str
        One of `MOMENTS`.
    n_spared : int
        So many such events pass before.
    delay_s : float
        From the event to the kill.
    """

    near: str
    n_spared: int
    delay_s: float

    @classmethod
    def drawn(cls, rng: random.Random) -> Moment:
        """Draw any."""
        near = rng.choice(sorted(MOMENTS))
        at_once = near != "any time" and rng.random() < AT_ONCE
        delay_s = 0.0 if at_once else rng.uniform(0, MOMENTS[near])
        return cls(near, rng.randrange(MOST_TIMES.get(near, 12)), delay_s)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def reached(self, near: str) -> None:
        """Note an event; dies, now or soon, if it is the one."""
        if near != self.near:
            return
        if self.n_spared > 0:
            self.n_spared -= 1
        elif self.delay_s == 0:
            _die()
        else:
            threading.Thread(target=_die, args=(self.delay_s,), daemon=True).start()
            self.near = "dying"

    def watch(self) -> None:
        """Look out for the events in all that this process does from now on."""
        os.replace = self._watched(os.replace, "file replacement")
        os.fsync = self._watched(os.fsync, "file brought to disk")
        WriteTransaction.finish = self._watched(  # type: ignore[method-assign]
            WriteTransaction.finish, "commit"
        )
        self.reached("any time")

    def _watched(self, act: Callable[..., Any], near: str) -> Callable[..., Any]:
        def act_and_tell(*given: Any, **options: Any) -> Any:
            self.reached(near)  # at once: before the act
            result = act(*given, **options)
            self.reached(near)  # … or right after it
            return result

        return act_and_tell


def _die(delay_s: float = 0.0) -> None:
    time.sleep(delay_s)
    os.kill(os.getpid(), signal.SIGKILL)
