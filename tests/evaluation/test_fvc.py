import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vantay.errors import InvalidSample, InvalidSetting
from vantay.evaluation import fvc
from vantay.evaluation.figures import (
    DECISION_SCORE,
    comparisons_per_s,
    error_figures,
    evaluation_figures,
    extract_ms_median,
)
from vantay.evaluation.fvc import FvcSet, compare_set, evaluate_set, open_fvc_sets
from vantay.evaluation.impressions import Impression
from vantay.fingerprint.comparison import compare, prepare
from vantay.settings import EngineSettings
from vantay.types import MINUTIA_DTYPE, FingerTemplate
from vantay_datasets.fvc import FvcImage


def _finger(seed: int) -> FingerTemplate:
    """Forty minutiae strewn over a print, far enough apart to be found."""
    rng = np.random.default_rng(seed)
    minutiae = np.zeros(40, dtype=MINUTIA_DTYPE)
    minutiae["x_px"] = 60 + 35 * (np.arange(40) % 7) + rng.integers(0, 25, 40)
    minutiae["y_px"] = 60 + 45 * (np.arange(40) // 7) + rng.integers(0, 35, 40)
    minutiae["angle"] = rng.integers(0, 256, 40)
    minutiae["type"], minutiae["quality"] = 1, 80
    return FingerTemplate(minutiae, 388, 374, quality=60)


def _touch(template: FingerTemplate, seed: int) -> FingerTemplate:
    """The same finger again, moved a little; its quality tells which touch it was."""
    minutiae = template.minutiae.copy()
    minutiae["x_px"] += np.random.default_rng(seed).integers(-2, 3, minutiae.size) + 5 * seed
    return FingerTemplate(minutiae, 388, 374, quality=60 + seed, extractor="strewn", extractor_version="7")


FINGERS = (1, 2, 3)
TOUCHES = (1, 2)
SET = FvcSet("s", tuple(FvcImage(f, t, Path(f"{f}_{t}.tif")) for f in FINGERS for t in TOUCHES), 500.0)


def _impressions(without: int | None = None) -> list[Impression]:
    return [
        Impression(image.path, None, "no ridges", 1.0)
        if index == without
        else Impression(image.path, _touch(_finger(image.finger), image.impression), "", 10.0 + index)
        for index, image in enumerate(SET.images)
    ]


def test_each_unordered_pair_is_compared_once() -> None:
    table = compare_set(SET, _impressions()).scores
    pairs = {(str(p), str(c)) for p, c in zip(table.probes, table.candidates, strict=True)}
    assert len(pairs) == len(table.scores) == 15
    assert all((c, p) not in pairs for p, c in pairs)
    assert (table.mated.size, table.non_mated.size) == (3, 12)


def test_scores_are_those_of_single_comparisons() -> None:
    impressions = _impressions()
    table = compare_set(SET, impressions).scores
    prepared = {
        f"{image.finger}_{image.impression}": prepare(impression.template)
        for image, impression in zip(SET.images, impressions, strict=True)
        if impression.template is not None
    }
    singles = [
        compare(prepared[str(p)], prepared[str(c)]).score
        for p, c in zip(table.probes, table.candidates, strict=True)
    ]
    np.testing.assert_allclose(table.scores, singles, rtol=1e-5)
    assert table.mated.min() > table.non_mated.max()


def test_quality_of_a_comparison_is_the_lower_one() -> None:
    table = compare_set(SET, _impressions()).scores
    assert table.qualities is not None
    expected = [
        60 + min(p.impression, c.impression) for p, c in zip(table.probes, table.candidates, strict=True)
    ]
    assert table.qualities.tolist() == expected


def test_an_image_without_a_template_scores_0_and_is_counted() -> None:
    result = compare_set(SET, _impressions(without=2))  # 2_1
    table = result.scores
    failed = np.array(
        ["2_1" in {str(p), str(c)} for p, c in zip(table.probes, table.candidates, strict=True)]
    )
    assert failed.sum() == 5
    assert np.all(table.scores[failed] == 0.0)
    assert np.all(table.qualities[failed] == 0.0) if table.qualities is not None else False
    assert table.scores[~failed].max() > 0.0
    assert (table.mated.size, table.non_mated.size) == (3, 12)
    assert result.fte == pytest.approx(1 / 6)
    assert result.n_compared == 10


def test_a_set_without_any_template_is_all_errors() -> None:
    nothing = [Impression(image.path, None, "no ridges", 0.0) for image in SET.images]
    result = compare_set(SET, nothing)
    assert np.all(result.scores.scores == 0.0)
    assert result.fte == 1.0
    assert result.extractor == ("", "")
    assert comparisons_per_s([result]) == extract_ms_median([result]) == 0.0


def test_json_names_sets_rates_and_rejects() -> None:
    results = [compare_set(SET, _impressions(without=2))]
    document = evaluation_figures(results, {"other": results[0].scores}).as_json()
    own = {"fmr_at_score_40", "fnmr_at_score_40", "fte", "acquired"}
    expected = {"eer", "eer_95", "fnmr_at_fmr_1e-2", "fnmr_at_fmr_1e-3", "n_mated", "n_non_mated"} | own
    assert document["sets"]["s"].keys() == document["pooled"].keys() == expected  # type: ignore[index, attr-defined]
    assert document["beside"]["other"].keys() == expected - own  # type: ignore[index]
    assert document["extractor"] == {"name": "strewn", "version": "7"}
    assert document["pooled"]["n_mated"] == 3  # type: ignore[index]
    assert document["pooled"]["fnmr_at_fmr_1e-3"] == pytest.approx(1 / 3)  # type: ignore[index]
    assert document["rejects"] == [{"set": "s", "file": "2_1.tif", "reason": "no ridges"}]
    assert document["extract_ms_median"] == 12.0  # of 1, 10, 11, 13, 14, 15


def test_rates_at_score_40_are_those_of_the_default_decision() -> None:
    """Of 3 mated and 12 non-mated comparisons, one of each kind is on the wrong side."""
    assert -10 * math.log10(EngineSettings().threshold_fmr) == pytest.approx(DECISION_SCORE)
    table = compare_set(SET, _impressions()).scores
    is_mated = table.is_mated
    scores = np.where(is_mated, 60.0, 20.0)
    scores[np.flatnonzero(is_mated)[:2]] = [40.0, 39.9]  # 40 itself is a match
    scores[np.flatnonzero(~is_mated)[:2]] = [40.0, 39.9]
    document = error_figures(replace(table, scores=scores), is_calibrated=True).as_json()
    assert document["fmr_at_score_40"] == pytest.approx(1 / 12)
    assert document["fnmr_at_score_40"] == pytest.approx(1 / 3)


def _folder(path: Path, names: Sequence[str] = ("1_1", "1_2", "2_1")) -> Path:
    path.mkdir(parents=True)
    for name in names:
        (path / f"{name}.tif").touch()
    return path


def test_sets_are_named_by_the_end_of_their_path(tmp_path: Path) -> None:
    folders = [_folder(tmp_path / name) for name in ("fvc2002/DB1_B", "fvc2004/DB1_B")]
    sets = open_fvc_sets([str(folders[0]), f"{folders[1]}@512"])
    assert [one.name for one in sets] == ["fvc2002/DB1_B", "fvc2004/DB1_B"]
    assert [one.ppi for one in sets] == [500.0, 512.0]


def test_names_grow_until_they_differ(tmp_path: Path) -> None:
    folders = [_folder(tmp_path / name) for name in ("a/fvc/DB1", "b/fvc/DB1")]
    assert [one.name for one in open_fvc_sets([str(f) for f in folders])] == ["a/fvc/DB1", "b/fvc/DB1"]


def test_an_at_sign_may_be_part_of_a_folder(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "x" / "DB@512")
    assert open_fvc_sets([str(folder)])[0].ppi == 500.0
    assert open_fvc_sets([f"{folder}@600"])[0].ppi == 600.0


def test_arguments_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "x" / "DB")
    with pytest.raises(InvalidSetting, match="resolution is 'high'"):
        open_fvc_sets([f"{folder}@high"])
    for ppi in ("249.9", "1201", "-500", "nan", "inf"):
        with pytest.raises(InvalidSetting, match="expected 250 to 1200"):
            open_fvc_sets([f"{folder}@{ppi}"])
    with pytest.raises(InvalidSetting, match="named twice"):
        open_fvc_sets([str(folder), f"{folder}/"])
    with pytest.raises(InvalidSample, match="no such folder"):
        open_fvc_sets([str(tmp_path / "none")])


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (("1_1",), "mated"),
        (("1_1", "2_1", "3_1"), "mated"),
        (("1_1", "1_2", "1_3"), "non-mated"),
    ],
)
def test_a_set_without_pairs_of_a_kind_is_refused(names: Sequence[str], missing: str, tmp_path: Path) -> None:
    folder = _folder(tmp_path / "x" / "DB", names)
    with pytest.raises(InvalidSample, match=f"there is no {missing} pair"):
        open_fvc_sets([str(folder)])


def test_rates_of_nothing_but_failures_are_refused(tmp_path: Path) -> None:
    """The files are empty, so that no image gives a template."""
    (one,) = open_fvc_sets([str(_folder(tmp_path / "x" / "DB"))])
    with pytest.raises(InvalidSample, match=r"x/DB: 0 of 3 images gave a template.*no error rate.*1_1\.tif"):
        evaluate_set(one, "classical")


@pytest.mark.parametrize("enrolled", [{1: 2}, {1: 1, 2: 1, 3: 1}])
def test_rates_need_a_comparison_of_each_kind_that_was_made(
    enrolled: dict[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By finger, how many of its impressions give a template."""
    impressions = [
        made
        if image.impression <= enrolled.get(image.finger, 0)
        else Impression(image.path, None, "wet", 1.0)
        for image, made in zip(SET.images, _impressions(), strict=True)
    ]
    monkeypatch.setattr(fvc, "extract_impressions", lambda *_, **__: impressions)
    with pytest.raises(InvalidSample, match=r"no error rate.*wet"):
        evaluate_set(SET)
