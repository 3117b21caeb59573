"""What one capture gives to a call about records: fingers, a face, the resolution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vantay.search import FaceSource, FingerSource
from vantay.types import FingerPosition


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one person, taken at one time.

    Attributes
    ----------
    fingers : mapping of FingerPosition to FingerSource
        The bytes of an image or of a template record, or a `FingerTemplate`.
    face : FaceSource, optional
        The bytes of a photo, or a `FaceTemplate`.
    ppi : float, optional
        Resolution of the finger images, overriding what the files say.
    """

    fingers: Mapping[FingerPosition, FingerSource] = field(default_factory=dict)
    face: FaceSource | None = None
    ppi: float | None = None
