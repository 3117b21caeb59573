"""How do images become minutiae without a model? One file a step; `extractor` is the table of contents."""

from vantay.fingerprint.extraction.classical.extractor import ClassicalExtractor
from vantay.fingerprint.extraction.classical.parameters import ClassicalParameters

__all__ = ["ClassicalExtractor", "ClassicalParameters"]
