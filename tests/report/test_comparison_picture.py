import numpy as np
import numpy.typing as npt
import pytest

from vantay.errors import IncompatibleTemplate
from vantay.report.comparison_picture import draw_comparison
from vantay.types import MINUTIA_DTYPE, Comparison, FingerImage, FingerPosition, FingerTemplate

NO_PAIRS: npt.NDArray[np.int32] = np.zeros((0, 2), dtype=np.int32)


def _image(height: int = 320, width: int = 260, ppi: float = 500.0) -> FingerImage:
    return FingerImage(np.full((height, width), 255, dtype=np.uint8), ppi)


def _template(*minutiae: tuple[int, int, int, int]) -> FingerTemplate:
    rows = np.array([(*minutia, 50) for minutia in minutiae], dtype=MINUTIA_DTYPE)
    return FingerTemplate(rows, 260, 320, FingerPosition.RIGHT_INDEX, 70)


PROBE = _template((60, 80, 0, 1), (150, 200, 64, 2))
REFERENCE = _template((70, 90, 0, 1), (160, 210, 64, 2), (30, 30, 128, 1))


def _draw(score: float, pairs: npt.NDArray[np.int32], threshold: float = 40.0) -> npt.NDArray[np.uint8]:
    return draw_comparison(
        _image(), _image(), PROBE, REFERENCE, Comparison(score, pairs), threshold=threshold
    )


def _n_coloured(picture: npt.NDArray[np.uint8]) -> int:
    """Pixels below the header that are not grey, as only pairs are."""
    body = picture[132:-48].astype(int)
    return int(np.count_nonzero(body.max(axis=2) - body.min(axis=2) > 60))


def test_picture_is_rgb_and_holds_both_prints() -> None:
    picture = _draw(50.0, NO_PAIRS)
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    assert picture.shape[1] > 2 * 2 * 260  # both, at twice their size
    assert picture.shape[0] > 2 * 320


def test_only_pairs_are_coloured() -> None:
    assert _n_coloured(_draw(50.0, NO_PAIRS)) == 0
    one = _n_coloured(_draw(50.0, np.array([[0, 0]], dtype=np.int32)))
    two = _n_coloured(_draw(50.0, np.array([[0, 0], [1, 1]], dtype=np.int32)))
    assert 100 < one < two


@pytest.mark.parametrize(("score", "is_green"), [(40.0, True), (39.9, False), (0.0, False)])
def test_the_verdict_follows_the_threshold(score: float, is_green: bool) -> None:
    red, green, _ = _draw(score, NO_PAIRS)[10, 3].astype(int)  # the stripe at the left of the header
    assert bool(green > red) is is_green


def test_the_threshold_can_be_given() -> None:
    red, green, _ = _draw(30.0, NO_PAIRS, threshold=25.0)[10, 3].astype(int)
    assert green > red


def test_a_marker_is_drawn_where_the_minutia_is() -> None:
    """At twice the size, below header and caption; an image of 250 ppi is drawn twice as large again."""
    for image in (_image(), _image(160, 130, 250.0)):
        bifurcation = draw_comparison(
            image, image, PROBE, REFERENCE, Comparison(0.0, np.array([[1, 1]], dtype=np.int32))
        )
        x_px, y_px = 24 + 2 * 150 + 1, 132 + 2 * 200 + 1
        around = bifurcation[y_px - 2 : y_px + 3, x_px - 2 : x_px + 3].astype(int)
        assert np.all(around.max(axis=2) - around.min(axis=2) > 60)


def test_a_bifurcation_is_a_disc_and_an_ending_a_ring() -> None:
    picture = _draw(0.0, np.array([[0, 0], [1, 1]], dtype=np.int32)).astype(int)
    ending = picture[132 + 2 * 80 + 1, 24 + 2 * 60 + 1]
    bifurcation = picture[132 + 2 * 200 + 1, 24 + 2 * 150 + 1]
    assert ending.min() > 200
    assert bifurcation.min() < 100


@pytest.mark.parametrize("pair", [[2, 0], [0, 3], [-1, 0]])
def test_a_pair_of_minutiae_that_are_not_there_is_refused(pair: list[int]) -> None:
    with pytest.raises(IncompatibleTemplate, match="a pair names"):
        _draw(50.0, np.array([pair], dtype=np.int32))


def test_templates_without_minutiae_are_drawn() -> None:
    empty = _template()
    picture = draw_comparison(_image(), _image(), empty, empty, Comparison(0.0, NO_PAIRS))
    assert _n_coloured(picture) == 0
