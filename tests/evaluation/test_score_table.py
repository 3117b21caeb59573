from pathlib import Path

import numpy as np
import pytest

from vantay.errors import InvalidSample
from vantay.evaluation.error_rates import equal_error_rate, fnmr_at_fmr
from vantay.evaluation.score_table import ImpressionName, ScoreTable, pool_tables, read_scores, write_scores


def _csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["probe,candidate,score", *lines, ""]), encoding="utf-8")
    return path


def test_reads_mated_and_non_mated_comparisons(tmp_path: Path) -> None:
    table = read_scores(_csv(tmp_path / "other.csv", "101_1,101_2,40.5", "101_1,102_2,0"))
    assert table.name == "other"
    assert table.is_mated.tolist() == [True, False]
    assert table.mated.tolist() == [40.5]
    assert table.non_mated.tolist() == [0.0]


def test_written_sets_are_read_as_one_pooled_table(tmp_path: Path) -> None:
    one = read_scores(_csv(tmp_path / "one.csv", "1_1,1_2,40", "1_1,2_1,0"))
    two = read_scores(_csv(tmp_path / "two.csv", "1_1,1_2,30", "1_1,2_1,5"))
    pooled = pool_tables("both", [one, two])
    write_scores(tmp_path / "both.csv", [pooled])
    again = read_scores(tmp_path / "both.csv")
    assert again.probes == pooled.probes
    assert again.candidates == pooled.candidates
    np.testing.assert_array_equal(again.scores, pooled.scores)


def test_the_same_finger_number_of_two_sets_is_two_fingers(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    for names in (["one/a", "one/b"], ["one/a", "two/a"]):  # told apart even if the files have one name
        files = [_csv(tmp_path / f"{name}.csv", "101_1,101_2,40", "101_1,102_1,0") for name in names]
        pooled = pool_tables("both", [read_scores(path) for path in files])
        assert len({name[:2] for name in (*pooled.probes, *pooled.candidates)}) == 4


def test_pooling_keeps_qualities_only_when_all_have_them() -> None:
    names = [ImpressionName("", 1, i) for i in (1, 2)]
    with_quality = ScoreTable("a", names[:1], names[1:], np.array([1.0]), np.array([60.0]))
    without = ScoreTable("b", names[:1], names[1:], np.array([1.0]))
    pooled = pool_tables("x", [with_quality, with_quality])
    assert pooled.qualities is not None
    assert pooled.qualities.tolist() == [60.0, 60.0]
    assert pool_tables("x", [with_quality, without]).qualities is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("101_1,101_2", r"bad\.csv:3: '101_1,101_2' is no comparison"),
        ("101_1,101_2,high", "is no comparison"),
        ("101-1,101_2,4", "is no comparison"),
        ("101_1_3,101_2,4", "is no comparison"),
        ("a/101_1,b/101_2,4", "of different sets"),
    ],
)
def test_a_line_that_is_no_comparison_is_refused(tmp_path: Path, line: str, message: str) -> None:
    path = _csv(tmp_path / "bad.csv", "101_1,101_2,40", line)
    with pytest.raises(InvalidSample, match=message):
        read_scores(path)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("a,b,score\n1_1,1_2,3\n", encoding="utf-8")
    with pytest.raises(InvalidSample, match="first line is"):
        read_scores(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSample, match="not a readable score file"):
        read_scores(tmp_path / "none.csv")


@pytest.mark.eval_data
def test_published_scores_of_another_matcher_give_its_known_error_rates(eval_data: Path) -> None:
    """Computed by others: EER 3.2, 11.4, 8.9, 6.4 %; pooled 7.6 %, and FNMR at FMR 0.1 % 16.3 %."""
    names = ["fvc2002_DB1_B", "fvc2002_DB3_B", "fvc2004_DB1_B", "fvc2004_DB3_B"]
    tables = [read_scores(eval_data / "peers" / f"sourceafis_{name}.csv") for name in names]
    eers = [round(100 * equal_error_rate(table.curve()), 1) for table in tables]
    pooled = pool_tables("pooled", tables)
    assert eers == [3.2, 11.4, 8.9, 6.4]
    assert (pooled.mated.size, pooled.non_mated.size) == (1120, 11520)
    assert 100 * equal_error_rate(pooled.curve()) == pytest.approx(7.6, abs=0.05)
    assert 100 * fnmr_at_fmr(pooled.curve(), 1e-3) == pytest.approx(16.3, abs=0.06)
