"""Minutiae by LEADER: the part of the image with ridges goes through the network, minutiae come out.

References
----------
R. Cappelli, "LEADER: Lightweight End-to-end Attention-gated Dual Encoder-decodeR", arXiv:2602.15493.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime

from vantay.errors import ExtractionFailed, InvalidSetting, ModelUnavailable
from vantay.fingerprint.extraction.foreground import Box, find_foreground_box
from vantay.fingerprint.extraction.window import Part, aligned_window, cut_window, split_window
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
from vantay_models.build import LEADER_BUILDER
from vantay_models.cache import model_cache_dir, read_model
from vantay_models.errors import ModelFileError

MODEL_FILE = "leader.onnx"


@dataclass(frozen=True)
class LeaderParameters:
    """What is not decided by the network's weights.

    Attributes
    ----------
    quality_threshold : float
        Lowest quality in (0, 1] of a minutia. The network's authors give 0.6 for finding minutiae; for
        comparison 0.3 was measured to be far better: a doubtful minutia found twice is evidence.
    n_minutiae_least : int
        With fewer there is nothing to compare.
    """

    quality_threshold: float = 0.3
    n_minutiae_least: int = 4


class _Found(NamedTuple):
    """Minutiae in one image as the network gives them.

    Attributes
    ----------
    x_px, y_px : (n,) int64
        In the image that was asked about.
    quality : (n,) float32
    attributes : (n, 3) float32
        Direction as (cosine, sine), and the logit of the probability of an ending.
    """

    x_px: npt.NDArray[np.int64]
    y_px: npt.NDArray[np.int64]
    quality: npt.NDArray[np.float32]
    attributes: npt.NDArray[np.float32]


class LeaderExtractor:
    """Makes templates with LEADER.

    Parameters
    ----------
    n_threads : int
        Threads of one call, from 1; the minutiae do not depend on it.
    parameters : LeaderParameters, optional
        Other than the default.
    model : Path, optional
        The model file, by default ``leader.onnx`` in the folder of built models. It is read at the first call
        and shared by all extractors of the process.

    Raises
    ------
    InvalidSetting
        If the threshold is not in (0, 1].
    """

    name = "leader"
    version = "1"

    def __init__(
        self,
        *,
        n_threads: int = 1,
        parameters: LeaderParameters | None = None,
        model: Path | None = None,
    ) -> None:
        self.n_threads = n_threads
        self.parameters = parameters or LeaderParameters()
        if not 0 < self.parameters.quality_threshold <= 1:
            raise InvalidSetting(
                f"quality_threshold is {self.parameters.quality_threshold}, expected above 0, at most 1"
            )
        self._model = model

    def extract(self, image: FingerImage) -> FingerTemplate:
        """Make a template of an image of any accepted resolution and polarity.

        Raises
        ------
        InvalidSample
            If the image cannot be normalised.
        ExtractionFailed
            ``no_foreground`` or ``too_few_minutiae``.
        ModelUnavailable
            If the model is not built, damaged or of another version.
        """
        return self._extract(image, self.n_threads)

    def extract_many(self, images: Sequence[FingerImage]) -> list[FingerTemplate | ExtractionFailed]:
        """Make templates of many images; a failure takes the place of its template.

        Notes
        -----
        Images go through the network one by one, ``n_threads`` of them at a time with one thread each. In one
        batch they would need more memory than the caches hold: ten at a time were measured to take 98 ms
        each where one alone takes 71.
        """
        if self.n_threads == 1:
            return [self._extract_or_failure(image) for image in images]
        with ThreadPoolExecutor(self.n_threads) as pool:
            return list(pool.map(self._extract_or_failure, images))

    def _extract_or_failure(self, image: FingerImage) -> FingerTemplate | ExtractionFailed:
        try:
            return self._extract(image, n_threads=1)
        except ExtractionFailed as failure:
            return failure

    def _extract(self, image: FingerImage, n_threads: int) -> FingerTemplate:
        normalised = normalise_finger_image(image)
        box = find_foreground_box(normalised.pixels)
        if box is None:
            raise ExtractionFailed(
                "no_foreground", f"{image.name}: no ridges stand out from the ground, expected a fingerprint"
            )
        return self._template(normalised, self._find(normalised.pixels, box, n_threads))

    def _find(self, pixels: npt.NDArray[np.uint8], box: Box, n_threads: int = 1) -> _Found:
        """Run the network on the window around a box, in parts where it is very large."""
        session = _shared_session(self._model or model_cache_dir() / MODEL_FILE, n_threads)
        parts = split_window(aligned_window(box, pixels.shape))
        found = [self._find_in_part(session, pixels, part) for part in parts]
        return _Found(*(np.concatenate(values) for values in zip(*found, strict=True)))

    def _find_in_part(
        self, session: onnxruntime.InferenceSession, pixels: npt.NDArray[np.uint8], part: Part
    ) -> _Found:
        place, quality, attributes = session.run(
            ["place", "quality", "attributes"],
            {
                "image": cut_window(pixels, part.seen)[None, None],
                "threshold": np.array([self.parameters.quality_threshold], np.float32),
            },
        )
        x_px, y_px = place[:, 2] + part.seen.left, place[:, 1] + part.seen.top
        height, width = pixels.shape
        counts = (x_px >= max(0, part.core.left)) & (x_px < min(width, part.core.right))
        counts &= (y_px >= max(0, part.core.top)) & (y_px < min(height, part.core.bottom))
        return _Found(x_px[counts], y_px[counts], quality[counts], attributes[counts])

    def _template(self, image: FingerImage, found: _Found) -> FingerTemplate:
        least = self.parameters.n_minutiae_least
        if found.quality.size < least:
            raise ExtractionFailed(
                "too_few_minutiae",
                f"{image.name}: {found.quality.size} minutiae of quality "
                f"{self.parameters.quality_threshold:g} or better, expected at least {least}",
            )
        minutiae = _to_minutiae(found)
        height, width = image.pixels.shape
        return FingerTemplate(
            minutiae=minutiae,
            width_px=width,
            height_px=height,
            position=image.position,
            quality=impression_quality(image, minutiae),
            extractor=self.name,
            extractor_version=self.version,
        )


def leader_is_built() -> bool:
    """Return whether the model file is where `LeaderExtractor` looks for it."""
    return (model_cache_dir() / MODEL_FILE).is_file()


def _to_minutiae(found: _Found) -> npt.NDArray[np.void]:
    """Convert the best minutiae to ISO units; LEADER's direction is that of ISO/IEC 19794-2 already."""
    best = np.sort(np.argsort(-found.quality, kind="stable")[:MAX_MINUTIAE])
    cosine, sine, ending = found.attributes[best].T
    minutiae = np.zeros(best.size, MINUTIA_DTYPE)
    minutiae["x_px"] = found.x_px[best]
    minutiae["y_px"] = found.y_px[best]
    turns = np.arctan2(sine.astype(np.float64), cosine) / (2 * np.pi)
    minutiae["angle"] = np.rint(turns * ANGLE_UNITS).astype(np.int64) % ANGLE_UNITS
    minutiae["type"] = np.where(ending >= 0, MinutiaType.RIDGE_ENDING, MinutiaType.RIDGE_BIFURCATION)
    minutiae["quality"] = np.clip(np.rint(found.quality[best] * 100), 1, 100)
    return minutiae


_SESSIONS: dict[tuple[Path, int], onnxruntime.InferenceSession] = {}
_SESSIONS_LOCK = threading.Lock()


def _shared_session(model: Path, n_threads: int) -> onnxruntime.InferenceSession:
    """Return the one session of a model file and number of threads; many threads may run it at once."""
    with _SESSIONS_LOCK:
        key = (model, n_threads)
        if key not in _SESSIONS:
            _SESSIONS[key] = _open_session(model, n_threads)
        return _SESSIONS[key]


def _open_session(model: Path, n_threads: int) -> onnxruntime.InferenceSession:
    try:
        data, _ = read_model(model, builder=LEADER_BUILDER)
    except ModelFileError as error:
        raise ModelUnavailable(str(error)) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    # Threads that spin between calls would take the core from the comparisons.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
