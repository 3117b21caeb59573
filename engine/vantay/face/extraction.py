"""From photos to templates: the whole path, by a profile of models.

A profile is an embedding of the registry; its alignment template decides whose landmarks it needs, and so the
detector. ``dlib`` needs nothing but what ``vantay models build`` makes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vantay.errors import ExtractionFailed, InvalidSetting
from vantay.face.choice import choose_face
from vantay.face.detection import DetectedFace, FaceDetector, Pixels, detect_faces
from vantay.face.dlib_faces import DlibDetector
from vantay.face.embedding import FaceEmbedder
from vantay.face.landmark_trees import read_landmark_trees
from vantay.face.network_input import cut_face
from vantay.face.presentation_attack import AttackDetector
from vantay.face.quality import FaceQuality, assess_quality
from vantay.face.registry import Network, is_ready, model_entry, open_network, read_model_file
from vantay.face.yunet_detection import YunetDetector
from vantay.types import FaceImage, FaceTemplate
from vantay_models.entry import LandmarkKind, ModelEntry, Purpose
from vantay_models.preprocessing import prepare_batch
from vantay_models.toml_record import write_record

DEFAULT_PROFILE = "dlib"
PROFILE_NAMES = {DEFAULT_PROFILE: "dlib-face-embedding"}
"""Short names of profiles; any other profile is the name of its embedding."""

PIPELINE_VERSION = "1"
"""Raised whenever padding, choice or alignment may give another vector for the same photo."""

ATTACK_NETWORKS = ("minifasnet-v2", "minifasnet-v1se")
QUALITY_NETWORK = "lightqnet"


@dataclass(frozen=True, slots=True, eq=False)
class FaceAnalysis:
    """All that is known of a photo.

    Attributes
    ----------
    face : DetectedFace
        Where the face is.
    chip : (h, w, 3) uint8
        What the embedding sees.
    quality : FaceQuality
        Components with advice, and the unified score.
    live_probability : float or None
        Of the networks against presentation attacks, 0 to 1; None is "not assessed".
    template : FaceTemplate
        For comparison.
    """

    face: DetectedFace
    chip: Pixels
    quality: FaceQuality
    live_probability: float | None
    template: FaceTemplate


class FaceExtractor:
    """Makes templates of photos. Use `make_face_extractor`.

    Parameters
    ----------
    detector : FaceDetector
        Finds faces, with the landmarks that the embedding needs.
    embedding : Network
        The embedding.
    detector_hash : str
        Checksum of the detector's model files.
    quality_network : Network, optional
        Foresees how well a face will be recognised.
    attack_detector : AttackDetector, optional
        Tells living faces from pictures.
    """

    def __init__(
        self,
        detector: FaceDetector,
        embedding: Network,
        *,
        detector_hash: str = "",
        quality_network: Network | None = None,
        attack_detector: AttackDetector | None = None,
    ) -> None:
        self.detector = detector
        self.embedder = FaceEmbedder(embedding.entry, embedding.session)
        self.name = embedding.entry.name
        self.version = _version(
            embedding.sha256, _preparation(embedding.entry), detector.name, detector.version, detector_hash
        )
        self._quality_network = quality_network
        self._attack_detector = attack_detector

    def find_face(self, image: FaceImage) -> DetectedFace:
        """Find the one face of a photo.

        Raises
        ------
        ExtractionFailed
            ``no_face`` or ``several_faces``.
        """
        height, width = image.pixels.shape[:2]
        return choose_face(detect_faces(self.detector, image.pixels), width, height, image.name)

    def extract(self, image: FaceImage) -> FaceTemplate:
        """Make the template of a photo.

        Raises
        ------
        ExtractionFailed
            ``no_face``, ``several_faces`` or ``no_embedding``.
        """
        face = self.find_face(image)
        vector = self.embedder.embed([self.embedder.chip(image.pixels, face)])[0]
        return self._template(vector, self._quality(image.pixels, face))

    def extract_many(self, images: Sequence[FaceImage]) -> list[FaceTemplate | ExtractionFailed]:
        """Make templates of many photos, embedded in batches; a failure takes the place of its template."""
        results: list[FaceTemplate | ExtractionFailed | None] = []
        chips: list[Pixels] = []
        qualities: list[FaceQuality] = []
        for image in images:
            try:
                face = self.find_face(image)
            except ExtractionFailed as failure:
                results.append(failure)
                continue
            chips.append(self.embedder.chip(image.pixels, face))
            qualities.append(self._quality(image.pixels, face))
            results.append(None)
        made = zip(self.embedder.embed(chips), qualities, strict=True)
        return [self._template(*next(made)) if result is None else result for result in results]

    def analyse(self, image: FaceImage) -> FaceAnalysis:
        """Tell all that is known of a photo.

        Raises
        ------
        ExtractionFailed
            As `extract`.
        """
        face = self.find_face(image)
        chip = self.embedder.chip(image.pixels, face)
        quality = self._quality(image.pixels, face)
        attacks = self._attack_detector
        return FaceAnalysis(
            face=face,
            chip=chip,
            quality=quality,
            live_probability=attacks.live_probability(image.pixels, face) if attacks else None,
            template=self._template(self.embedder.embed([chip])[0], quality),
        )

    def _quality(self, pixels: Pixels, face: DetectedFace) -> FaceQuality:
        network = self._quality_network
        if network is None or network.entry.image is None:
            return assess_quality(pixels, face)
        chip = cut_face(pixels, face, network.entry.image)
        value = network.session.run_one(
            prepare_batch(chip[np.newaxis], network.entry.image), network.entry.output_name
        )
        return assess_quality(pixels, face, network_value=float(value.ravel()[0]))

    def _template(self, vector: npt.NDArray[np.float32], quality: FaceQuality) -> FaceTemplate:
        return FaceTemplate(
            vector=vector.astype(np.float16),
            model=self.name,
            model_version=self.version,
            quality=quality.unified,
        )


def make_face_extractor(profile: str = DEFAULT_PROFILE, *, n_threads: int = 1) -> FaceExtractor:
    """Return the extractor of a profile.

    Parameters
    ----------
    profile : str
        ``dlib``, or the name of any face embedding of the registry: ``sface``, ``mobilefacenet``,
        ``retail-0095``, or one that the user added.
    n_threads : int
        Threads of one network's run, from 1; templates do not depend on it.

    Raises
    ------
    InvalidSetting
        If the profile is no face embedding, or the number of threads is below 1.
    ModelUnavailable
        If a model that it needs is not installed.
    """
    if n_threads < 1:
        raise InvalidSetting(f"n_threads is {n_threads}, expected 1 or more")
    entry = model_entry(PROFILE_NAMES.get(profile, profile))
    if entry.purpose is not Purpose.FACE_EMBEDDING or entry.image is None or entry.image.template is None:
        raise InvalidSetting(f"profile {profile} is a model for {entry.purpose}, expected a face embedding")
    detector, detector_hash = _make_detector(entry.image.template.landmarks, n_threads)
    return FaceExtractor(
        detector,
        open_network(entry.name, n_threads=n_threads),
        detector_hash=detector_hash,
        quality_network=_quality_network(detector, n_threads),
        attack_detector=_attack_detector(n_threads),
    )


def _make_detector(kind: LandmarkKind, n_threads: int) -> tuple[FaceDetector, str]:
    if kind is LandmarkKind.EYE_CORNERS_NOSE:
        network = open_network("dlib-face-detection", n_threads=n_threads)
        trees, trees_sha256 = read_model_file("dlib-face-landmarks")
        detector = DlibDetector(network.session, read_landmark_trees(trees))
        return detector, network.sha256 + trees_sha256
    network = open_network("yunet", n_threads=n_threads)
    return YunetDetector(network.session), network.sha256


def _quality_network(detector: FaceDetector, n_threads: int) -> Network | None:
    """Open the quality network, if it is there and the detector finds the mouth that it aligns by."""
    if detector.kind is not LandmarkKind.EYES_NOSE_MOUTH or not is_ready(QUALITY_NETWORK):
        return None
    return open_network(QUALITY_NETWORK, n_threads=n_threads)


def _attack_detector(n_threads: int) -> AttackDetector | None:
    """Open the networks against presentation attacks; half of them is not what was measured."""
    if not all(is_ready(name) for name in ATTACK_NETWORKS):
        return None
    networks = [open_network(name, n_threads=n_threads) for name in ATTACK_NETWORKS]
    return AttackDetector([(network.entry, network.session) for network in networks])


def _preparation(entry: ModelEntry) -> str:
    """Tell what else than a network's weights decides its vectors: the same file may be added twice."""
    if entry.image is None:
        return ""
    image = replace(entry.image, name=None, max_batch=None)
    return write_record(image, entry.output_name or "")


def _version(*parts: str) -> str:
    return hashlib.sha256("\n".join((PIPELINE_VERSION, *parts)).encode()).hexdigest()[:16]
