"""Who is it: samples become templates, templates become scores, scores of one subject become one score.

`identify` searches everyone in a gallery (1:N), `verify` asks about one subject (1:1); both fuse the
scores of fingers and face by `fuse`, so that the two agree on what a score means.
"""

from vantay.search.acquisition import (
    Acquisition,
    Extractors,
    FingerSource,
    ImageSource,
    SampleFailure,
    acquire,
    acquire_what_is_usable,
    extract_in_batches,
    record_of,
)
from vantay.search.exhaustive import IdentifyResult, identify
from vantay.search.face_acquisition import FaceSource
from vantay.search.faces import FaceEvidence, FaceProbe
from vantay.search.finger_extractor import extractor_of
from vantay.search.fusion import (
    FUSION_HASH,
    correct_for_tries,
    face_kinds,
    finger_kinds,
    fuse,
    identification_threshold,
    log_likelihood_ratios,
    reliable_minutiae,
    verification_threshold,
)
from vantay.search.gallery import Gallery, GallerySnapshot
from vantay.search.index_calls import IndexCalls, IndexStatus
from vantay.search.indexed.deduplication import DeduplicationPlan, DeduplicationSummary
from vantay.search.indexed.rehearsal import made_up_finger, rehearse_search
from vantay.search.indexed.snapshot import EVERYONE, SearchFilter
from vantay.search.probe_samples import face_probe_of, prepare_probe, prepare_references
from vantay.search.searcher import Searcher, SearchOptions
from vantay.search.stage_times import StageTimes
from vantay.search.verification import FingerEvidence, Reference, VerifyResult, verify

__all__ = [
    "EVERYONE",
    "FUSION_HASH",
    "Acquisition",
    "DeduplicationPlan",
    "DeduplicationSummary",
    "Extractors",
    "FaceEvidence",
    "FaceProbe",
    "FaceSource",
    "FingerEvidence",
    "FingerSource",
    "Gallery",
    "GallerySnapshot",
    "IdentifyResult",
    "ImageSource",
    "IndexCalls",
    "IndexStatus",
    "Reference",
    "SampleFailure",
    "SearchFilter",
    "SearchOptions",
    "Searcher",
    "StageTimes",
    "VerifyResult",
    "acquire",
    "acquire_what_is_usable",
    "correct_for_tries",
    "extract_in_batches",
    "extractor_of",
    "face_kinds",
    "face_probe_of",
    "finger_kinds",
    "fuse",
    "identification_threshold",
    "identify",
    "log_likelihood_ratios",
    "made_up_finger",
    "prepare_probe",
    "prepare_references",
    "record_of",
    "rehearse_search",
    "reliable_minutiae",
    "verification_threshold",
    "verify",
]
