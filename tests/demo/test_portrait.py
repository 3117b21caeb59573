import cv2
import numpy as np

from vantay_service.demo.portrait import encode_photo, make_photos, side_by_side


def test_the_probe_is_another_picture_than_the_reference() -> None:
    photos = make_photos()
    assert photos.reference.shape != photos.probe.shape
    assert photos.probe.mean() < photos.reference.mean()


def test_a_photo_survives_its_file() -> None:
    probe = make_photos().probe
    read = cv2.imdecode(np.frombuffer(encode_photo(probe), np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    assert np.array_equal(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), probe)


def test_two_photos_stand_beside_each_other() -> None:
    assert side_by_side(*make_photos(), height_px=100).shape == (100, 100 + 86, 3)
