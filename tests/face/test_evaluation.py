import io
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console

from vantay.cli import main
from vantay.errors import InvalidSample, InvalidSetting
from vantay.evaluation.face_calibration import LEAST_NON_MATED, fit_face_calibration
from vantay.evaluation.face_degradation import DEGRADATIONS, degrade
from vantay.evaluation.face_figures import best_threshold, face_figures, fold_accuracy
from vantay.evaluation.face_report import print_figures, read_beside
from vantay.evaluation.faces import (
    AcquiredPhoto,
    FacePhoto,
    FaceResult,
    FaceTask,
    compare_photos,
    open_face_folders,
    open_face_task,
    with_degraded_probes,
)
from vantay.face.comparison import calibrated_scores
from vantay.types import FaceTemplate


def _touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def _acquired(vector: npt.NDArray[np.float64], quality: int = 50) -> AcquiredPhoto:
    unit = (vector / np.linalg.norm(vector)).astype(np.float16)
    return AcquiredPhoto(FaceTemplate(unit, "m", "1", quality), "", 10.0)


def _result(n_people: int, n_photos: int, *, noise: float, failed: tuple[int, ...] = ()) -> FaceResult:
    """People as random directions, their photos around them."""
    rng = np.random.default_rng(n_people)
    photos, acquired = [], []
    for person in range(n_people):
        centre = rng.normal(size=64)
        for photo in range(n_photos):
            photos.append(FacePhoto(f"{person}/{photo}", str(person), Path()))
            acquired.append(_acquired(centre + noise * rng.normal(size=64), 50 + photo))
    for index in failed:
        acquired[index] = AcquiredPhoto(None, "no face", 5.0)
    probe, reference = np.triu_indices(len(photos), 1)
    return compare_photos(FaceTask("drawn", tuple(photos), probe, reference), acquired)


