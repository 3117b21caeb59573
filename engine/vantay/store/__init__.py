"""The record: who is enrolled, from when a write is safe.

The store is the one thing that cannot be made anew: subjects, their encounters and the template records
taken at each. A write is one transaction, and a call that has returned is on disk. Everything that makes
searching fast is derived from it and follows its change sequence.
"""

from vantay.store.database import Store
from vantay.store.records import (
    ChangeSet,
    EncounterRecord,
    Erasure,
    FaceSummary,
    NewEncounter,
    NewTemplate,
    StoredFace,
    StoredTemplate,
    StoreStatistics,
    SubjectRecord,
    SubjectStatus,
    SubjectSummary,
    TemplateSummary,
)
from vantay.store.schema import FORMAT_VERSION

__all__ = [
    "FORMAT_VERSION",
    "ChangeSet",
    "EncounterRecord",
    "Erasure",
    "FaceSummary",
    "NewEncounter",
    "NewTemplate",
    "Store",
    "StoreStatistics",
    "StoredFace",
    "StoredTemplate",
    "SubjectRecord",
    "SubjectStatus",
    "SubjectSummary",
    "TemplateSummary",
]
