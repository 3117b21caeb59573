"""What the calibration program measures: which comparisons count, of which templates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner

from vantay.evaluation import comparison_calibration
from vantay.evaluation.calibration_fit import LOG_ODDS
from vantay.evaluation.comparison_calibration import (
    Population,
    compare_all,
    cut_patch,
    fingers_seen_twice,
    main,
    make_synthetic,
    non_mated_log_odds,
    read_folders,
)
from vantay.evaluation.fvc import FvcSet
from vantay.evaluation.impressions import Impression
from vantay.fingerprint.comparison import PARAMETER_HASH, compare, prepare
from vantay.fingerprint.comparison.calibration import read_calibration
from vantay.types import MINUTIA_DTYPE, FingerTemplate
from vantay_datasets.fvc import FvcImage


@pytest.fixture(autouse=True)
def _machine_arithmetic() -> Iterator[None]:
    with np.errstate(all="ignore"):  # kernels as Python warn where machine code does not
        yield


def some_templates(n: int, n_minutiae: int = 8) -> list[FingerTemplate]:
    rng = np.random.default_rng(1)
    templates = []
    for _ in range(n):
        minutiae = np.zeros(n_minutiae, MINUTIA_DTYPE)
        minutiae["x_px"], minutiae["y_px"] = rng.integers(100, 200, (2, n_minutiae))
        minutiae["angle"], minutiae["quality"] = rng.integers(0, 256, n_minutiae), 80
        templates.append(FingerTemplate(minutiae, 300, 300))
    return templates


def log_odds_of(probes: list[FingerTemplate], references: list[FingerTemplate]) -> list[list[float]]:
    return [[compare(prepare(a), prepare(b)).evidence["log_odds"] for b in references] for a in probes]


def test_every_probe_is_compared_with_every_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison_calibration, "CHUNK", 2)  # several chunks, the last not full
    templates = some_templates(5)
    prepared = [prepare(t) for t in templates]
    np.testing.assert_array_equal(compare_all(prepared[:2], prepared), log_odds_of(templates[:2], templates))


def test_a_patch_holds_the_minutiae_nearest_to_one() -> None:
    (source,) = some_templates(1, 30)
    patch = cut_patch(source, 7, np.random.default_rng(3))
    kept = np.isin(source.minutiae, patch.minutiae)
    assert patch.n_minutiae == np.count_nonzero(kept) == 7
    x, y = source.minutiae["x_px"].astype(float), source.minutiae["y_px"].astype(float)
    centred = [np.hypot(x - x[c], y - y[c]) for c in range(30)]
    assert any(d[kept].max() <= d[~kept].min() for d in centred)


def test_a_patch_of_a_small_print_is_the_whole_print() -> None:
    (source,) = some_templates(1, 5)
    patch = cut_patch(source, 9, np.random.default_rng(3))
    assert sorted(patch.minutiae.tolist()) == sorted(source.minutiae.tolist())


def test_patches_are_compared_with_whole_prints_and_with_each_other() -> None:
    large, small = some_templates(3, 8), some_templates(2, 4)
    population = Population("made up", [small[0], *large, small[1]], ~np.eye(5, dtype=bool))
    with_whole, among_patches = non_mated_log_odds(population, 6)
    assert with_whole.shape == among_patches.shape == (3 * 2,)  # prints of fewer minutiae are left out
    whole_as_patches = non_mated_log_odds(Population("made up", large, ~np.eye(3, dtype=bool)), 8)
    expected = np.array(log_odds_of(large, large))[~np.eye(3, dtype=bool)]
    for found in whole_as_patches:
        np.testing.assert_array_equal(found, expected)


def test_mated_comparisons_do_not_count() -> None:
    templates = some_templates(4, 8)
    finger = np.array([0, 0, 1, 2])
    population = Population("made up", templates, finger[:, None] != finger[None, :])
    with_whole, _ = non_mated_log_odds(population, 8)
    expected = np.array(log_odds_of(templates, templates))[population.non_mated]
    np.testing.assert_array_equal(with_whole, expected)


def blocks(same: tuple[int, int] | None) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Log-odds of 4 fingers seen 3 times: 8 with their own and between `same` two, −8 with others."""
    code = np.repeat(np.arange(4), 3)
    mated = code[:, None] == code[None, :]
    if same is not None:
        mated |= np.isin(code, same)[:, None] & np.isin(code, same)[None, :]
    return np.where(mated, 8.0, -8.0), [f"finger {c}" for c in code]


