"""A portrait among the faces of people who do not exist: enrolled, altered, and searched for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance, ImageFilter
from rich.console import Console
from skimage.data import astronaut

from vantay.engine import Engine
from vantay.errors import ModelUnavailable
from vantay.report.page import Figure, Section
from vantay.report.score_words import rarity_words
from vantay.search import IdentifyResult
from vantay.types import FaceImage, FaceTemplate

SUBJECT_ID = "portrait"
N_FACES = 100
"""Synthetic faces of the demo. A larger gallery asks for a higher score: a thousand for 60, which this pair
of photos just misses with the default model."""

TYPICAL_COSINE = 0.82
"""About the mean cosine of two people's vectors by the default model; synthetic ones lie as near."""

_PROBE_TILT_DEGREES = 8
_PROBE_BLUR_PX = 0.8
_PROBE_LIGHT = 0.75
_REFERENCE_BOX_PX = (80, 0, 400, 320)
_PROBE_BOX_PX = (95, 10, 335, 290)


@dataclass(frozen=True, slots=True, eq=False)
class PortraitCheck:
    """What the search for the altered portrait gave, and its part of the page."""

    is_as_expected: bool
    section: Section


def check_portrait(console: Console, database: Path, *, n_faces: int, seed: int) -> PortraitCheck | None:
    """Enrol a portrait among synthetic faces, and search for another photo of it.

    The portrait is NASA's of Eileen Collins, in the public domain, as scikit-image ships it.

    Parameters
    ----------
    console : Console
        Gets the answer in words.
    database : Path
        A file for the faces, not there yet.
    n_faces : int
        How many synthetic faces there are.
    seed : int
        Another seed is other faces.

    Returns
    -------
    PortraitCheck or None
        None, and a line that says why, where the models of faces are not installed.
    """
    reference, probe = make_photos()
    try:
        with Engine.open(database) as engine:
            enrolled = engine.extract_face(reference)
            engine.enrol(SUBJECT_ID, face=enrolled, source="demo")
            for number, face in enumerate(make_faces(enrolled, n_faces, seed)):
                engine.enrol(f"F{number:04d}", face=face, source="demo")
            result = engine.identify(face=probe)
    except ModelUnavailable as error:
        console.print(f"\nNo search by face: {error}.", style="dim", markup=False)
        return None
    is_found = [candidate.subject_id for candidate in result.matches] == [SUBJECT_ID]
    sentences = _answer_words(result, n_faces)
    console.print("\nA face, photographed again", style="bold")
    for sentence in sentences:
        console.print(f"  {sentence}", highlight=False, markup=False)
    if not is_found:
        console.print("  This is wrong: expected the portrait and nobody else.", style="bold red")
    figure = Figure(_side_by_side(probe.pixels, reference.pixels), "The probe beside the enrolled portrait.")
    return PortraitCheck(is_found, Section("A face, photographed again", sentences, [figure]))


def make_photos() -> tuple[FaceImage, FaceImage]:
    """Make two photos of the portrait: the reference, and a probe cropped closer, tilted, darker, blurred."""
    portrait = Image.fromarray(astronaut())  # type: ignore[no-untyped-call]
    backdrop = portrait.getpixel((100, 5))
    tilted = portrait.rotate(_PROBE_TILT_DEGREES, Image.Resampling.BICUBIC, fillcolor=backdrop)
    darker = ImageEnhance.Brightness(tilted.crop(_PROBE_BOX_PX)).enhance(_PROBE_LIGHT)
    blurred = darker.filter(ImageFilter.GaussianBlur(_PROBE_BLUR_PX))
    reference = portrait.crop(_REFERENCE_BOX_PX)
    return FaceImage(np.asarray(reference), "reference"), FaceImage(np.asarray(blurred), "probe")


def make_faces(like: FaceTemplate, n_faces: int, seed: int) -> list[FaceTemplate]:
    """Make templates of people who do not exist, as near to each other and to a real one as people are.

    Parameters
    ----------
    like : FaceTemplate
        A real one, whose model they have.
    n_faces : int
        How many.
    seed : int
        Of the random numbers.

    Returns
    -------
    list of FaceTemplate
        Scattered about one mean, and so that two of them, or one and `like`, have a cosine of about
        `TYPICAL_COSINE`.
    """
    rng = np.random.default_rng([seed, 6])
    real = like.vector.astype(np.float64)
    # A mean of length √c and independent parts of length √(1 − c) about it: two vectors have cosine c
    part = np.sqrt((1 - TYPICAL_COSINE) / real.size)
    mean = _unit(np.sqrt(TYPICAL_COSINE) * real + part * rng.normal(size=real.size))
    scattered = np.sqrt(TYPICAL_COSINE) * mean + part * rng.normal(size=(n_faces, real.size))
    return [
        FaceTemplate(_unit(vector).astype(np.float16), like.model, like.model_version, like.quality)
        for vector in scattered
    ]


def _unit(vector: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector))


def _answer_words(result: IdentifyResult, n_faces: int) -> list[str]:
    best, second = result.candidates[0], result.candidates[1]
    verdict = "over" if result.is_match(best) else "under"
    return [
        f"NASA's portrait of Eileen Collins is enrolled among {n_faces:,} synthetic face templates; the "
        "probe is the same picture cropped closer, tilted, darker and blurred.",
        f"1:N, {result.n_searched} faces were searched; {best.subject_id} comes first with {best.score:.1f}, "
        f"{verdict} the threshold of {result.threshold:.1f}. Different people score as high in "
        f"{rarity_words(best.score)}. The next, {second.subject_id}, has {second.score:.1f}.",
    ]


def _side_by_side(
    left: npt.NDArray[np.uint8], right: npt.NDArray[np.uint8], height_px: int = 300
) -> npt.NDArray[np.uint8]:
    shown = [
        cv2.resize(p, (round(p.shape[1] * height_px / p.shape[0]), height_px), interpolation=cv2.INTER_AREA)
        for p in (left, right)
    ]
    return np.asarray(np.hstack(shown), np.uint8)
