"""How long the classical extractor takes on one core, as a whole and step by step.

Run ``python benchmarks/classical_extraction.py [IMAGE …] [--json FILE]``. Without images, synthetic
impressions are measured. Processor time is taken, so that other work on the machine disturbs little; the
least of all repeats of an image is its time, the median over the images is printed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.timing import least_s

from vantay.fingerprint.extraction.classical import ClassicalExtractor, ClassicalParameters
from vantay.fingerprint.extraction.classical.cleaning import find_artefacts
from vantay.fingerprint.extraction.classical.contrast import normalise_contrast
from vantay.fingerprint.extraction.classical.direction import measure_directions
from vantay.fingerprint.extraction.classical.enhancement import enhance_ridges
from vantay.fingerprint.extraction.classical.extractor import find_minutiae
from vantay.fingerprint.extraction.classical.flow import estimate_flow
from vantay.fingerprint.extraction.classical.foreground import find_foreground
from vantay.fingerprint.extraction.classical.reliability import measure_ridge_signal, rate_minutiae
from vantay.fingerprint.extraction.classical.skeleton_graph import trace_skeleton
from vantay.fingerprint.extraction.classical.thinning import thin_ridges
from vantay.fingerprint.image import normalise_finger_image, read_finger_image
from vantay.types import FingerImage
from vantay_datasets.synthetic.fingerprint import make_impression, make_master

N_SYNTHETIC = 5


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="*", type=Path, help="500 ppi images (default: synthetic ones)")
    parser.add_argument("--repeats", type=int, default=7, help="calls for each image (default 7)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    if arguments.images:
        images = [read_finger_image(path, ppi=500.0) for path in arguments.images]
    else:
        images = [make_impression(make_master(seed), seed).image for seed in range(N_SYNTHETIC)]
    file.print_and_write(measure(images, arguments.repeats))


def measure(images: Sequence[FingerImage], n_repeats: int) -> dict[str, float | int]:
    """Return median milliseconds of processor time for an image: in all, and for each step."""
    cv2.setNumThreads(1)
    times: dict[str, list[float]] = {}
    for image in images:
        for name, call in calls_of(image).items():
            times.setdefault(name, []).append(least_s(call, n_repeats) * 1e3)
    medians = {name: round(statistics.median(values), 2) for name, values in times.items()}
    return {"n_images": len(images), "threads": 1, "repeats": n_repeats, **medians}


def calls_of(image: FingerImage) -> dict[str, Callable[[], object]]:
    """Return the whole extraction and each of its steps, as calls on what the steps before gave."""
    p = ClassicalParameters()
    normal = normalise_finger_image(image)
    foreground = find_foreground(normal.pixels, p.foreground)
    if foreground is None:
        raise SystemExit(f"{image.name}: no foreground, expected a fingerprint")
    contrast = normalise_contrast(foreground.pixels, p.contrast)
    flow = estimate_flow(contrast, foreground.mask, p.flow)
    enhanced = enhance_ridges(contrast, foreground.mask, flow, p.flow, p.enhancement)
    skeleton = thin_ridges(enhanced < 0)
    graph = trace_skeleton(skeleton.copy(), p.cleaning)
    direction = measure_directions(graph)
    artefact = find_artefacts(graph, direction, foreground, p.cleaning)
    candidates = np.flatnonzero(~artefact)
    border_px = foreground.border_px[graph.y_px, graph.x_px]
    signal = measure_ridge_signal(contrast, enhanced, p.flow.cell_px, p.reliability)
    extractor = ClassicalExtractor(n_threads=1)
    return {
        "extract_ms": lambda: extractor.extract(image),
        "find_minutiae_ms": lambda: find_minutiae(normal, p),
        "find_foreground_ms": lambda: find_foreground(normal.pixels, p.foreground),
        "normalise_contrast_ms": lambda: normalise_contrast(foreground.pixels, p.contrast),
        "estimate_flow_ms": lambda: estimate_flow(contrast, foreground.mask, p.flow),
        "enhance_ridges_ms": lambda: enhance_ridges(contrast, foreground.mask, flow, p.flow, p.enhancement),
        "thin_ridges_ms": lambda: thin_ridges(enhanced < 0),
        "trace_skeleton_ms": lambda: trace_skeleton(skeleton.copy(), p.cleaning),
        "measure_directions_ms": lambda: measure_directions(graph),
        "find_artefacts_ms": lambda: find_artefacts(graph, direction, foreground, p.cleaning),
        "measure_ridge_signal_ms": lambda: measure_ridge_signal(
            contrast, enhanced, p.flow.cell_px, p.reliability
        ),
        "rate_minutiae_ms": lambda: rate_minutiae(graph, candidates, border_px, signal, p.reliability),
    }


if __name__ == "__main__":
    main()
