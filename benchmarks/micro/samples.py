"""What the micro benchmarks work on: made from seeds, the same on every machine."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from vantay.evaluation.identification_search import Capture
from vantay.fingerprint.codec import encode
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, in_prepared_order, prepare
from vantay.search.indexed.building import SearchSubject
from vantay.search.indexed.finger_arrays import GalleryFinger
from vantay.store import Enrolment, NewEncounter, NewTemplate
from vantay.types import MINUTIA_DTYPE, FingerImage, FingerPosition, FingerTemplate
from vantay_datasets.synthetic.fingerprint import make_impression, make_master
from vantay_datasets.synthetic.population import Population, PopulationOptions

SEED = 7
MADE_MINUTIAE = f"made-up minutiae, seed {SEED}"
POPULATION = f"synthetic population, seed {SEED}"
PRINT = f"synthetic print, seed {SEED}"

SIZES = (20, 40, 80)
"""Minutiae of a template: a poor print, a usual one, a rolled one."""

PRINT_HEIGHT_PX, PRINT_WIDTH_PX = 352, 320
FIRST_PROBE = 1_000_000
"""Seed of the first template that is a probe."""

N_PROBES = 8
_MIN_DISTANCE_PX = 9
_MINUTIAE_PER_PX = 40 / (250 * 340)
MINUTIA_COLUMNS = ("x_px", "y_px", "angle", "quality")


@cache
def template(seed: int, n_minutiae: int) -> FingerTemplate:
    """Make a template: minutiae at random places as dense as on skin, along ridges that arch."""
    rng = np.random.default_rng([SEED, seed, n_minutiae])
    height = int(np.sqrt(n_minutiae / _MINUTIAE_PER_PX / 0.74))
    width = int(0.74 * height)
    places = np.empty((0, 2), np.int64)
    while len(places) < n_minutiae:
        place = rng.integers((0, 0), (width, height))
        if np.all(np.hypot(*(places - place).T) >= _MIN_DISTANCE_PX):
            places = np.vstack([places, place])
    slant = (places[:, 0] / width - 0.5) * (1.2 - places[:, 1] / height) * -rng.uniform(60, 110)
    minutiae = np.zeros(n_minutiae, MINUTIA_DTYPE)
    minutiae["x_px"], minutiae["y_px"] = places.T
    minutiae["angle"] = (slant + rng.normal(0, 6, n_minutiae) + 128 * rng.integers(0, 2, n_minutiae)) % 256
    minutiae["type"] = rng.integers(1, 3, n_minutiae)
    minutiae["quality"] = rng.integers(40, 101, n_minutiae)
    return FingerTemplate(minutiae, width, height, FingerPosition.RIGHT_INDEX, 60, "made-up", "1")


def templates(n: int, n_minutiae: int) -> list[FingerTemplate]:
    """Make templates of different fingers."""
    return [template(seed, n_minutiae) for seed in range(1, n + 1)]


@cache
def prepared_probes(n_minutiae: int) -> list[PreparedTemplate]:
    """Prepare probes that are none of `templates`.

    They take turns: of one alone a processor comes to know where its windows end, and is a third faster.
    """
    return [prepare(template(FIRST_PROBE + seed, n_minutiae)) for seed in range(N_PROBES)]


@cache
def pack(n: int, n_minutiae: int) -> TemplatePack:
    """Prepare templates of different fingers and pack them."""
    return TemplatePack.of([prepare(one) for one in templates(n, n_minutiae)])


def columns(some: list[FingerTemplate]) -> tuple[npt.NDArray[Any], ...]:
    """Give the minutiae of templates in prepared order, and where each begins."""
    offsets = np.cumsum([0, *(one.n_minutiae for one in some)])
    x, y, angle, quality = (np.concatenate([one.minutiae[name] for one in some]) for name in MINUTIA_COLUMNS)
    return (*in_prepared_order(x, y, angle, quality, offsets), offsets)


@cache
def print_image() -> FingerImage:
    """Draw a synthetic print and cut 352×320 px out of its middle."""
    image = make_impression(make_master(SEED), SEED).image
    height, width = image.pixels.shape
    pixels = np.full((max(height, PRINT_HEIGHT_PX), max(width, PRINT_WIDTH_PX)), 255, np.uint8)
    pixels[:height, :width] = image.pixels
    top, left = (pixels.shape[0] - PRINT_HEIGHT_PX) // 2, (pixels.shape[1] - PRINT_WIDTH_PX) // 2
    cut = pixels[top : top + PRINT_HEIGHT_PX, left : left + PRINT_WIDTH_PX]
    return FingerImage(np.ascontiguousarray(cut), image.ppi)


@cache
def people(n: int, encounter: int = 0) -> list[Capture]:
    """Make people of the population with ten fingers and a face, as they are enrolled or come again later."""
    population = Population(SEED, n, options=PopulationOptions(min_age_years=20))
    batches = population.iter_encounters(number=encounter)
    return [
        Capture(f"S-{number}", one.fingers, one.face)
        for number, one in enumerate(one for batch in batches for one in batch)
    ]


def search_subjects(n: int) -> list[SearchSubject]:
    """Give people as the index takes them."""
    return [
        SearchSubject(
            number,
            one.subject_id,
            fingers=[GalleryFinger(position, finger) for position, finger in one.fingers.items()],
            faces=[] if one.face is None else [one.face],
        )
        for number, one in enumerate(people(n))
    ]


@cache
def enrolments(n: int) -> list[Enrolment]:
    """Give people as the store takes them, with encoded templates."""
    rows = []
    for one in people(n):
        given = tuple(NewTemplate(p, encode(t), t.quality) for p, t in one.fingers.items())
        rows.append(Enrolment(NewEncounter(one.subject_id, given, face=one.face)))
    return rows


def renamed(rows: list[Enrolment], number: int) -> list[Enrolment]:
    """Give the same people other names, so that they can be enrolled again."""
    encounters = [row.encounter for row in rows if row.encounter is not None]
    return [Enrolment(replace(one, subject_id=f"{one.subject_id}/{number}")) for one in encounters]
