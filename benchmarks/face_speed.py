"""How long a face takes on one core: detection with landmarks, every installed embedding, alone and by eight.

Run ``python benchmarks/face_speed.py [FOLDER] [--json FILE]``. FOLDER holds portraits, also in subfolders;
without one the portrait of an astronaut that scikit-image ships is used, cropped and enlarged to 540 px. Each
call is made for every photo and repeat, after some that are not counted. Figures are the median of all calls
and their quartiles, in milliseconds of processor time, so that other work on the machine disturbs little; a
batch counts per face. The matrix product measured in the same run is the reference for other machines.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import numpy.typing as npt
import skimage.data
from benchmarks.harness.figures_file import FiguresFile

from vantay.errors import ModelUnavailable
from vantay.face.detection import FaceDetector, Pixels, detect_faces
from vantay.face.extraction import FaceExtractor, make_face_extractor
from vantay.face.image import read_face_image
from vantay.types import FaceImage
from vantay_models.entry import Purpose
from vantay_models.registry import ModelState, list_models

PORTRAIT_PX = 540
BATCH = 8
N_WARM_UP = 2
MATRIX_SIDE = 512

BARS_MS = {
    "dlib detection and landmarks": 60.0,
    "yunet detection and landmarks": 15.0,
    "dlib-face-embedding, one": 30.0,
    "dlib-face-embedding, each of eight": 20.0,
}
"""What is asked for at most; other models have no bar."""


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="portraits (default: an astronaut's)")
    parser.add_argument(
        "--photos", type=int, default=24, help="photos of the folder, evenly taken (default 24)"
    )
    parser.add_argument("--repeats", type=int, default=7, help="calls for each photo (default 7)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    images = read_portraits(arguments.folder, arguments.photos)
    file.print_and_write(measure(images, arguments.repeats))


def read_portraits(folder: Path | None, n_photos: int) -> list[FaceImage]:
    """Return the portraits of a folder, evenly taken, or the astronaut's."""
    if folder is None:
        head = skimage.data.astronaut()[:300, 75:375]  # type: ignore[no-untyped-call]
        size = (PORTRAIT_PX, PORTRAIT_PX)
        return [FaceImage(np.asarray(cv2.resize(head, size, interpolation=cv2.INTER_CUBIC), np.uint8))]
    paths = sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".jp2"}
    )
    if not paths:
        raise SystemExit(f"{folder} has no photos")
    chosen = np.unique(np.linspace(0, len(paths) - 1, n_photos).round().astype(int))
    return [read_face_image(paths[index]) for index in chosen]


def measure(images: Sequence[FaceImage], n_repeats: int) -> dict[str, object]:
    """Return the figures by name."""
    cv2.setNumThreads(1)
    extractors = open_extractors()
    detectors = {extractor.detector.name: extractor.detector for extractor in extractors}
    figures = {
        f"{name} detection and landmarks": summarise(detection_calls(detector, images), n_repeats)
        for name, detector in detectors.items()
    }
    for extractor in extractors:
        chips = cut_chips(extractor, images)
        figures[f"{extractor.name}, one"] = summarise(embedding_calls(extractor, chips, 1), n_repeats)
        eight = summarise(embedding_calls(extractor, chips, BATCH), n_repeats, n_faces=BATCH)
        figures[f"{extractor.name}, each of eight"] = eight
    sizes = sorted({f"{image.pixels.shape[1]}x{image.pixels.shape[0]}" for image in images})
    return {
        "n_photos": len(images),
        "sizes_px": sizes,
        "threads": 1,
        "repeats": n_repeats,
        "processor_ms": {name: beside_bar(name, figure) for name, figure in figures.items()},
        "reference_matrix_product_ms": summarise([matrix_product()], n_repeats)["median"],
    }


def open_extractors() -> list[FaceExtractor]:
    """Open every embedding whose file and whose detector are installed."""
    extractors = []
    for status in list_models():
        if status.entry.purpose is Purpose.FACE_EMBEDDING and status.state is ModelState.READY:
            try:
                extractors.append(make_face_extractor(status.entry.name))
            except ModelUnavailable as error:
                print(f"left out: {error}")
    if not extractors:
        raise SystemExit("no face embedding is installed: run `vantay models build`")
    return extractors


def cut_chips(extractor: FaceExtractor, images: Sequence[FaceImage]) -> list[Pixels]:
    """Return the aligned faces of the photos."""
    return [extractor.embedder.chip(image.pixels, extractor.find_face(image)) for image in images]


def detection_calls(detector: FaceDetector, images: Sequence[FaceImage]) -> list[Callable[[], object]]:
    """Return a call for each photo that finds its faces with landmarks."""
    return [partial(detect_faces, detector, image.pixels) for image in images]


def embedding_calls(extractor: FaceExtractor, chips: Sequence[Pixels], n: int) -> list[Callable[[], object]]:
    """Return a call for each photo that embeds its chip and those of the n − 1 photos after it."""
    wrapped = [*chips, *(chips[k % len(chips)] for k in range(n))]
    return [partial(extractor.embedder.embed, wrapped[first : first + n]) for first in range(len(chips))]


def matrix_product() -> Callable[[], npt.NDArray[np.float32]]:
    """Return a call that multiplies two square matrices."""
    matrix = np.random.default_rng(1).normal(size=(MATRIX_SIDE, MATRIX_SIDE)).astype(np.float32)
    return lambda: matrix @ matrix


def summarise(calls: Sequence[Callable[[], object]], n_repeats: int, *, n_faces: int = 1) -> dict[str, float]:
    """Return the median and the quartiles of all calls, in milliseconds of processor time a face."""
    for _ in range(N_WARM_UP):
        calls[0]()
    times = [processor_ms(call) / n_faces for _ in range(n_repeats) for call in calls]
    low, median, high = np.percentile(times, [25, 50, 75]).round(2).tolist()
    return {"median": median, "quartile_1": low, "quartile_3": high, "least": round(min(times), 2)}


def processor_ms(call: Callable[[], object]) -> float:
    """Return the processor time of one call, of all threads."""
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1e3


def beside_bar(name: str, figure: dict[str, float]) -> dict[str, object]:
    """Return a figure with its bar, and whether the median keeps it."""
    if name not in BARS_MS:
        return {**figure}
    return {**figure, "bar": BARS_MS[name], "is_met": figure["median"] <= BARS_MS[name]}


if __name__ == "__main__":
    main()
