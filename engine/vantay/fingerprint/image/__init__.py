"""From bytes to a dark-ridged, 500 ppi grey image; what cannot become one is refused.

One file a step: `reader` opens files, `limits` says what is refused, `grey` and `resolution` interpret what
was opened, `wsq` decodes the one format that Pillow does not know; `normalisation` brings an image to 500 ppi
and, with `polarity`, to dark ridges.
"""

from vantay.fingerprint.image.limits import ImageLimits
from vantay.fingerprint.image.normalisation import normalise_finger_image
from vantay.fingerprint.image.reader import read_finger_image

__all__ = ["ImageLimits", "normalise_finger_image", "read_finger_image"]
