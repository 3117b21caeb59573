"""How good a facial photo is: components that an officer can act on, and one score.

`assessment` puts together what the other files measure, one a component; `parameters` holds the thresholds.
"""

from vantay.face.quality.assessment import FaceQuality, assess_quality
from vantay.face.quality.component import Component, Verdict

__all__ = ["Component", "FaceQuality", "Verdict", "assess_quality"]
