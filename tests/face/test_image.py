import io
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from vantay.errors import InvalidSample
from vantay.face.image import FaceImageLimits, read_face_image


def _gradient(width: int = 80, height: int = 64) -> npt.NDArray[np.uint8]:
    """Red grows to the right, green downwards: any turn shows."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 3, y * 3, np.full_like(x, 90)], axis=-1).astype(np.uint8)


def _encode(picture: Image.Image, image_format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format=image_format, **options)
    return file.getvalue()


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_of_claimed_size(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", zlib.compress(b"")) + _png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _face_record(photo: bytes, *, version: bytes = b"010\x00", n_photos: int = 1, n_points: int = 2) -> bytes:
    information = struct.pack(">IH14x", 20 + 8 * n_points + 12 + len(photo), n_points)
    data = information + bytes(8 * n_points + 12) + photo
    return struct.pack(">4s4sIH", b"FAC\x00", version, 14 + len(data), n_photos) + data


def test_png_is_read_to_the_bit() -> None:
    image = read_face_image(_encode(Image.fromarray(_gradient())))
    np.testing.assert_array_equal(image.pixels, _gradient())
    assert image.name == "image"


@pytest.mark.parametrize("image_format", ["JPEG", "JPEG2000"])
def test_lossy_formats_are_read(image_format: str) -> None:
    options = {"quality": 95} if image_format == "JPEG" else {}
    pixels = read_face_image(_encode(Image.fromarray(_gradient()), image_format, **options)).pixels
    assert np.abs(pixels.astype(int) - _gradient()).mean() < 3


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [
        (1, lambda p: p),
        (2, lambda p: p[:, ::-1]),
        (3, lambda p: p[::-1, ::-1]),
        (4, lambda p: p[::-1]),
        (5, lambda p: p.transpose(1, 0, 2)),
        (6, lambda p: np.rot90(p, -1)),
        (7, lambda p: p[::-1, ::-1].transpose(1, 0, 2)),
        (8, lambda p: np.rot90(p, 1)),
    ],
)
def test_exif_orientation_is_undone(orientation: int, turn: object) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = read_face_image(_encode(Image.fromarray(_gradient()), exif=exif.tobytes())).pixels
    np.testing.assert_array_equal(pixels, turn(_gradient()))  # type: ignore[operator]


def test_grey_becomes_three_equal_colours() -> None:
    grey = _gradient()[..., 0]
    pixels = read_face_image(_encode(Image.fromarray(grey))).pixels
    np.testing.assert_array_equal(pixels, np.repeat(grey[..., None], 3, axis=2))


def test_sixteen_bit_grey_keeps_its_upper_bits() -> None:
    grey = _gradient()[..., 0]
    wide = (grey.astype(np.uint16) << 8) | 0xAB
    pixels = read_face_image(_encode(Image.fromarray(wide))).pixels
    np.testing.assert_array_equal(pixels[..., 1], grey)


def test_palette_is_looked_up() -> None:
    picture = Image.fromarray(_gradient()).quantize(200)
    pixels = read_face_image(_encode(picture)).pixels
    np.testing.assert_array_equal(pixels, np.array(picture.convert("RGB")))


def test_one_bit_becomes_black_and_white() -> None:
    picture = Image.fromarray(_gradient()[..., 0] > 100)
    assert set(np.unique(read_face_image(_encode(picture)).pixels)) == {0, 255}


def test_transparent_parts_become_white() -> None:
    layers = np.dstack([_gradient(), np.full((64, 80), 255, np.uint8)])
    layers[:, :10, 3] = 0
    pixels = read_face_image(_encode(Image.fromarray(layers))).pixels
    assert (pixels[:, :10] == 255).all()
    np.testing.assert_array_equal(pixels[:, 10:], _gradient()[:, 10:])


def test_cmyk_becomes_rgb() -> None:
    picture = Image.new("CMYK", (64, 64), (0, 255, 255, 0))
    pixels = read_face_image(_encode(picture, "JPEG", quality=95)).pixels
    assert pixels[32, 32, 0] > 200
    assert pixels[32, 32, 1:].max() < 60


def test_a_colour_profile_is_applied() -> None:
    """In a profile whose red and green primaries changed places, red pixels are green."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"?XYZ", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"?XYZ", b"gXYZ", 1)
    red = Image.new("RGB", (64, 64), (250, 0, 0))
    pixels = read_face_image(_encode(red, icc_profile=swapped)).pixels
    assert pixels[0, 0, 1] > 200
    assert pixels[0, 0, 0] < 50


def test_an_srgb_profile_changes_nothing_that_can_be_seen() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels = read_face_image(_encode(Image.fromarray(_gradient()), icc_profile=profile)).pixels
    assert np.abs(pixels.astype(int) - _gradient()).max() <= 1


