"""The classical extractor: from an image to minutiae without a model.

Each step is a file of this folder with one public function; `extract` and `find_minutiae` are the table of
contents.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from vantay.errors import ExtractionFailed
from vantay.fingerprint.extraction.classical.cleaning import find_artefacts
from vantay.fingerprint.extraction.classical.contrast import normalise_contrast
from vantay.fingerprint.extraction.classical.direction import measure_directions
from vantay.fingerprint.extraction.classical.enhancement import enhance_ridges
from vantay.fingerprint.extraction.classical.flow import estimate_flow
from vantay.fingerprint.extraction.classical.foreground import find_foreground
from vantay.fingerprint.extraction.classical.opencv_threads import single_threaded_opencv
from vantay.fingerprint.extraction.classical.parameters import ClassicalParameters
from vantay.fingerprint.extraction.classical.reliability import measure_ridge_signal, rate_minutiae
from vantay.fingerprint.extraction.classical.skeleton_graph import SkeletonGraph, trace_skeleton
from vantay.fingerprint.extraction.classical.thinning import thin_ridges
from vantay.fingerprint.image import normalise_finger_image
from vantay.fingerprint.quality import impression_quality
from vantay.types import (
    ANGLE_UNITS,
    MAX_MINUTIAE,
    MINUTIA_DTYPE,
    FingerImage,
    FingerTemplate,
    MinutiaType,
)


class ClassicalExtractor:
    """Minutiae by segmentation, ridge flow, Gabor enhancement, thinning and rules.

    Parameters
    ----------
    n_threads : int
        How many images `extract_many` works on at a time; one image is always the work of one thread.
    parameters : ClassicalParameters
        Constants; another choice than the default is for experiments.

    Examples
    --------
    >>> extractor = ClassicalExtractor()
    >>> extractor.name
    'classical'
    """

    name = "classical"
    version = "1"

    def __init__(self, *, n_threads: int = 1, parameters: ClassicalParameters | None = None) -> None:
        self.n_threads = n_threads
        self.parameters = parameters or ClassicalParameters()

    def extract(self, image: FingerImage) -> FingerTemplate:
        """Make a template of one image.

        Parameters
        ----------
        image : FingerImage
            Any polarity, 250 to 1200 ppi.

        Returns
        -------
        FingerTemplate
            Minutiae at 500 ppi, best first, with the quality of the impression.

        Raises
        ------
        InvalidSample
            If the image cannot be normalised.
        ExtractionFailed
            ``no_foreground`` where there is nothing like a finger, ``too_few_minutiae`` below
            ``min_minutiae``.
        """
        with single_threaded_opencv():
            normalised = normalise_finger_image(image)
            minutiae = find_minutiae(normalised, self.parameters)
            height, width = normalised.pixels.shape
            return FingerTemplate(
                minutiae=minutiae,
                width_px=width,
                height_px=height,
                position=image.position,
                quality=impression_quality(normalised, minutiae),
                extractor=self.name,
                extractor_version=self.version,
            )

    def extract_many(self, images: Sequence[FingerImage]) -> list[FingerTemplate | ExtractionFailed]:
        """Make templates of many images.

        Parameters
        ----------
        images : sequence of FingerImage
            Any polarity, 250 to 1200 ppi.

        Returns
        -------
        list of FingerTemplate or ExtractionFailed
            In the order of the images, the same whatever the number of threads.

        Raises
        ------
        InvalidSample
            If an image cannot be normalised.
        """
        if self.n_threads == 1:
            return [self._extract_or_say_why(image) for image in images]
        with ThreadPoolExecutor(self.n_threads) as pool:
            return list(pool.map(self._extract_or_say_why, images))

    def _extract_or_say_why(self, image: FingerImage) -> FingerTemplate | ExtractionFailed:
        try:
            return self.extract(image)
        except ExtractionFailed as failure:
            return failure


def find_minutiae(image: FingerImage, parameters: ClassicalParameters) -> npt.NDArray[np.void]:
    """Find the minutiae of a normalised image.

    Parameters
    ----------
    image : FingerImage
        500 ppi, dark ridges.
    parameters : ClassicalParameters
        Constants of all steps.

    Returns
    -------
    (n,) MINUTIA_DTYPE
        At most 255, best first.

    Raises
    ------
    ExtractionFailed
        ``no_foreground`` or ``too_few_minutiae``.
    """
    foreground = find_foreground(image.pixels, parameters.foreground)
    if foreground is None:
        raise ExtractionFailed(
            "no_foreground",
            f"{image.name}: no part of the image has the contrast of a finger, expected ridges of at least "
            f"{parameters.foreground.contrast_floor:g} grey levels standard deviation",
        )
    contrast = normalise_contrast(foreground.pixels, parameters.contrast)
    enhanced = _enhance(contrast, foreground.mask, parameters)
    graph = trace_skeleton(thin_ridges(enhanced < 0), parameters.cleaning)
    direction_rad = measure_directions(graph)
    border_px = foreground.border_px[graph.y_px, graph.x_px]
    artefact = find_artefacts(graph, direction_rad, foreground, parameters.cleaning)
    candidates = np.flatnonzero(~artefact)
    signal = measure_ridge_signal(contrast, enhanced, parameters.flow.cell_px, parameters.reliability)
    quality = rate_minutiae(graph, candidates, border_px, signal, parameters.reliability)
    minutiae = _to_minutiae(graph, direction_rad, parameters.bifurcation_shift_px)[candidates]
    minutiae["x_px"] += foreground.x_px
    minutiae["y_px"] += foreground.y_px
    minutiae["quality"] = quality
    return _best(minutiae, image.name, parameters)


def _enhance(
    contrast: npt.NDArray[np.float32], mask: npt.NDArray[np.uint8], parameters: ClassicalParameters
) -> npt.NDArray[np.float32]:
    """Filter with the flow of the image, then again with the flow of what that gave."""
    source = contrast
    for _ in range(parameters.enhancement.n_passes):
        flow = estimate_flow(source, mask, parameters.flow)
        enhanced = enhance_ridges(contrast, mask, flow, parameters.flow, parameters.enhancement)
        source = np.tanh(enhanced * np.float32(parameters.enhancement.gain))
    return enhanced


def _to_minutiae(
    graph: SkeletonGraph, direction_rad: npt.NDArray[np.float64], bifurcation_shift_px: float
) -> npt.NDArray[np.void]:
    """All nodes of the graph in the units of a template, relative to the foreground, not rated yet."""
    is_ending = graph.degree == 1
    shift_px = np.where(is_ending, 0, bifurcation_shift_px)
    minutiae = np.zeros(graph.x_px.size, MINUTIA_DTYPE)
    minutiae["x_px"] = np.rint(graph.x_px + shift_px * np.cos(direction_rad))
    minutiae["y_px"] = np.rint(graph.y_px - shift_px * np.sin(direction_rad))
    minutiae["angle"] = np.rint(direction_rad * (ANGLE_UNITS / (2 * np.pi))) % ANGLE_UNITS
    minutiae["type"] = np.where(is_ending, MinutiaType.RIDGE_ENDING, MinutiaType.RIDGE_BIFURCATION)
    return minutiae


def _best(minutiae: npt.NDArray[np.void], name: str, parameters: ClassicalParameters) -> npt.NDArray[np.void]:
    """Those above the threshold, best first, as many as a template may hold."""
    sure = minutiae[minutiae["quality"] >= parameters.reliability.threshold]
    if sure.size < parameters.min_minutiae:
        raise ExtractionFailed(
            "too_few_minutiae",
            f"{name}: {sure.size} reliable minutiae, expected at least {parameters.min_minutiae}",
        )
    # Stable, so that equals stay in the order of their rows and the result is the same everywhere.
    order = np.argsort(-sure["quality"].astype(np.int16), kind="stable")
    return sure[order[:MAX_MINUTIAE]]
