"""The protocol of portraits, for any face peer: every photo once, every two vectors compared by cosine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from benchmarks.peers.peer import FacePeer, Figures, Float32s

from vantay.errors import ExtractionFailed
from vantay.evaluation.error_rates import equal_error_rate, error_curve, fnmr_at_fmr
from vantay.evaluation.face_task import FacePhoto, open_face_folders
from vantay.face.extraction import make_face_extractor
from vantay.face.image import read_face_image
from vantay.types import FaceImage

STRICT_FMR = 1e-3


@dataclass(frozen=True, slots=True)
class FacePlan:
    """Which portraits.

    Attributes
    ----------
    folder : Path
        A folder for each subject.
    n_subjects : int, optional
        The first of them; all if not given.
    """

    folder: Path
    n_subjects: int | None = None

    def photos(self) -> list[FacePhoto]:
        """Find the photos."""
        photos = open_face_folders([self.folder]).photos
        chosen = sorted({photo.subject for photo in photos})[: self.n_subjects]
        return [photo for photo in photos if photo.subject in chosen]


def measure_faces(make: Callable[[], FacePeer], plan: FacePlan) -> Iterator[Figures]:
    """Make all vectors, then all comparisons, then the vectors that Vantay makes, for agreement.

    Parameters
    ----------
    make : callable
        Gives the peer.
    plan : FacePlan

    Yields
    ------
    Figures
        ``extract_ms``, median processor time of a photo; ``eer`` and ``fnmr_at_fmr_1e-3`` of cosines;
        ``agreement_mean`` and ``agreement_least``, the cosine of the peer's vector and Vantay's of the same
        photo; ``n_photos`` and ``n_failed``. Comparisons without a vector count as a cosine of −1.
    """
    peer, photos = make(), plan.photos()
    vectors: list[Float32s | None] = []
    times_ms: list[float] = []
    for photo in photos:
        image = read_face_image(photo.path)
        if not vectors:
            _extracted(peer, image)
        start = time.process_time()
        vectors.append(_extracted(peer, image))
        times_ms.append((time.process_time() - start) * 1e3)
        yield {
            "extract_ms": statistics.median(times_ms),
            "n_photos": len(vectors),
            "n_failed": sum(vector is None for vector in vectors),
        }
    figures = {
        "extract_ms": statistics.median(times_ms),
        "n_photos": len(vectors),
        "n_failed": sum(vector is None for vector in vectors),
        **_rates(vectors, [photo.subject for photo in photos]),
    }
    yield figures
    yield figures | _agreement(vectors, photos)


def _extracted(peer: FacePeer, image: FaceImage) -> Float32s | None:
    """Make a vector of length 1; None if there is none."""
    try:
        vector = peer.extract(image)
    except Exception:  # noqa: BLE001 - whatever a peer raises is a failure to acquire
        return None
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _rates(vectors: list[Float32s | None], subjects: list[str]) -> Figures:
    known = next((vector for vector in vectors if vector is not None), None)
    if known is None:
        return {}
    table = np.stack([np.zeros_like(known) if vector is None else vector for vector in vectors])
    missing = np.array([vector is None for vector in vectors])
    probe, reference = np.triu_indices(len(vectors), 1)
    cosines: npt.NDArray[np.float32] = (table @ table.T)[probe, reference]
    cosines[missing[probe] | missing[reference]] = -1
    names = np.array(subjects)
    is_mated = names[probe] == names[reference]
    curve = error_curve(cosines[is_mated], cosines[~is_mated])
    return {
        "eer": equal_error_rate(curve),
        "fnmr_at_fmr_1e-3": fnmr_at_fmr(curve, STRICT_FMR),
        "n_mated": int(is_mated.sum()),
        "n_non_mated": int((~is_mated).sum()),
    }


def _agreement(vectors: list[Float32s | None], photos: list[FacePhoto]) -> Figures:
    own, cosines = make_face_extractor(n_threads=1), []
    for vector, photo in zip(vectors, photos, strict=True):
        if vector is None:
            continue
        try:
            template = own.extract(read_face_image(photo.path))
        except ExtractionFailed:
            continue
        if template.vector.shape == vector.shape:
            cosines.append(float(template.vector.astype(np.float32) @ vector))
    if not cosines:
        return {}
    return {"agreement_mean": statistics.mean(cosines), "agreement_least": min(cosines)}
