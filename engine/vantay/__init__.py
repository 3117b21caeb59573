"""Vantay: an automated biometric identification system that one agency can run without a vendor.

`Engine` is the door: enrol, verify, identify, compare, show, list, erase. What else a caller needs, the
types of samples and results, the settings and the errors, can be imported from here too.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vantay.engine import Engine, EnrolmentReceipt
    from vantay.errors import (
        AlreadyEnrolled,
        CallerError,
        DataCorruption,
        ExtractionFailed,
        IncompatibleTemplate,
        InvalidSample,
        InvalidSetting,
        InvalidTemplate,
        ModelUnavailable,
        StateError,
        StorageError,
        StoreLocked,
        StoreUnavailable,
        SubjectNotFound,
        UnsupportedFormatVersion,
        VantayError,
    )
    from vantay.fingerprint.codec import RecordFormat
    from vantay.search import FingerEvidence, FingerFailure, IdentifyResult, VerifyResult
    from vantay.settings import EngineSettings, load_settings
    from vantay.store import (
        EncounterRecord,
        Erasure,
        StoreStatistics,
        SubjectRecord,
        SubjectStatus,
        SubjectSummary,
    )
    from vantay.types import (
        Candidate,
        Comparison,
        FingerImage,
        FingerPosition,
        FingerTemplate,
        MinutiaType,
    )

__all__ = [
    "AlreadyEnrolled",
    "CallerError",
    "Candidate",
    "Comparison",
    "DataCorruption",
    "EncounterRecord",
    "Engine",
    "EngineSettings",
    "EnrolmentReceipt",
    "Erasure",
    "ExtractionFailed",
    "FingerEvidence",
    "FingerFailure",
    "FingerImage",
    "FingerPosition",
    "FingerTemplate",
    "IdentifyResult",
    "IncompatibleTemplate",
    "InvalidSample",
    "InvalidSetting",
    "InvalidTemplate",
    "MinutiaType",
    "ModelUnavailable",
    "RecordFormat",
    "StateError",
    "StorageError",
    "StoreLocked",
    "StoreStatistics",
    "StoreUnavailable",
    "SubjectNotFound",
    "SubjectRecord",
    "SubjectStatus",
    "SubjectSummary",
    "UnsupportedFormatVersion",
    "VantayError",
    "VerifyResult",
    "load_settings",
]

# Loaded when first used: `vantay --help` and the readers of data sets need neither numba nor SQLAlchemy
_HOMES = (
    "vantay.errors",
    "vantay.types",
    "vantay.settings",
    "vantay.store",
    "vantay.search",
    "vantay.engine",
)


def __getattr__(name: str) -> object:
    if name in __all__:
        for home in _HOMES:
            module = importlib.import_module(home)
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
