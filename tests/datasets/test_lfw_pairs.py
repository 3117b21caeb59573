from pathlib import Path

import pytest

from vantay.errors import InvalidSample
from vantay_datasets.lfw_pairs import NamedPhoto, PhotoPair, read_lfw_pairs

TWO_FOLDS = """2\t1
Anna_A\t1\t3
Anna_A\t2\tBert_B\t1
Carl_C\t4\t12
Carl_C\t1\tDora_D\t2
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "pairs.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_pairs_are_read_in_folds(tmp_path: Path) -> None:
    file = read_lfw_pairs(_write(tmp_path, TWO_FOLDS))
    assert len(file.folds) == 2
    assert file.folds[0] == (
        PhotoPair(NamedPhoto("Anna_A", 1), NamedPhoto("Anna_A", 3)),
        PhotoPair(NamedPhoto("Anna_A", 2), NamedPhoto("Bert_B", 1)),
    )
    assert [pair.is_mated for pair in file.pairs] == [True, False, True, False]


def test_one_number_in_the_first_line_means_one_fold(tmp_path: Path) -> None:
    file = read_lfw_pairs(_write(tmp_path, "1\nA 1 2\nA 1 B 1\n"))
    assert [len(fold) for fold in file.folds] == [2]


def test_photos_are_found_by_name_and_number() -> None:
    assert NamedPhoto("Anna_A", 12).path(Path("lfw")) == Path("lfw/Anna_A/Anna_A_0012.jpg")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "first line is ''"),
        ("ten 300\n", "first line is 'ten 300'"),
        ("0 1\n", "first line is '0 1'"),
        ("1 1 1\n", "first line is '1 1 1'"),
        ("1 1\nA 1 2\n", "1 pairs, expected 1 folds of twice 1"),
        ("1 1\nA 1 2\nA 1 B x\n", r"pairs.txt:3: 'A 1 B x' is no pair"),
        ("1 1\nA 1 2\nA 1\n", r"pairs.txt:3: 'A 1' is no pair"),
        ("1 1\nA 1 B 2\nA 1 2\n", "fold 1 is not 1 mated, then 1 non-mated pairs"),
    ],
)
def test_what_is_no_pairs_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidSample, match=message):
        read_lfw_pairs(_write(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSample, match="not a readable pairs file"):
        read_lfw_pairs(tmp_path / "none.txt")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidSample, match="not a readable pairs file"):
        read_lfw_pairs(path)