def test_each_unordered_pair_of_all_folders_is_compared_once(tmp_path: Path) -> None:
    folders = [_touch(tmp_path / "a", "1/x.jpg", "1/y.jpg"), _touch(tmp_path / "b", "1.jpg")]
    task = open_face_folders(folders)
    assert [photo.name for photo in task.photos] == ["a/1/x.jpg", "a/1/y.jpg", "b/1.jpg"]
    assert [photo.subject for photo in task.photos] == ["a/1", "a/1", "b/1"]
    assert list(zip(task.probe.tolist(), task.reference.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]


def test_folders_of_one_name_hold_different_people(tmp_path: Path) -> None:
    folders = [_touch(tmp_path / parent / "s", "1/x.jpg") for parent in "ab"]
    assert len({photo.subject for photo in open_face_folders(folders).photos}) == 2


def test_a_pairs_file_says_what_to_compare(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text("2 1\nA 1 2\nA 1 B 1\nC 1 3\nC 3 B 1\n", encoding="utf-8")
    _touch(tmp_path, *(f"{name}/{name}_000{k}.jpg" for name in "ABC" for k in (1, 2, 3)))
    task = open_face_task([str(path)])
    assert [photo.name for photo in task.photos] == [
        "A/A_0001.jpg", "A/A_0002.jpg", "B/B_0001.jpg", "C/C_0001.jpg", "C/C_0003.jpg",
    ]  # fmt: skip
    assert task.photos[0].path == tmp_path / "A" / "A_0001.jpg"
    assert task.probe.tolist() == [0, 0, 3, 4]
    assert task.reference.tolist() == [1, 2, 4, 2]
    assert task.folds is not None
    assert task.folds.tolist() == [0, 0, 1, 1]


def test_a_pairs_file_without_its_photos_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text("1\nA 1 2\nA 1 B 1\n", encoding="utf-8")
    _touch(tmp_path / "photos", "A/A_0001.jpg", "B/B_0001.jpg")
    with pytest.raises(InvalidSample, match=r"1 of the 3 photos that it names are not there.*A_0002\.jpg"):
        open_face_task([str(path)], tmp_path / "photos")
    with pytest.raises(InvalidSample, match=r"3 of the 3 .*: name their folder with --images"):
        open_face_task([str(path)])


def test_arguments_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    folder = _touch(tmp_path / "a", "1/x.jpg")
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("1\nA 1 2\nA 1 B 1\n", encoding="utf-8")
    with pytest.raises(InvalidSetting, match="named twice"):
        open_face_task([str(folder), f"{folder}/"])
    with pytest.raises(InvalidSetting, match="a pairs file among them"):
        open_face_task([str(folder), str(pairs)])
    with pytest.raises(InvalidSample, match="no such folder"):
        open_face_task([str(tmp_path / "none")])


def test_cosines_are_those_of_single_pairs() -> None:
    result = _result(4, 3, noise=0.5)
    vectors = [one.template.vector.astype(float) for one in result.acquired if one.template is not None]
    for i, j, score in zip(result.task.probe, result.task.reference, result.scores.scores, strict=True):
        expected = vectors[i] @ vectors[j] / np.linalg.norm(vectors[i]) / np.linalg.norm(vectors[j])
        assert score == pytest.approx(expected, abs=1e-6)
    assert (result.scores.mated.size, result.scores.non_mated.size) == (12, 54)


def test_a_photo_without_a_template_is_an_error_in_all_its_comparisons() -> None:
    result = _result(5, 2, noise=0.1, failed=(3,))
    has_failed = (result.task.probe == 3) | (result.task.reference == 3)
    assert (result.scores.scores[has_failed] == -1).all()
    assert result.scores.scores[~has_failed].min() > -1
    figures = face_figures(result)
    assert figures.own.fta == pytest.approx(0.1)
    assert figures.own.fnmr_at_fmr[1e-3] == pytest.approx(1 / 5)
    assert figures.rejects == {"1/1": "no face"}


def test_quality_of_a_comparison_is_the_lower_one() -> None:
    table = _result(3, 2, noise=0.1).scores
    assert table.qualities is not None
    assert table.qualities.min() == 50
    assert table.qualities[table.is_mated].tolist() == [50.0] * 3


def test_json_names_the_rates() -> None:
    document = json.loads(json.dumps(face_figures(_result(6, 2, noise=0.2)).as_json()))
    own = document["sets"]["drawn"]
    assert own.keys() == {
        "eer", "eer_95", "fnmr_at_fmr_1e-2", "fnmr_at_fmr_1e-3", "fnmr_at_fmr_1e-4", "fnmr_at_fmr_1e-5",
        "fta", "n_mated", "n_non_mated",
    }  # fmt: skip
    assert (own["eer"], own["n_mated"], own["n_non_mated"]) == (0.0, 6, 60)
    assert document["error_discard"]["fnmr_at_discard"]["0"] == own["fnmr_at_fmr_1e-3"]


def test_setting_bad_photos_aside_lowers_the_errors_in_table_and_json(tmp_path: Path) -> None:
    photos, acquired = [], []
    for index, vector in enumerate(np.repeat(np.eye(20), 2, axis=0)):
        photos.append(FacePhoto(f"{index // 2}/{index % 2}", str(index // 2), Path()))
        is_bad = index in {1, 3}
        acquired.append(_acquired(-vector if is_bad else vector, 5 if is_bad else 90))
    probe, reference = np.triu_indices(40, 1)
    result = compare_photos(FaceTask("drawn", tuple(photos), probe, reference), acquired)
    figures = face_figures(result)
    assert figures.error_discard.fnmr_at(0.0) == pytest.approx(2 / 20)
    assert figures.error_discard.fnmr_at(0.1) == 0
    console = Console(width=200, file=io.StringIO())
    print_figures(console, figures)
    assert "5 %: 10.00, 10 %: 0.00" in console.file.getvalue()  # type: ignore[attr-defined]


def _decisions(scores: npt.NDArray[np.float64], is_mated: npt.NDArray[np.bool_], threshold: float) -> int:
    return int(np.sum((scores >= threshold) == is_mated))


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=1, max_size=30))
def test_no_threshold_decides_better_than_the_best(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([float(score) for score, _ in rows])
    is_mated = np.array([mated for _, mated in rows])
    best = _decisions(scores, is_mated, best_threshold(scores, is_mated))
    assert best == max(_decisions(scores, is_mated, t) for t in np.arange(-6, 7) - 0.5)


def test_accuracy_of_a_fold_uses_the_threshold_of_the_others() -> None:
    scores = np.array([0.9, 0.1, 0.9, 0.1, 0.3, 0.2])
    is_mated = np.array([True, False] * 3)
    folds = np.array([0, 0, 1, 1, 2, 2])
    accuracy = fold_accuracy(scores, is_mated, folds)
    # thresholds of the others lie at 0.25, 0.25 and 0.5: the last fold loses its mated pair
    assert accuracy.mean == pytest.approx((1 + 1 + 0.5) / 3)
    assert accuracy.deviation == pytest.approx(np.std([1, 1, 0.5], ddof=1))
    with pytest.raises(InvalidSetting, match="1 folds, expected two"):
        fold_accuracy(scores, is_mated, np.zeros(6, np.intp))


def test_degraded_copies_are_compared_with_photos_of_others_and_never_with_their_own() -> None:
    task = with_degraded_probes(_result(3, 2, noise=0.1).task)
    n, kinds = 6, len(DEGRADATIONS)
    assert len(task.photos) == n * (1 + kinds)
    assert (task.reference < n).all()
    assert (task.probe % n != task.reference).all()
    assert task.probe.size == n * (n - 1) // 2 + kinds * n * (n - 1)


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_a_degradation_changes_a_photo(name: str) -> None:
    photo = np.random.default_rng(1).integers(0, 256, (200, 160, 3), dtype=np.uint8)
    copy = degrade(photo, name)
    assert copy.dtype == np.uint8
    assert copy.shape != photo.shape or np.abs(copy.astype(int) - photo).mean() > 20


def test_a_calibration_promises_no_less_than_was_counted() -> None:
    result = _result(110, 1, noise=0.0)
    calibration = fit_face_calibration(result, "0" * 64)
    cosines = np.sort(result.scores.non_mated)
    for share in (0.5, 0.1, 0.02):
        at = cosines[int((1 - share) * cosines.size)]
        score = float(calibrated_scores(np.array([at]), calibration)[0])
        assert score == pytest.approx(-10 * np.log10(share), abs=0.6)
    assert float(calibrated_scores(np.array([1.0]), calibration)[0]) > 40
    assert f"{cosines.size} non-mated" in calibration.measured_on


def test_a_calibration_needs_comparisons_enough() -> None:
    with pytest.raises(InvalidSetting, match=f"expected {LEAST_NON_MATED} or more"):
        fit_face_calibration(_result(10, 2, noise=0.1), "0" * 64)


def test_scores_of_others_are_read_by_the_names_of_photos(tmp_path: Path) -> None:
    task = _result(2, 2, noise=0.1).task
    path = tmp_path / "other.csv"
    path.write_text("probe,candidate,score\n0/0,0/1,7\n1/1,0/0,2\n", encoding="utf-8")
    table = read_beside([f"Other={path}"], task)["Other"]
    assert (table.mated.tolist(), table.non_mated.tolist()) == ([7.0], [2.0])
    path.write_text("probe,candidate,score\n0/0,5/5,7\n", encoding="utf-8")
    with pytest.raises(InvalidSample, match=r"other\.csv:2: .* is no comparison"):
        read_beside([f"Other={path}"], task)
    with pytest.raises(InvalidSetting, match=r"expected NAME=F\.csv"):
        read_beside(["Other"], task)


def _save(folder: Path, portraits: dict[str, npt.NDArray[np.uint8]]) -> Path:
    for name, pixels in portraits.items():
        path = (folder / name).with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return folder


def test_the_command_measures_a_folder_and_writes_what_is_wanted(
    pulled_models: Path, portraits: dict[str, npt.NDArray[np.uint8]], tmp_path: Path
) -> None:
    folder = _save(tmp_path / "people", portraits)
    (folder / "nobody.png").write_bytes((folder / "001" / "neutral_03.png").read_bytes()[:2000])
    arguments = ["evaluate", "faces", str(folder), "--profile", "retail-0095", "--json", "-"]
    outputs = [
        "--scores",
        str(tmp_path / "s.csv"),
        "--plot",
        str(tmp_path / "d.png"),
        "--edc",
        str(tmp_path / "e.png"),
    ]
    run = CliRunner().invoke(main, [*arguments, *outputs])
    assert run.exit_code == 0, run.stderr
    document = json.loads(run.stdout)["figures"]
    own = document["sets"]["people"]
    assert (own["eer"], own["fta"]) == (0.0, pytest.approx(1 / 13))
    assert document["rejects"][0]["file"] == "people/nobody.png"
    assert "people/nobody.png" in run.stderr
    assert all((tmp_path / name).stat().st_size > 1000 for name in ("s.csv", "d.png", "e.png"))
    again = CliRunner().invoke(main, [*arguments, "--beside", f"Same={tmp_path / 's.csv'}"])
    beside = json.loads(again.stdout)["figures"]["beside"]["Same"]
    assert beside["eer"] == own["eer"]
    assert beside["n_non_mated"] == own["n_non_mated"]


def test_the_command_measures_pairs_over_folds(
    pulled_models: Path, portraits: dict[str, npt.NDArray[np.uint8]], tmp_path: Path
) -> None:
    people = sorted({name.split("/")[0] for name in portraits})[:4]
    lines = ["2 2"]
    for first in (0, 2):
        lines += [f"P{people[first + k]} 1 2" for k in (0, 1)]
        lines += [f"P{people[first]} {k} P{people[first + 1]} {k}" for k in (1, 2)]
    (tmp_path / "pairs.txt").write_text("\n".join(lines), encoding="utf-8")
    for person in people:
        photos = [pixels for name, pixels in portraits.items() if name.startswith(person)]
        for number, pixels in enumerate(photos, start=1):
            path = tmp_path / "images" / f"P{person}" / f"P{person}_{number:04}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path, quality=95)
    arguments = ["--images", str(tmp_path / "images"), "--profile", "mobilefacenet", "--json", "-"]
    scores = tmp_path / "scores.csv"
    arguments += ["--scores", str(scores)]
    run = CliRunner().invoke(main, ["evaluate", "faces", str(tmp_path / "pairs.txt"), *arguments])
    assert run.exit_code == 0, run.stderr
    own = json.loads(run.stdout)["figures"]["sets"]["pairs"]
    assert (own["accuracy"], own["accuracy_deviation"], own["n_folds"]) == (1.0, 0.0, 2)
    assert "100.00 ± 0.00" in run.stderr
    reversed_rows = [line.split(",") for line in scores.read_text(encoding="utf-8").splitlines()[:0:-1]]
    other = tmp_path / "other.csv"
    other.write_text(
        "\n".join(["probe,candidate,score", *(f"{b},{a},{s}" for a, b, s in reversed_rows)]), encoding="utf-8"
    )
    again = CliRunner().invoke(
        main, ["evaluate", "faces", str(tmp_path / "pairs.txt"), *arguments, "--beside", f"Other={other}"]
    )
    assert json.loads(again.stdout)["figures"]["beside"]["Other"] == {
        k: v for k, v in own.items() if k != "fta"
    }