def test_a_broken_profile_is_passed_over() -> None:
    data = _encode(Image.fromarray(_gradient()), icc_profile=b"no profile at all" * 20)
    np.testing.assert_array_equal(read_face_image(data).pixels, _gradient())


def test_an_animated_png_is_refused() -> None:
    frames = [Image.fromarray(_gradient()), Image.fromarray(_gradient()[::-1].copy())]
    data = _encode(frames[0], save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidSample, match="holds 2 images, expected one"):
        read_face_image(data)


@pytest.mark.parametrize("image_format", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_refused(image_format: str) -> None:
    with pytest.raises(InvalidSample, match="no image format that is read here, expected JPEG, PNG"):
        read_face_image(_encode(Image.fromarray(_gradient()), image_format))


@pytest.mark.parametrize("data", [b"%PDF-1.4 not an image", b"\xff\xd8", b"FAC", bytes(100)])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidSample):
        read_face_image(data)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    with pytest.raises(InvalidSample, match=r"empty\.jpg: is empty"):
        read_face_image(path)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "JPEG2000"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused(image_format: str, share: float) -> None:
    rng = np.random.default_rng(1)
    noise = Image.fromarray(rng.integers(0, 256, (96, 96, 3), dtype=np.uint8))
    data = _encode(noise, image_format)
    with pytest.raises(InvalidSample):
        read_face_image(data[: int(share * len(data))])


@pytest.mark.parametrize(("width", "height"), [(20_000, 64), (12_000, 12_000), (60_000, 60_000)])
def test_a_decompression_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    with pytest.raises(InvalidSample, match=r"px, expected|pixels"):
        read_face_image(_png_of_claimed_size(width, height))


def test_a_tiny_image_is_refused() -> None:
    with pytest.raises(InvalidSample, match="size is 40×64 px, expected 48 to 12000 px a side"):
        read_face_image(_encode(Image.fromarray(_gradient(40))))


def test_a_file_that_is_too_long_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.png"
    path.write_bytes(_encode(Image.fromarray(_gradient())))
    with pytest.raises(InvalidSample, match="bytes, expected at most 100"):
        read_face_image(path, limits=FaceImageLimits(max_file_bytes=100))


@pytest.mark.parametrize("name", ["none.jpg", ".", "a\x00b"])
def test_a_path_without_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidSample, match=r"expected an image file|cannot be read"):
        read_face_image(f"{tmp_path}/{name}")


def test_the_photo_of_a_face_record_is_read() -> None:
    record = _face_record(_encode(Image.fromarray(_gradient())))
    np.testing.assert_array_equal(read_face_image(record).pixels, _gradient())


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (_face_record(b"x", version=b"030\x00"), "version b'030"),
        (_face_record(b"x", n_photos=2), "holds 2 photos, expected one"),
        (_face_record(b"x" * 50)[:-1], "has 111 bytes, expected 112"),
        (_face_record(b"x")[:10], "has 10 bytes, expected 14"),
        (struct.pack(">4s4sIH", b"FAC\x00", b"010\x00", 14, 1), "has 14 bytes, expected 34"),
        (_face_record(b""), "says that its photo is bytes"),
        (_face_record(b"no image"), "no image format that is read here"),
    ],
)
def test_a_damaged_face_record_is_refused(record: bytes, message: str) -> None:
    with pytest.raises(InvalidSample, match=message):
        read_face_image(record)


def test_a_public_face_record_is_read(eval_data: Path) -> None:
    image = read_face_image(eval_data / "templates" / "ansi_nist" / "face01.iso2005")
    assert image.pixels.shape == (320, 280, 3)


_SEEDS = [
    _encode(Image.fromarray(_gradient()).convert(mode), image_format)
    for mode, image_format in (
        ("RGB", "JPEG"),
        ("CMYK", "JPEG"),
        ("RGB", "PNG"),
        ("P", "PNG"),
        ("RGBA", "PNG"),
        ("RGB", "JPEG2000"),
    )
]
_SEEDS.append(_face_record(_SEEDS[0]))
_CHANGES = st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), max_size=20)


@given(st.sampled_from(_SEEDS), _CHANGES, st.none() | st.integers(1, 2**20))
def test_changed_bytes_give_a_photo_or_an_error_of_ours(
    seed: bytes, changes: list[tuple[int, int]], length: int | None
) -> None:
    data = bytearray(seed)
    for place, value in changes:
        data[place % len(data)] = value
    if length is not None:
        data = data[: length % len(data)]
    try:
        pixels = read_face_image(bytes(data)).pixels
    except InvalidSample:
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
