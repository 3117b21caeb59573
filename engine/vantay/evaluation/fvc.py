"""The protocol of the FVC sets: each unordered pair of impressions of a set is compared once.

A B set of 10 fingers × 8 impressions gives 280 mated and 2,880 non-mated comparisons. An image that gives no
template scores 0 in all its comparisons, so that refusing hard images does not improve the figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSample, InvalidSetting
from vantay.evaluation.impressions import Impression, extract_impressions
from vantay.evaluation.score_table import ImpressionName, ScoreTable
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, compare_many, prepare
from vantay.fingerprint.image import ImageLimits
from vantay_datasets.fvc import FvcImage, list_fvc_images

DEFAULT_PPI = 500.0
"""Of an FVC folder without ``@PPI``: the TIFF tags of these sets do not hold the resolution."""


@dataclass(frozen=True, slots=True)
class FvcSet:
    """One set to evaluate.

    Attributes
    ----------
    name : str
        The last parts of its path, as many as tell the sets apart, two at least.
    images : tuple of FvcImage
        Its impressions.
    ppi : float
        Their resolution.
    """

    name: str
    images: tuple[FvcImage, ...]
    ppi: float


@dataclass(frozen=True, slots=True, eq=False)
class FvcResult:
    """What one set gave.

    Attributes
    ----------
    scores : ScoreTable
        All comparisons, with qualities.
    impressions : tuple of Impression
        All images, those without a template too.
    compare_s : float
        Processor time of the comparisons that were made, in seconds.
    n_compared : int
        How many these were; those of images without a template need none.
    """

    scores: ScoreTable
    impressions: tuple[Impression, ...]
    compare_s: float
    n_compared: int

    @property
    def rejected(self) -> list[Impression]:
        """Images without a template."""
        return [impression for impression in self.impressions if impression.template is None]

    @property
    def extractor(self) -> tuple[str, str]:
        """Name and version of what made the templates, as they say it; empty if there is none."""
        templates = (x.template for x in self.impressions if x.template is not None)
        return next(((t.extractor, t.extractor_version) for t in templates), ("", ""))

    @property
    def fte(self) -> float:
        """Failure-to-enrol rate: the share of images without a template."""
        return len(self.rejected) / len(self.impressions)


def open_fvc_sets(arguments: Sequence[str]) -> list[FvcSet]:
    """Find the images of the folders on a command line.

    Parameters
    ----------
    arguments : sequence of str
        ``DIR`` or ``DIR@PPI``; 500 ppi if not said.

    Returns
    -------
    list of FvcSet
        With names that differ.

    Raises
    ------
    InvalidSample
        If a folder is missing, or its impressions make no mated or no non-mated pair.
    InvalidSetting
        If a resolution is no number or outside the limits of an image, or a folder is named twice.
    """
    parsed = [_parse_argument(argument) for argument in arguments]
    names = _distinct_names([folder.resolve() for folder, _ in parsed])
    sets = [
        FvcSet(name, tuple(list_fvc_images(folder)), ppi)
        for name, (folder, ppi) in zip(names, parsed, strict=True)
    ]
    for one in sets:
        _require_pairs(one.name, "images", [image.finger for image in one.images])
    return sets


def evaluate_set(
    fvc_set: FvcSet,
    extractor_name: str | None = None,
    *,
    n_jobs: int = 1,
    advance: Callable[[], None] = lambda: None,
) -> FvcResult:
    """Make the templates of a set and compare each with each.

    Parameters
    ----------
    fvc_set : FvcSet
        From `open_fvc_sets`.
    extractor_name : str or None
        As for `vantay.fingerprint.extraction.make_extractor`.
    n_jobs : int
        Processes for the extraction; comparisons are made, and timed, on one core.
    advance : callable
        Called after each image, for a progress bar.

    Returns
    -------
    FvcResult
        Scores, failures and times.

    Raises
    ------
    InvalidSample
        If the images that gave a template make no mated or no non-mated pair: the scores would be nothing
        but failures, and their rates no rates.
    ModelUnavailable
        If the extractor that was asked for has no model.
    """
    sources = [(image.path, fvc_set.ppi) for image in fvc_set.images]
    impressions = extract_impressions(sources, extractor_name, n_jobs=n_jobs, advance=advance)
    result = compare_set(fvc_set, impressions)
    pairs = zip(fvc_set.images, impressions, strict=True)
    fingers = [image.finger for image, impression in pairs if impression.template is not None]
    reason = f"; {result.rejected[0].rejection}" if result.rejected else ""
    _require_pairs(fvc_set.name, f"of {len(impressions)} images gave a template,", fingers, reason)
    return result


def compare_set(fvc_set: FvcSet, impressions: Sequence[Impression]) -> FvcResult:
    """Compare each impression of a set with each other one, once.

    Parameters
    ----------
    fvc_set : FvcSet
        The set.
    impressions : sequence of Impression
        In the order of its images.

    Returns
    -------
    FvcResult
        Comparisons in the order (1, 2), (1, 3), …, (2, 3), …
    """
    names = [ImpressionName("", image.finger, image.impression) for image in fvc_set.images]
    pairs = list(combinations(range(len(names)), 2))
    templates = {i: x.template for i, x in enumerate(impressions) if x.template is not None}
    table, compare_s = _score_matrix(len(names), {i: prepare(t) for i, t in templates.items()})
    quality = np.array([templates[i].quality if i in templates else 0.0 for i in range(len(names))])
    probe, candidate = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    scores = ScoreTable(
        name=fvc_set.name,
        probes=[names[i] for i in probe],
        candidates=[names[j] for j in candidate],
        scores=table[probe, candidate],
        qualities=np.minimum(quality[probe], quality[candidate]),
    )
    n_compared = len(templates) * (len(templates) - 1) // 2
    return FvcResult(scores, tuple(impressions), compare_s, n_compared)


def made_comparisons(results: Sequence[FvcResult]) -> npt.NDArray[np.bool_]:
    """Tell which comparisons of sets had a template on both sides, (n,), in the order of the pooled table."""
    made = []
    for result in results:
        has_template = np.array([x.template is not None for x in result.impressions], np.bool_)
        probe, candidate = np.triu_indices(has_template.size, 1)
        made.append(has_template[probe] & has_template[candidate])
    return np.concatenate(made)


def _score_matrix(n: int, prepared: dict[int, PreparedTemplate]) -> tuple[npt.NDArray[np.float64], float]:
    """Scores in the upper triangle, 0 where there is no template; and the seconds that they took."""
    scores = np.zeros((n, n))
    rows = np.array(sorted(prepared), dtype=np.intp)
    packs = [TemplatePack.of([prepared[j] for j in rows[k + 1 :]]) for k in range(len(rows) - 1)]
    if packs:
        compare_many(prepared[int(rows[0])], packs[0])  # compilation is not part of the measurement
    start = time.process_time()
    for k, pack in enumerate(packs):
        scores[rows[k], rows[k + 1 :]] = compare_many(prepared[int(rows[k])], pack)
    return scores, time.process_time() - start


def _parse_argument(argument: str) -> tuple[Path, float]:
    folder, separator, ppi_text = argument.rpartition("@")
    if not separator or Path(argument).is_dir():  # a folder's own name may hold an @
        return Path(argument), DEFAULT_PPI
    try:
        ppi = float(ppi_text)
    except ValueError as error:
        raise InvalidSetting(
            f"{argument}: resolution is {ppi_text!r}, expected DIR@PPI with a number"
        ) from error
    limits = ImageLimits()
    if not limits.min_ppi <= ppi <= limits.max_ppi:
        raise InvalidSetting(
            f"{argument}: resolution is {ppi:g} ppi, expected {limits.min_ppi:g} to {limits.max_ppi:g}"
        )
    return Path(folder), ppi


def _require_pairs(name: str, what: str, fingers: Sequence[int], reason: str = "") -> None:
    """Refuse impressions of these fingers if they make no mated or no non-mated pair."""
    n_fingers = len(set(fingers))
    if 1 < n_fingers < len(fingers):
        return
    kind = "mated" if n_fingers == len(fingers) else "non-mated"
    raise InvalidSample(
        f"{name}: {len(fingers)} {what} of {n_fingers} fingers: there is no {kind} pair and so no error "
        f"rate, expected two fingers and two impressions of one at least{reason}"
    )


def _distinct_names(folders: Sequence[Path]) -> list[str]:
    if len(set(folders)) < len(folders):
        twice = next(folder for folder in folders if folders.count(folder) > 1)
        raise InvalidSetting(f"{twice}: named twice, expected each set once")
    n_parts = 2
    while len({folder.parts[-n_parts:] for folder in folders}) < len(folders):
        n_parts += 1
    return ["/".join(folder.parts[-n_parts:]) for folder in folders]
