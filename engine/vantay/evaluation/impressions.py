"""Templates of a batch of image files: timed, in one process or several, failures counted and kept apart."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vantay.errors import ExtractionFailed, InvalidSample
from vantay.fingerprint.extraction import Extractor, make_extractor
from vantay.fingerprint.image import read_finger_image
from vantay.types import FingerTemplate


@dataclass(frozen=True, slots=True, eq=False)
class Impression:
    """What became of one image file.

    Attributes
    ----------
    path : Path
        The image.
    template : FingerTemplate or None
        None if there is none: a failure to enrol.
    rejection : str
        Why there is none; empty if there is one.
    extract_ms : float
        Processor time of the extraction in ms, without reading the file; 0 if the file was not readable.
    """

    path: Path
    template: FingerTemplate | None
    rejection: str
    extract_ms: float


def extract_impressions(
    sources: Sequence[tuple[Path, float | None]],
    extractor_name: str | None = None,
    *,
    n_jobs: int = 1,
    advance: Callable[[], None] = lambda: None,
) -> list[Impression]:
    """Make the templates of a batch of files; a file that gives none does not stop the others.

    Parameters
    ----------
    sources : sequence of (Path, float or None)
        Image files with their resolution in ppi, None to believe the file.
    extractor_name : str or None
        As for `make_extractor`. Each process has its own extractor, on one thread.
    n_jobs : int
        Processes; 1 works in this one.
    advance : callable
        Called after each file, for a progress bar.

    Returns
    -------
    list of Impression
        In the order of `sources`.

    Raises
    ------
    ModelUnavailable
        If the extractor that was asked for has no model.
    """
    results = []
    for impression in _results(sources, extractor_name, n_jobs):
        results.append(impression)
        advance()
    return results


def _results(
    sources: Sequence[tuple[Path, float | None]], extractor_name: str | None, n_jobs: int
) -> Iterable[Impression]:
    if n_jobs == 1:
        yield from map(partial(_extract_file, make_extractor(extractor_name, n_threads=1)), sources)
        return
    # spawn: a forked child would inherit the locks of the inference runtime's threads, which do not exist
    # there
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_jobs, context, _make_process_extractor, (extractor_name,)) as pool:
        yield from pool.map(_extract_in_process, sources)


_process_extractor: list[Extractor] = []  # one, made when a worker process starts


def _make_process_extractor(extractor_name: str | None) -> None:
    _process_extractor[:] = [make_extractor(extractor_name, n_threads=1)]


def _extract_in_process(source: tuple[Path, float | None]) -> Impression:
    return _extract_file(_process_extractor[0], source)


def _extract_file(extractor: Extractor, source: tuple[Path, float | None]) -> Impression:
    path, ppi = source
    try:
        image = read_finger_image(path, ppi=ppi)
    except InvalidSample as error:
        return Impression(path, None, str(error), 0.0)
    start = time.process_time()
    try:
        template = extractor.extract(image)
    except (ExtractionFailed, InvalidSample) as error:
        return Impression(path, None, str(error), 1e3 * (time.process_time() - start))
    return Impression(path, template, "", 1e3 * (time.process_time() - start))
