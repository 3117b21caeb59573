import cv2
import numpy as np
import numpy.typing as npt

from vantay.types import FingerPosition
from vantay_service.demo.impressions import FINGERS
from vantay_service.demo.spoiling import blur, other_hand, shrink, swap_hands


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def _pixels(image: bytes) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def test_swapped_hands_swap_back() -> None:
    assert other_hand(FingerPosition.RIGHT_INDEX) is FingerPosition.LEFT_INDEX
    fingers: dict[FingerPosition, str] = {position: position.name for position in FINGERS}
    swapped = swap_hands(fingers)
    assert swapped[FingerPosition.LEFT_THUMB] == "RIGHT_THUMB"
    assert swapped.keys() == fingers.keys()
    assert swap_hands(swapped) == fingers


def test_a_smaller_finger_has_an_image_of_the_same_size() -> None:
    pixels = np.full((120, 100), 250, np.uint8)
    pixels[20:100, 20:80] = 10
    small = _pixels(shrink(_png(pixels), 0.5))
    assert small.shape == pixels.shape
    dark = small < 128
    assert abs(int(dark.sum()) - 80 * 60 // 4) < 80
    assert small[0, 0] == 250


def test_blur_takes_contrast() -> None:
    stripes = np.tile(np.repeat(np.array([0, 255], np.uint8), 4), (64, 8))
    assert _pixels(blur(_png(stripes), 4.0)).std() < 0.2 * stripes.std()