def test_two_names_of_one_finger_are_found() -> None:
    assert fingers_seen_twice(*blocks((1, 3))) == [("finger 1", "finger 3")]


def test_different_fingers_are_not_taken_for_one() -> None:
    log_odds, names = blocks(None)
    log_odds[0, 5] = log_odds[5, 0] = 9.0  # a false match: it must count
    assert fingers_seen_twice(log_odds, names) == []


def test_images_without_a_template_are_left_out_of_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = some_templates(3)
    images = tuple(FvcImage(finger, 1, Path(f"{finger}_1.tif")) for finger in range(1, 5))
    impressions = [
        Impression(image.path, template, "", 0.0)
        for image, template in zip(images, [*templates[:2], None, templates[2]], strict=True)
    ]
    monkeypatch.setattr(comparison_calibration, "extract_impressions", lambda *_, **__: impressions)
    population, same = read_folders([FvcSet("a/b", images, 500.0)], "leader", 1)
    assert list(population.templates) == templates
    np.testing.assert_array_equal(population.non_mated, ~np.eye(3, dtype=bool))
    assert same == []
    assert "a/b" in population.name


def test_impressions_of_a_finger_with_two_names_are_mated(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = some_templates(2, 12)
    sets = [FvcSet(name, (FvcImage(1, 1, Path("1_1.tif")),), 500.0) for name in ("a/b", "c/d", "e/f")]
    impressions = [Impression(Path("1_1.tif"), t, "", 0.0) for t in (first, second, first)]
    monkeypatch.setattr(comparison_calibration, "extract_impressions", lambda *_, **__: impressions)
    population, same = read_folders(sets, "leader", 1)
    assert same == [("a/b/1", "e/f/1")]
    expected = [[False, True, False], [True, False, True], [False, True, False]]
    np.testing.assert_array_equal(population.non_mated, expected)


def test_synthetic_prints_are_different_fingers(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = some_templates(3)
    monkeypatch.setattr(comparison_calibration, "N_SYNTHETIC", 3)
    monkeypatch.setattr(comparison_calibration, "_synthetic_template", lambda seed, _: templates[seed])
    monkeypatch.setattr(
        comparison_calibration, "ProcessPoolExecutor", lambda n_jobs, _: ThreadPoolExecutor(n_jobs)
    )
    population = make_synthetic("leader", 1)
    assert list(population.templates) == templates
    np.testing.assert_array_equal(population.non_mated, ~np.eye(3, dtype=bool))


def test_the_program_writes_a_calibration_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "set").mkdir()
    for name in ("101_1", "101_2", "102_1"):
        (tmp_path / "set" / f"{name}.tif").write_bytes(b"")
    population = Population("prints", [], np.empty((0, 0), np.bool_))
    monkeypatch.setattr(comparison_calibration, "read_folders", lambda *_: (population, [("a/1", "b/2")]))
    monkeypatch.setattr(comparison_calibration, "make_synthetic", lambda *_: population)
    log_odds = np.random.default_rng(1).exponential(1.5, 5_000) - 10
    monkeypatch.setattr(comparison_calibration, "non_mated_log_odds", lambda *_: [log_odds, log_odds])
    output = tmp_path / "calibration.json"
    arguments = [str(tmp_path / "set"), "--output", str(output)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "a/1 = b/2" in result.output
    text = output.read_text(encoding="utf-8")
    written = read_calibration(text)
    assert written.parameter_hash == PARAMETER_HASH
    assert written.provenance.count("prints") == 2
    assert written.n_minutiae.tolist() == list(comparison_calibration.SIZES)
    np.testing.assert_array_equal(written.log_odds, np.linspace(*LOG_ODDS))
    assert written.scores.shape == (len(comparison_calibration.SIZES), LOG_ODDS[2])
    assert json.loads(text)["left_out_as_one_finger"] == ["a/1 = b/2"]
    assert json.loads(text)["n_comparisons"] == 5_000 * 2 * 2 * len(comparison_calibration.SIZES)
