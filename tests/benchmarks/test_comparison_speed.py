"""The rate of comparisons is of all pairs, and no template is compared with itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks import comparison_speed
from search.random_fingers import make_finger
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack
from vantay.types import FingerPosition

TEMPLATES = [make_finger(number, FingerPosition.RIGHT_INDEX) for number in range(3)]
N_PAIRS = 6


def test_every_template_is_compared_with_all_others_in_every_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[list[int]] = []

    def note(probe: PreparedTemplate, pack: TemplatePack, references: np.ndarray, *_: object) -> None:
        assert len(pack) == len(TEMPLATES)
        compared.append(references.tolist())

    def call_once(call: Callable[[], object], _: int) -> float:
        call()
        return 2.0

    monkeypatch.setattr(comparison_speed, "compare_many", note)
    monkeypatch.setattr(comparison_speed, "local_scores", note)
    monkeypatch.setattr(comparison_speed, "least_s", call_once)
    figures = comparison_speed.measure(TEMPLATES, n_passes=1)
    assert compared == [[1, 2], [0, 2], [0, 1]] * 2
    assert figures["n_comparisons"] == N_PAIRS
    assert figures["full_comparisons_per_s"] == figures["local_comparisons_per_s"] == N_PAIRS / 2.0
    assert figures["prepare_ms"] == round(2e3 / 3, 3)


def test_figures_of_a_true_run_are_positive() -> None:
    figures = comparison_speed.measure(TEMPLATES, n_passes=1)
    assert min(figures.values()) > 0
