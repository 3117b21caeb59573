"""Synthetic fingers at template level: minutiae without images, thousands a second.

A `FingerMaster` has all minutiae of a finger; an impression is what one touch of a sensor shows an extractor
of them. Both are pure functions of their seeds, the same to the bit on any machine.

>>> from vantay.types import FingerPosition
>>> master = make_finger_minutiae(7, FingerPosition.RIGHT_INDEX)
>>> template = make_finger_impression(master, 1, TemplateLevel.FVC_HARD)
>>> template.extractor, template.position.name
('synthetic', 'RIGHT_INDEX')
"""

from vantay_datasets.synthetic.minutiae.impression import (
    ImpressionBatch,
    make_finger_impression,
    make_impressions,
)
from vantay_datasets.synthetic.minutiae.master import FingerMaster, make_finger_minutiae
from vantay_datasets.synthetic.minutiae.parameters import (
    LEVELS,
    ImpressionParameters,
    LevelParameters,
    MasterParameters,
    TemplateLevel,
)
from vantay_datasets.synthetic.minutiae.person import finger_seeds, impression_seeds, seeds_of_ten

__all__ = [
    "LEVELS",
    "FingerMaster",
    "ImpressionBatch",
    "ImpressionParameters",
    "LevelParameters",
    "MasterParameters",
    "TemplateLevel",
    "finger_seeds",
    "impression_seeds",
    "make_finger_impression",
    "make_finger_minutiae",
    "make_impressions",
    "seeds_of_ten",
]
