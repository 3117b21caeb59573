"""Synthetic fingerprints: masters of the Henry classes, and impressions with ground truth.

A `MasterPrint` is the skin of one finger, flat and whole; an `Impression` is one touch of a sensor by it.
Both are pure functions of their seed.

>>> master = make_master(7, pattern=PatternClass.WHORL)
>>> impression = make_impression(master, 1)
>>> impression.image.pixels.shape
(416, 384)
"""

from vantay_datasets.synthetic.fingerprint.impression import Impression, make_impression
from vantay_datasets.synthetic.fingerprint.impression_parameters import ImpressionLevel
from vantay_datasets.synthetic.fingerprint.master import MasterPrint, make_master
from vantay_datasets.synthetic.fingerprint.pattern import PatternClass
from vantay_datasets.synthetic.fingerprint.person import make_person

__all__ = [
    "Impression",
    "ImpressionLevel",
    "MasterPrint",
    "PatternClass",
    "make_impression",
    "make_master",
    "make_person",
]
