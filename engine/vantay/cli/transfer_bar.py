"""A progress bar with rate and time left, where standard error is a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import TaskID


class TransferBar:
    """A bar for each file; a context manager. Nothing is printed where nobody looks.

    Parameters
    ----------
    unit : str
        What is counted.
    """

    def __init__(self, unit: str) -> None:
        from rich.console import Console  # noqa: PLC0415 - keeps --help quick
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(f"{{task.fields[rate]}} {unit}/s"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, tuple[TaskID, int, float]] = {}

    def advance(self, name: str, n_done: int, n_total: Callable[[], int | None]) -> None:
        """Tell how far a file came; what was done before the first call does not count for the rate."""
        if self._progress.disable:
            return
        now = time.monotonic()
        if name not in self._tasks:
            task = self._progress.add_task(name, total=n_total(), completed=n_done, rate="…")
            self._tasks[name] = (task, n_done, now)
        task, n_before, started = self._tasks[name]
        if now > started:
            rate = f"{(n_done - n_before) / (now - started):.0f}"
            self._progress.update(task, completed=n_done, rate=rate)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
