from pathlib import Path

import pytest

from vantay.errors import InvalidSample
from vantay_datasets.fvc import list_fvc_images


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch()


def test_impressions_are_sorted_as_numbers(tmp_path: Path) -> None:
    _touch(tmp_path, "101_10.tif", "101_2.tif", "20_1.png", "101_1.TIF")
    found = list_fvc_images(tmp_path)
    assert [image[:2] for image in found] == [(20, 1), (101, 1), (101, 2), (101, 10)]
    assert found[1].path == tmp_path / "101_1.TIF"


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    _touch(tmp_path, "1_1.tif", "readme.txt", "1_2.txt", "x1_2.tif", "1_2_3.tif", "1-2.tif")
    assert [image.path.name for image in list_fvc_images(tmp_path)] == ["1_1.tif"]


def test_an_impression_in_two_formats_is_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "1_1.tif", "1_1.png")
    with pytest.raises(InvalidSample, match=r"the same impression as 1_1\.png"):
        list_fvc_images(tmp_path)


def test_a_folder_without_impressions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSample, match="no image named FINGER_IMPRESSION"):
        list_fvc_images(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSample, match="no such folder"):
        list_fvc_images(tmp_path / "none")


@pytest.mark.eval_data
def test_a_b_set_has_ten_fingers_of_eight_impressions(eval_data: Path) -> None:
    found = list_fvc_images(eval_data / "fingerprints" / "fvc2002" / "DB1_B")
    assert [image[:2] for image in found] == [(f, i) for f in range(101, 111) for i in range(1, 9)]
