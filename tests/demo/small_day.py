"""The applications of a small day, with one image for all fingers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from vantay_service.demo.applications import Applications
from vantay_service.demo.impressions import Impressions
from vantay_service.demo.people import People
from vantay_service.demo.scenarios import Counter, Scenario

N_RESIDENTS = 5
NOW = datetime(2026, 7, 31, 2, 0, tzinfo=UTC)


def write_images(impressions: Impressions, counter: Counter) -> None:
    """Write stripes for every finger that the scenarios need."""
    stripes = np.tile(np.repeat(np.array([30, 220], np.uint8), 4), (96, 12))
    impressions.folder.mkdir(parents=True, exist_ok=True)
    for visit in counter.visits():
        for path in impressions.paths_of(visit).values():
            cv2.imwrite(str(path), stripes)


def scenarios_of(folder: Path) -> dict[str, Scenario]:
    """Give the scenarios by title."""
    impressions = Impressions(folder, seed=1)
    counter = Counter(impressions, Applications(People(1, N_RESIDENTS, None), b"", NOW))
    write_images(impressions, counter)
    return {scenario.title: scenario for scenario in counter.scenarios()}
