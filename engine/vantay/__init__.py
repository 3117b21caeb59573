"""Vantay: an automated biometric identification system that one agency can run without a vendor.

`Engine` is the door: enrol, verify, identify, compare, show, list, erase. What else a caller needs, the
types of samples and results, the settings and the errors, can be imported from here too.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

# ONNX Runtime's official builds send telemetry over the network unless this is set before it is loaded.
# Vantay opens no connection at run time, and what an agency compares is nobody's business.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from vantay.administration import EnrolmentDetails, EnrolmentReceipt
    from vantay.engine import Engine
    from vantay.errors import (
        AlreadyEnrolled,
        CallerError,
        CaseDecided,
        CaseNotFound,
        ClockWentBackwards,
        DataCorruption,
        EncounterNotFound,
        ExtractionFailed,
        GalleryNotFound,
        IdempotencyConflict,
        IncompatibleTemplate,
        InvalidSample,
        InvalidSetting,
        InvalidTemplate,
        KeyUnavailable,
        ModelUnavailable,
        StateError,
        StorageError,
        StoreLocked,
        StoreUnavailable,
        SubjectMerged,
        SubjectNotFound,
        UnsupportedFormatVersion,
        VantayError,
        WrongKey,
    )
    from vantay.face.comparison import FaceComparison
    from vantay.fingerprint.codec import RecordFormat
    from vantay.search import (
        DeduplicationPlan,
        DeduplicationSummary,
        FaceEvidence,
        FingerEvidence,
        IdentifyResult,
        SampleFailure,
        SearchFilter,
        VerifyResult,
    )
    from vantay.settings import EngineSettings, load_settings
    from vantay.store import (
        Actor,
        AuditAnchor,
        AuditEntry,
        AuditVerdict,
        Biographics,
        Change,
        ChangeKind,
        Consent,
        Document,
        EncounterRecord,
        Enrolment,
        Erasure,
        FaceSummary,
        KeyChange,
        LoadResult,
        NewAuditEntry,
        NewCase,
        NewCheck,
        NewDecision,
        NewEncounter,
        NewImage,
        NewTemplate,
        OnConflict,
        PublishedDecision,
        PurgeCounts,
        RecordWriter,
        Sex,
        StoredCase,
        StoredCheck,
        StoredEncounter,
        StoredImage,
        StoreStatistics,
        SubjectPage,
        SubjectRecord,
        SubjectState,
        SubjectStatus,
        SubjectSummary,
        Upgrade,
    )
    from vantay.types import (
        Candidate,
        Comparison,
        FaceImage,
        FaceTemplate,
        FingerImage,
        FingerPosition,
        FingerTemplate,
        MinutiaType,
    )

__all__ = [
    "Actor",
    "AlreadyEnrolled",
    "AuditAnchor",
    "AuditEntry",
    "AuditVerdict",
    "Biographics",
    "CallerError",
    "Candidate",
    "CaseDecided",
    "CaseNotFound",
    "Change",
    "ChangeKind",
    "ClockWentBackwards",
    "Comparison",
    "Consent",
    "DataCorruption",
    "DeduplicationPlan",
    "DeduplicationSummary",
    "Document",
    "EncounterNotFound",
    "EncounterRecord",
    "Engine",
    "EngineSettings",
    "Enrolment",
    "EnrolmentDetails",
    "EnrolmentReceipt",
    "Erasure",
    "ExtractionFailed",
    "FaceComparison",
    "FaceEvidence",
    "FaceImage",
    "FaceSummary",
    "FaceTemplate",
    "FingerEvidence",
    "FingerImage",
    "FingerPosition",
    "FingerTemplate",
    "GalleryNotFound",
    "IdempotencyConflict",
    "IdentifyResult",
    "IncompatibleTemplate",
    "InvalidSample",
    "InvalidSetting",
    "InvalidTemplate",
    "KeyChange",
    "KeyUnavailable",
    "LoadResult",
    "MinutiaType",
    "ModelUnavailable",
    "NewAuditEntry",
    "NewCase",
    "NewCheck",
    "NewDecision",
    "NewEncounter",
    "NewImage",
    "NewTemplate",
    "OnConflict",
    "PublishedDecision",
    "PurgeCounts",
    "RecordFormat",
    "RecordWriter",
    "SampleFailure",
    "SearchFilter",
    "Sex",
    "StateError",
    "StorageError",
    "StoreLocked",
    "StoreStatistics",
    "StoreUnavailable",
    "StoredCase",
    "StoredCheck",
    "StoredEncounter",
    "StoredImage",
    "SubjectMerged",
    "SubjectNotFound",
    "SubjectPage",
    "SubjectRecord",
    "SubjectState",
    "SubjectStatus",
    "SubjectSummary",
    "UnsupportedFormatVersion",
    "Upgrade",
    "VantayError",
    "VerifyResult",
    "WrongKey",
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
    "vantay.administration",
    "vantay.workbench",
)


def _make_room_for_kernels() -> None:
    """Name a folder for compiled kernels where numba would find none and refuse to go on.

    numba keeps them beside the source, else in the user's cache folder. On a read-only installation without a
    home neither can be written; NUMBA_CACHE_DIR is then a private folder for temporary files.
    """
    home_cache = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111 - may fail
    places = (Path(__file__).parent / "__pycache__", home_cache / "numba")
    if not os.environ.get("NUMBA_CACHE_DIR") and not any(_may_write(place) for place in places):
        with contextlib.suppress(OSError):  # nowhere at all: numba says so when a kernel is needed
            os.environ["NUMBA_CACHE_DIR"] = str(_private_folder())


def _may_write(folder: Path) -> bool:
    """Tell whether files can be made in a folder, or the folder in the nearest one that exists."""
    there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    effective = os.access in os.supports_effective_ids
    return os.access(f"{there}/", os.W_OK | os.X_OK, effective_ids=effective)  # no file has a / at its end


def _private_folder() -> Path:
    import stat  # noqa: PLC0415 - rarely needed
    import tempfile  # noqa: PLC0415

    folder = Path(tempfile.gettempdir()) / f"vantay-kernels-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    # Kernels are loaded from there as code: nobody else may have made it, or may write to it
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077:
        return folder
    return Path(tempfile.mkdtemp(prefix="vantay-kernels-"))


_make_room_for_kernels()


def __getattr__(name: str) -> object:
    if name in __all__:
        for home in _HOMES:
            module = importlib.import_module(home)
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
