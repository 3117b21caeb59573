"""Micro benchmarks of the fingerprint path: synthetic prints, one thread, compilation excluded."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from vantay.fingerprint.codec import decode, encode
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, compare, compare_many, prepare
from vantay.fingerprint.comparison.local import local_scores
from vantay.fingerprint.comparison.stages import LOCAL_TABLES
from vantay.fingerprint.extraction import make_extractor
from vantay.fingerprint.image import normalise_finger_image
from vantay.fingerprint.quality import impression_quality
from vantay.types import FingerImage, FingerTemplate
from vantay_datasets.synthetic.fingerprint import make_impression, make_master

N_REFERENCES = 256


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
