"""Two sets of samples, compared as a probe is with an enrolled subject; nothing is looked up."""

from __future__ import annotations

from vantay.face.comparison import calibration_of
from vantay.fingerprint.comparison import prepare
from vantay.search import Acquisition, FaceProbe, Reference, VerifyResult, verify
from vantay.store import StoredFace


def compare_acquired(probe: Acquisition, reference: Acquisition, *, threshold_fmr: float) -> VerifyResult:
    """Compare the templates of two sets of samples.

    Raises
    ------
    IncompatibleTemplate
        If the two have no finger in common, nor a face, or their faces are of different models.
    ModelUnavailable
        If the model of the face was never calibrated.
    """
    face = None if probe.face is None else FaceProbe(probe.face, calibration_of(probe.face.model))
    return verify(
        {position: prepare(template) for position, template in probe.templates.items()},
        [Reference("", position, prepare(template)) for position, template in reference.templates.items()],
        face=face,
        face_references=[] if reference.face is None else [StoredFace("", "", reference.face)],
        threshold_fmr=threshold_fmr,
    )
