"""Images a second when a folder of prints is extracted: by one process, and by one on every core.

    python -m benchmarks.macro.folder_extraction --images 200
    python -m benchmarks.macro.folder_extraction --folder DIR --ppi 500 --extractor classical --json FILE

Without a folder, synthetic impressions are written to a temporary one. The time is by the clock, of all that
happens: processes start, models load, files are read. So it needs an idle machine, and enough images. The
efficiency is the rate of all cores over that of one process, divided by their number.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import cv2
from benchmarks.harness.figures_file import FiguresFile

from vantay.evaluation.impressions import extract_impressions
from vantay.fingerprint.extraction import make_extractor
from vantay_datasets.synthetic.fingerprint import make_impression, make_master

SUFFIXES = {".png", ".tif", ".tiff", ".bmp", ".wsq", ".jp2"}
N_IMPRESSIONS = 4


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 if no image gave a template."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="images, also in folders below it")
    parser.add_argument("--ppi", type=float, default=500.0, help="of the images (default 500)")
    parser.add_argument("--images", type=int, default=200, help="synthetic ones, where no folder is given")
    parser.add_argument("--extractor", choices=["leader", "classical"])
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args(words)
    file = FiguresFile(arguments)
    temporary = tempfile.TemporaryDirectory(prefix="vantay-prints-") if arguments.folder is None else None
    with temporary or nullcontext(arguments.folder) as name:
        folder = Path(name)
        if temporary:
            write_prints(folder, arguments.images)
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        figures = measure([(path, arguments.ppi) for path in paths], arguments.extractor)
    file.print_and_write(figures)
    if arguments.folder:
        return int(figures["n_failed"] == figures["n_images"])
    return int(figures["n_failed"] != 0)  # prints that we made have templates


def write_prints(folder: Path, n_images: int) -> None:
    """Write impressions of synthetic fingers, a few of each."""
    for number in range(n_images):
        finger, visit = divmod(number, N_IMPRESSIONS)
        image = make_impression(make_master(finger), visit).image
        cv2.imwrite(str(folder / f"{number:05}.png"), image.pixels)


def measure(sources: Sequence[tuple[Path, float | None]], extractor: str | None) -> dict[str, float | str]:
    """Return the figures by name."""
    n_cores = len(os.sched_getaffinity(0))
    rates, failed = {}, 0
    for n_jobs in sorted({1, n_cores}):
        extract_impressions(sources[:1], extractor)  # kernels are compiled, or read from their cache
        start = time.perf_counter()
        found = extract_impressions(sources, extractor, n_jobs=n_jobs)
        rates[n_jobs] = len(sources) / (time.perf_counter() - start)
        failed = sum(one.template is None for one in found)
    return {
        "extractor": make_extractor(extractor).name,
        "n_images": len(sources),
        "n_failed": failed,
        "n_cores": n_cores,
        "images_per_s_one_process": rates[1],
        "images_per_s_all_cores": rates[n_cores],
        "efficiency": rates[n_cores] / rates[1] / n_cores,
    }


if __name__ == "__main__":
    sys.exit(main())
