"""Impressions of people who do not exist, made once and kept as PNG files."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import cv2
from PIL import Image

from vantay.types import TEMPLATE_PPI, FingerPosition
from vantay_datasets.synthetic.fingerprint import ImpressionLevel, make_impression, make_person

FINGERS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
"""What is captured of each person."""

N_PROCESSES = 2

_SEEDS_PER_POPULATION = 1_000_000


class Visit(NamedTuple):
    """One capture of one person.

    Attributes
    ----------
    person : int
        Number of the person in the population.
    touch : int
        0 at enrolment; another number is another day with the same fingers.
    level : ImpressionLevel
        How good the impressions are.
    """

    person: int
    touch: int
    level: ImpressionLevel = ImpressionLevel.GOOD


class _Task(NamedTuple):
    person_seed: int
    visit: Visit
    paths: Mapping[FingerPosition, Path]


class Population:
    """The people of one seed, with the folder that keeps their impressions.

    Parameters
    ----------
    folder : Path
        Impressions go into a folder in it that is named after the seed and the generator's version.
    seed : int
        Another seed is other people.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._seed = seed
        self.folder = folder / f"{seed}-{generator_version()}"

    def paths_of(self, visit: Visit) -> dict[FingerPosition, Path]:
        """Name the image files of a visit, whether they are there yet or not."""
        stem = f"{visit.person:04d}-{visit.touch}-{visit.level}"
        return {position: self.folder / f"{stem}-{position.name.lower()}.png" for position in FINGERS}

    def make_impressions(self, visits: Iterable[Visit], advance: Callable[[], None]) -> None:
        """Make the image files of the visits that have none yet, on two processes.

        Parameters
        ----------
        visits : iterable of Visit
            What is wanted.
        advance : callable
            Called after each visit, for a progress bar.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        tasks = []
        for visit in visits:
            paths = self.paths_of(visit)
            if all(path.is_file() for path in paths.values()):
                advance()
            else:
                tasks.append(_Task(self._seed * _SEEDS_PER_POPULATION + visit.person, visit, paths))
        if tasks:
            # spawn: a forked child would inherit the locks of numerical libraries' threads
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(N_PROCESSES, context, _use_one_thread) as pool:
                for _ in pool.map(_make_visit, tasks):
                    advance()


def generator_version() -> str:
    """Fingerprint the generator's source, so that impressions of an older one are not taken for its own."""
    digest = hashlib.sha256()
    package = files("vantay_datasets.synthetic.fingerprint")
    for source in sorted(package.iterdir(), key=lambda entry: entry.name):
        if source.name.endswith(".py"):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _use_one_thread() -> None:
    cv2.setNumThreads(1)


def _make_visit(task: _Task) -> None:
    masters = make_person(task.person_seed, FINGERS)
    for position, path in task.paths.items():
        impression = make_impression(masters[position], task.visit.touch, task.visit.level)
        unfinished = path.with_suffix(".unfinished")
        image = Image.fromarray(impression.image.pixels)
        image.save(unfinished, format="PNG", dpi=(TEMPLATE_PPI, TEMPLATE_PPI), compress_level=1)
        unfinished.replace(path)  # an interrupted run leaves no half image behind
