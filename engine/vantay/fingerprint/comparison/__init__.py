"""How alike are two fingers? Minutia Cylinder-Code, relaxation, elastic alignment, calibrated scores.

The steps, a file each, in the order in which they run: `prepared` (with `ordering`, `hull` and `cylinders`),
`local`, `relaxation`, `alignment`, `evidence`, `calibration`; `stages` strings them together and `parameters`
holds every constant. Each stage works on all references of a chunk before the next one starts, so that its
kernel stands in one file (numba's cache does not notice an edit in another) and can be read, tested and timed
alone. `sketch` (with `sketch_kernel`) is the local stage of searches in large galleries.
"""

from vantay.fingerprint.comparison.ordering import in_prepared_order
from vantay.fingerprint.comparison.parameters import PARAMETER_HASH
from vantay.fingerprint.comparison.prepared import (
    PreparedTemplate,
    TemplatePack,
    prepare,
    prepare_each,
    prepare_many,
)
from vantay.fingerprint.comparison.stages import compare, compare_each, compare_many

__all__ = [
    "PARAMETER_HASH",
    "PreparedTemplate",
    "TemplatePack",
    "compare",
    "compare_each",
    "compare_many",
    "in_prepared_order",
    "prepare",
    "prepare_each",
    "prepare_many",
]
