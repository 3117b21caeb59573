"""How long LEADER takes on one core: the fast graph against the straightforward one, in turns.

Run ``python benchmarks/leader_extraction.py [--json FILE]``; it needs the packages of ``vantay[models]`` and
a built model. Processor time is taken, so that other work on the machine disturbs little.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import numpy.typing as npt
import onnxruntime
from benchmarks.harness.figures_file import FiguresFile

from vantay.fingerprint.extraction.leader import LeaderExtractor
from vantay.types import FingerImage
from vantay_models.build import LEADER_BUILDER, find_source
from vantay_models.cache import model_cache_dir, read_model
from vantay_models.leader.pattern import PlantedMinutia, draw_ridges
from vantay_models.leader.plain import write_plain_graph
from vantay_models.leader.weights import read_weights
from vantay_models.manifest import read_manifest

HEIGHT_PX, WIDTH_PX = 352, 320
N_MINUTIAE = 50
N_WARM_UP = 2


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15, help="calls of each (default 15)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    file.print_and_write(measure(arguments.repeats))


def measure(n_repeats: int) -> dict[str, float | int | str]:
    """Return the figures: median milliseconds of a call, and the ratio of the medians."""
    image = draw_print()
    calls = {
        "plain_ms": plain_call(image),
        "fast_ms": fast_call(image),
        "extract_ms": extract_call(image),
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for repeat in range(N_WARM_UP + n_repeats):
        for name, call in calls.items():
            start = time.process_time()
            call()
            if repeat >= N_WARM_UP:
                times[name].append((time.process_time() - start) * 1e3)
    medians = {name: round(statistics.median(values), 1) for name, values in times.items()}
    return {
        "image": f"{HEIGHT_PX}x{WIDTH_PX}",
        "threads": 1,
        "repeats": n_repeats,
        "onnxruntime": onnxruntime.__version__,
        **medians,
        "ratio": round(medians["plain_ms"] / medians["fast_ms"], 2),
    }


def draw_print() -> npt.NDArray[np.uint8]:
    """Draw ridges over the whole image, so that the foreground crop saves nothing."""
    rng = np.random.default_rng(1)
    x, y = rng.uniform(20, WIDTH_PX - 20, N_MINUTIAE), rng.uniform(20, HEIGHT_PX - 20, N_MINUTIAE)
    signs = rng.choice([-1, 1], N_MINUTIAE)
    minutiae = [PlantedMinutia(float(a), float(b), int(c)) for a, b, c in zip(x, y, signs, strict=True)]
    return draw_ridges(HEIGHT_PX, WIDTH_PX, minutiae)


def plain_call(image: npt.NDArray[np.uint8]) -> Callable[[], object]:
    """Return a call of the straightforward graph, which gives maps of the whole image."""
    graph = write_plain_graph(read_weights(find_source(read_manifest()["leader"])))
    session = open_session(graph.SerializeToString())
    feed = {"image": image[None, ..., None].astype(np.float32)}
    return lambda: session.run(None, feed)


def fast_call(image: npt.NDArray[np.uint8]) -> Callable[[], object]:
    """Return a call of the fast graph, which gives minutiae."""
    data, _ = read_model(model_cache_dir() / read_manifest()["leader"].file, builder=LEADER_BUILDER)
    session = open_session(data)
    feed = {"image": image[None, None], "threshold": np.array([0.3], np.float32)}
    return lambda: session.run(["place", "quality", "attributes"], feed)


def extract_call(image: npt.NDArray[np.uint8]) -> Callable[[], object]:
    """Return a call of the whole extractor: normalisation, foreground, network, quality."""
    extractor = LeaderExtractor(n_threads=1)
    finger_image = FingerImage(image, 500.0)
    return lambda: extractor.extract(finger_image)


def open_session(data: bytes) -> onnxruntime.InferenceSession:
    """Open a graph for one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
