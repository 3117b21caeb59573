"""Micro benchmarks of the fingerprint path: synthetic prints, one thread, compilation excluded."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from vantay.fingerprint.codec import decode, encode
from vantay.fingerprint.comparison import (
    PreparedTemplate,
    TemplatePack,
    compare,
    compare_many,
    in_prepared_order,
    prepare,
    prepare_many,
)
from vantay.fingerprint.comparison.local import local_scores
from vantay.fingerprint.comparison.sketch import Sketches, sketch_scores
from vantay.fingerprint.comparison.stages import LOCAL_TABLES
from vantay.fingerprint.extraction import make_extractor
from vantay.fingerprint.fixed_length import describe_fingers
from vantay.fingerprint.image import normalise_finger_image
from vantay.fingerprint.quality import impression_quality
from vantay.types import FingerImage, FingerTemplate
from vantay_datasets.synthetic.fingerprint import make_impression, make_master

N_REFERENCES = 256
MINUTIA_COLUMNS = ("x_px", "y_px", "angle", "quality")


@cache
def image(seed: int) -> FingerImage:
    """Return a synthetic impression."""
    return make_impression(make_master(seed), seed).image


@cache
def template(seed: int) -> FingerTemplate:
    """Return its minutiae by the classical extractor."""
    return make_extractor("classical").extract(image(seed))


@cache
def pack() -> TemplatePack:
    """Return 256 references: eight prints, again and again."""
    prepared = [prepare(template(seed)) for seed in range(8)]
    return TemplatePack.of([prepared[k % 8] for k in range(N_REFERENCES)])


@cache
def probe() -> PreparedTemplate:
    """Return a probe that is none of the references."""
    return prepare(template(100))


@pytest.mark.parametrize("name", ["leader", "classical"])
def test_extract(benchmark: BenchmarkFixture, name: str) -> None:
    """Image to template."""
    extractor = make_extractor(name)
    extractor.extract(image(0))
    benchmark(extractor.extract, image(0))


def test_normalise_image(benchmark: BenchmarkFixture) -> None:
    """Resolution and polarity."""
    benchmark(normalise_finger_image, image(0))


def test_quality(benchmark: BenchmarkFixture) -> None:
    """Quality of an impression."""
    benchmark(impression_quality, image(0), template(0).minutiae)


def test_encode(benchmark: BenchmarkFixture) -> None:
    """Template to ISO/IEC 19794-2:2005."""
    benchmark(encode, template(0))


def test_decode(benchmark: BenchmarkFixture) -> None:
    """ISO/IEC 19794-2:2005 to template."""
    benchmark(decode, encode(template(0)))


def test_prepare(benchmark: BenchmarkFixture) -> None:
    """Template to cylinders."""
    prepare(template(0))
    benchmark(prepare, template(0))


@cache
def columns() -> tuple[npt.NDArray[Any], ...]:
    """Return the minutiae of the 256 references in prepared order, and where each begins."""
    minutiae = [template(k % 8).minutiae for k in range(N_REFERENCES)]
    offsets = np.cumsum([0, *(m.shape[0] for m in minutiae)])
    x, y, angle, quality = (np.concatenate([m[n] for m in minutiae]) for n in MINUTIA_COLUMNS)
    return (*in_prepared_order(x, y, angle, quality, offsets), offsets)


def test_prepare_256(benchmark: BenchmarkFixture) -> None:
    """256 templates to one pack."""
    x, y, angle, quality, offsets = columns()
    prepare_many(x, y, angle, quality, offsets)
    benchmark(prepare_many, x, y, angle, quality, offsets)


def test_describe_256(benchmark: BenchmarkFixture) -> None:
    """256 templates to sketches and fixed-length codes."""
    x, y, angle, quality, offsets = columns()
    describe_fingers(x, y, angle, quality, offsets)
    benchmark(describe_fingers, x, y, angle, quality, offsets)


def test_sketches_256(benchmark: BenchmarkFixture) -> None:
    """One to 256 sketches."""
    sketches = Sketches.of([prepare(template(k % 8)) for k in range(N_REFERENCES)])
    which = np.arange(N_REFERENCES, dtype=np.int64)
    sketch_scores(probe(), sketches, which)
    benchmark(sketch_scores, probe(), sketches, which)


def test_compare_one(benchmark: BenchmarkFixture) -> None:
    """One to one, with pairs and evidence."""
    compare(probe(), probe())
    benchmark(compare, probe(), prepare(template(0)))


def test_compare_256(benchmark: BenchmarkFixture) -> None:
    """One to 256, all stages."""
    compare_many(probe(), pack())
    benchmark(compare_many, probe(), pack())


def test_local_256(benchmark: BenchmarkFixture) -> None:
    """One to 256, the local stage alone."""
    references = np.arange(N_REFERENCES, dtype=np.int64)
    local_scores(probe(), pack(), references, LOCAL_TABLES)
    benchmark(local_scores, probe(), pack(), references, LOCAL_TABLES)


def test_reference_popcount(benchmark: BenchmarkFixture) -> None:
    """One million 64-bit words: what the machine can do, for ratios between machines."""
    words = np.arange(1 << 20, dtype=np.uint64)
    benchmark(np.bitwise_count, words)
