from pathlib import Path

import pytest

from vantay.errors import InvalidSample
from vantay_datasets.subject_folders import list_subject_photos


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_a_subfolder_is_a_subject(tmp_path: Path) -> None:
    _touch(tmp_path, "b/2.png", "b/1.JPG", "a/x.jp2")
    found = list_subject_photos(tmp_path)
    assert [(p.subject, p.path.name) for p in found] == [("a", "x.jp2"), ("b", "1.JPG"), ("b", "2.png")]


def test_a_file_is_a_subject_of_one_photo(tmp_path: Path) -> None:
    _touch(tmp_path, "003f.jpg", "001/a.jpg")
    assert [p.subject for p in list_subject_photos(tmp_path)] == ["001", "003f"]


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    _touch(tmp_path, "a/1.jpg", "a/notes.txt", "a/deeper/2.jpg", "readme.md")
    assert [p.path.name for p in list_subject_photos(tmp_path)] == ["1.jpg"]


@pytest.mark.parametrize("names", [("a/1.jpg", "a.jpg"), ("a.jpg", "a.png")])
def test_a_subject_named_twice_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    _touch(tmp_path, *names)
    with pytest.raises(InvalidSample, match="subject a is there twice"):
        list_subject_photos(tmp_path)


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "a/1.txt")
    with pytest.raises(InvalidSample, match="no photo"):
        list_subject_photos(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSample, match="no such folder"):
        list_subject_photos(tmp_path / "none")


def test_the_london_set_has_102_people_twice(eval_data: Path) -> None:
    found = list_subject_photos(eval_data / "faces" / "london")
    assert len(found) == 204
    assert len({photo.subject for photo in found}) == 102
