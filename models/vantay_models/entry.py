"""What the manifest says of a model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from vantay_models.errors import ManifestError
from vantay_models.source import DownloadSource, PackageSource, check_digest, check_file_name


class Purpose(StrEnum):
    """What a model is for."""

    MINUTIAE = "minutiae"
    FACE_DETECTION = "face-detection"
    FACE_LANDMARKS = "face-landmarks"
    FACE_EMBEDDING = "face-embedding"
    FACE_QUALITY = "face-quality"
    FACE_PAD = "face-pad"


class Layout(StrEnum):
    """Order of the dimensions of an image batch: number, channel, height, width."""

    NCHW = "NCHW"
    NHWC = "NHWC"


class ColorOrder(StrEnum):
    """Order of the colours of a pixel."""

    RGB = "RGB"
    BGR = "BGR"


class PixelType(StrEnum):
    """Type of the values of an image batch."""

    UINT8 = "uint8"
    FLOAT32 = "float32"


class LandmarkKind(StrEnum):
    """Which points of a face an alignment template names, in this order; left and right are the image's."""

    EYES_NOSE_MOUTH = "eyes-nose-mouth"
    """Left eye, right eye, tip of the nose, left and right corner of the mouth."""

    EYES_MOUTH = "eyes-mouth"
    """Left eye, right eye, middle of the mouth."""

    EYE_CORNERS_NOSE = "eye-corners-nose"
    """Outer and inner corner of the right eye, of the left eye, base of the nose: dlib's five."""


N_LANDMARKS = {LandmarkKind.EYES_NOSE_MOUTH: 5, LandmarkKind.EYES_MOUTH: 3, LandmarkKind.EYE_CORNERS_NOSE: 5}


@dataclass(frozen=True)
class AlignmentTemplate:
    """Where the landmarks of a face lie in the model's image.

    Attributes
    ----------
    landmarks : LandmarkKind
        Which points.
    points : tuple of (x, y)
        In pixels, the centre of the first pixel at (0, 0).
    """

    landmarks: LandmarkKind
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.points) != N_LANDMARKS[self.landmarks]:
            raise ManifestError(
                f"an alignment template of {self.landmarks} has {len(self.points)} points, "
                f"expected {N_LANDMARKS[self.landmarks]}"
            )


@dataclass(frozen=True)
class ImageInput:
    """How an image becomes the model's input: ``(pixel − mean) · scale``.

    Attributes
    ----------
    layout : Layout
        Order of dimensions.
    color_order : ColorOrder
        Order of colours; ``mean`` and ``scale`` follow it.
    pixel_type : PixelType
        Type of the values.
    name : str, optional
        Of the graph's input; its only one where absent.
    mean, scale : (3,) float
        One for each colour, in grey values of 0 to 255.
    width_px, height_px : int, optional
        Size; any where absent.
    multiple_px : int
        Width and height are multiples of it.
    max_batch : int, optional
        Most images in one call; any number where absent.
    template : AlignmentTemplate, optional
        For models that want an aligned face.
    box_scale : float, optional
        For models that want the box of a face, enlarged by this factor and moved into the image.
    """

    layout: Layout
    color_order: ColorOrder
    pixel_type: PixelType
    name: str | None = None
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    width_px: int | None = None
    height_px: int | None = None
    multiple_px: int = 1
    max_batch: int | None = None
    template: AlignmentTemplate | None = None
    box_scale: float | None = None

    def __post_init__(self) -> None:
        for name, value in (
            ("width_px", self.width_px),
            ("height_px", self.height_px),
            ("multiple_px", self.multiple_px),
            ("max_batch", self.max_batch),
            ("box_scale", self.box_scale),
        ):
            if value is not None and value <= 0:
                raise ManifestError(f"{name} is {value}, expected more than 0")
        if 0 in self.scale:
            raise ManifestError(f"scale is {self.scale}, expected factors other than 0")


@dataclass(frozen=True)
class Accuracy:
    """One measured figure.

    Attributes
    ----------
    measure, value : str
        What, and how much, with its unit.
    measured_on : str
        On whom: data set, number of people, who they are.
    """

    measure: str
    value: str
    measured_on: str


@dataclass(frozen=True)
class Calibration:
    """From comparison values of a model, cosines of embeddings, to −10·log10(FMR).

    Attributes
    ----------
    raw : tuple of float
        Knots of a piecewise linear map, ascending.
    scores : tuple of float
        −10·log10(FMR) at the knots, ascending.
    tail_slope : float
        Score per unit beyond the last knot.
    model_sha256 : str
        Checksum of the model file it was fitted for.
    measured_on : str
        On whom.
    """

    raw: tuple[float, ...]
    scores: tuple[float, ...]
    tail_slope: float
    model_sha256: str
    measured_on: str

    def __post_init__(self) -> None:
        for name, knots in (("raw", self.raw), ("scores", self.scores)):
            if any(low >= high for low, high in pairwise(knots)):
                raise ManifestError(f"calibration {name} does not ascend")
        if len(self.raw) != len(self.scores) or len(self.raw) < 2:
            raise ManifestError(
                f"a calibration of {len(self.raw)} raw values and {len(self.scores)} scores, expected two or "
                f"more of both"
            )
        check_digest(self.model_sha256, 1)


@dataclass(frozen=True)
class ModelEntry:
    """One model.

    Attributes
    ----------
    name : str
        What commands call it.
    purpose : Purpose
        What it is for.
    summary : str
        The same in a sentence.
    file : str
        Name of the file in the model folder.
    licence : str
        SPDX identifier of the licence of the weights.
    reference : str
        Where the model was published.
    training_data : str
        What is known of the data it was trained on.
    input, output : str
        Layout of what goes in and comes out.
    package : PackageSource, optional
        What it is built from.
    download : DownloadSource, optional
        What is fetched. A model with neither was added by the user.
    image : ImageInput, optional
        How to make the input, where it is an image and nothing else.
    output_name : str, optional
        Name of the graph's output; its first one where absent.
    dimension : int, optional
        Length of an embedding.
    accuracy : tuple of Accuracy
        What was measured, on whom.
    calibration : Calibration, optional
        From comparisons to scores.
    """

    name: str
    purpose: Purpose
    summary: str
    file: str
    licence: str
    reference: str
    training_data: str
    input: str
    output: str
    package: PackageSource | None = None
    download: DownloadSource | None = None
    image: ImageInput | None = None
    output_name: str | None = None
    dimension: int | None = None
    accuracy: tuple[Accuracy, ...] = ()
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        check_file_name(self.file)
        if self.package is not None and self.download is not None:
            raise ManifestError("there is a package and a download, expected one of them at most")
        if self.dimension is not None and self.dimension <= 0:
            raise ManifestError(f"dimension is {self.dimension}, expected more than 0")
        is_embedding = self.purpose is Purpose.FACE_EMBEDDING
        if is_embedding != (self.dimension is not None):
            raise ManifestError("a dimension belongs to face embeddings, all of them and nothing else")
        if is_embedding and (self.image is None or self.image.template is None):
            raise ManifestError("a face embedding needs an image with an alignment template")

    @property
    def source(self) -> str:
        """Where the weights come from, for people."""
        if self.package is not None:
            return f"Python package {self.package.package}"
        return "the user" if self.download is None else self.download.origin
