"""The record: who is enrolled, from when a write is safe.

The store is the one thing that cannot be made anew: subjects, their encounters and the template records
taken at each. A write is one transaction, and a call that has returned is on disk. What is a person's is
sealed under a key of the person's own. Everything that makes searching fast is derived from the store and
follows its change sequence.
"""

from vantay.store.actor import Actor
from vantay.store.audit import AuditAnchor, AuditEntry, AuditVerdict, NewAuditEntry
from vantay.store.cases import NewCase, StoredCase
from vantay.store.checks import NewCheck, StoredCheck
from vantay.store.database import Store
from vantay.store.incoming import Consent, Enrolment, NewEncounter, NewImage, NewTemplate, OnConflict
from vantay.store.irreplaceable import refuse_irreplaceable
from vantay.store.maintenance import KeyChange, Upgrade, rotate_key_file, upgrade_store
from vantay.store.master_key import MasterKey
from vantay.store.person import UNKNOWN_BIOGRAPHICS, Biographics, Document, Sex, SubjectStatus
from vantay.store.published import NewDecision, PublishedDecision
from vantay.store.record_writer import RecordWriter
from vantay.store.records import (
    Change,
    ChangeKind,
    ChangeSet,
    EncounterRecord,
    Erasure,
    FaceSummary,
    LoadResult,
    StoredEncounter,
    StoredFace,
    StoredImage,
    StoredTemplate,
    StoreStatistics,
    SubjectPage,
    SubjectRecord,
    SubjectState,
    SubjectSummary,
    TemplateSummary,
)
from vantay.store.retention import PurgeCounts
from vantay.store.schema import FORMAT_VERSION

__all__ = [
    "FORMAT_VERSION",
    "UNKNOWN_BIOGRAPHICS",
    "Actor",
    "AuditAnchor",
    "AuditEntry",
    "AuditVerdict",
    "Biographics",
    "Change",
    "ChangeKind",
    "ChangeSet",
    "Consent",
    "Document",
    "EncounterRecord",
    "Enrolment",
    "Erasure",
    "FaceSummary",
    "KeyChange",
    "LoadResult",
    "MasterKey",
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
    "RecordWriter",
    "Sex",
    "Store",
    "StoreStatistics",
    "StoredCase",
    "StoredCheck",
    "StoredEncounter",
    "StoredFace",
    "StoredImage",
    "StoredTemplate",
    "SubjectPage",
    "SubjectRecord",
    "SubjectState",
    "SubjectStatus",
    "SubjectSummary",
    "TemplateSummary",
    "Upgrade",
    "refuse_irreplaceable",
    "rotate_key_file",
    "upgrade_store",
]
