"""How images become minutiae: by network (`leader`) or by classical image processing (`classical`)."""

from vantay.fingerprint.extraction.extractor import Extractor, make_extractor

__all__ = ["Extractor", "make_extractor"]
