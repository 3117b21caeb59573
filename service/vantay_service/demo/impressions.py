"""Ten-print captures of people who do not exist, made once and kept as PNG files."""

from __future__ import annotations

import hashlib
import multiprocessing
import signal
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import cv2
from PIL import Image

from vantay.types import TEMPLATE_PPI, FingerPosition
from vantay_datasets.synthetic.fingerprint import make_impression, make_person

FINGERS = tuple(position for position in FingerPosition if position is not FingerPosition.UNKNOWN)
N_PROCESSES = 2

_SEEDS_PER_POPULATION = 1_000_000


class Visit(NamedTuple):
    """One capture of ten fingers of one person.

    Attributes
    ----------
    person : int
        Number of the person in the population.
    touch : int
        0 at enrolment; another number is another day with the same fingers.
    """

    person: int
    touch: int


class _Task(NamedTuple):
    """The missing visits of one person: the skin of ten fingers takes longer to make than their touches."""

    person_seed: int
    paths_by_touch: dict[int, dict[FingerPosition, Path]]


class Impressions:
    """The fingers of the people of one seed, with the folder that keeps their images.

    Parameters
    ----------
    folder : Path
        Images go into a folder in it that is named after the seed and the generator's version.
    seed : int
        Another seed is other people.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._seed = seed
        self.folder = folder / f"{seed}-{generator_version()}"

    def paths_of(self, visit: Visit) -> dict[FingerPosition, Path]:
        """Name the image files of a visit, whether they are there yet or not."""
        stem = f"{visit.person:07d}-{visit.touch}"
        return {position: self.folder / f"{stem}-{position.name.lower()}.png" for position in FINGERS}

    def read(self, visit: Visit) -> dict[FingerPosition, bytes]:
        """Read the image files of a visit."""
        return {position: path.read_bytes() for position, path in self.paths_of(visit).items()}

    def make(self, visits: Iterable[Visit], advance: Callable[[int], None]) -> None:
        """Make the image files of the visits that have none yet, on two processes.

        Parameters
        ----------
        visits : iterable of Visit
            What is wanted.
        advance : callable
            Told how many visits are there now that were not a moment ago, for a progress bar.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        missing: defaultdict[int, dict[int, dict[FingerPosition, Path]]] = defaultdict(dict)
        for visit in visits:
            paths = self.paths_of(visit)
            if all(path.is_file() for path in paths.values()):
                advance(1)
            else:
                missing[visit.person][visit.touch] = paths
        tasks = [
            _Task(self._seed * _SEEDS_PER_POPULATION + person, paths) for person, paths in missing.items()
        ]
        if tasks:
            _make_all(tasks, advance)


def generator_version() -> str:
    """Fingerprint the generator's source, so that images of an older one are not taken for its own."""
    digest = hashlib.sha256()
    package = files("vantay_datasets.synthetic.fingerprint")
    for source in sorted(package.iterdir(), key=lambda entry: entry.name):
        if source.name.endswith(".py"):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _make_all(tasks: list[_Task], advance: Callable[[int], None]) -> None:
    # spawn: a forked child would inherit the locks of numerical libraries' threads
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(N_PROCESSES, len(tasks)), context, _prepare_worker) as pool:
        try:
            for n_visits in pool.map(_make_visits, tasks):
                advance(n_visits)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # interrupted: what waits is not begun any more
            raise


def _prepare_worker() -> None:
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the demo hears it and ends its workers


def _make_visits(task: _Task) -> int:
    masters = make_person(task.person_seed, FINGERS)
    for touch, paths in task.paths_by_touch.items():
        for position, path in paths.items():
            impression = make_impression(masters[position], touch)
            unfinished = path.with_suffix(".unfinished")
            image = Image.fromarray(impression.image.pixels)
            image.save(unfinished, format="PNG", dpi=(TEMPLATE_PPI, TEMPLATE_PPI), compress_level=1)
            unfinished.replace(path)  # an interrupted run leaves no half image behind
    return len(task.paths_by_touch)
