"""`RecordsDesk`: the calls about records, each on somebody's behalf and each in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import NamedTuple

from vantay.administration import EnrolmentDetails, EnrolmentReceipt
from vantay.engine import Engine
from vantay.errors import CallerError, StorageError, SubjectNotFound, VantayError
from vantay.intake.application import Claim
from vantay.intake.capture_file import records_of
from vantay.intake.receipts import ReceiptSigner, SignedReceipt, receipt_key_path
from vantay.intake.samples import Samples
from vantay.search import EVERYONE, IdentifyResult, SearchFilter, VerifyResult
from vantay.store import (
    Actor,
    Enrolment,
    LoadResult,
    NewAuditEntry,
    NewDecision,
    NewEncounter,
    OnConflict,
    PublishedDecision,
    SubjectRecord,
)
from vantay.store.wording import check_identifier

_NO_DETAILS = EnrolmentDetails()


class Verified(NamedTuple):
    """A 1:1 comparison, and with whom: merged subjects and documents stand for the subject named here."""

    subject_id: str
    result: VerifyResult


class RecordsDesk:
    """What may be asked of records, apart from intake checks and cases.

    A write and its audit entry are one transaction; what is read is noted before the answer leaves. A call
    that fails is noted too. Locks, merges and erasures are published as decisions.

    Parameters
    ----------
    engine : Engine
    signer : callable, optional
        Gives what signs receipts of erasures; by default the key beside the database, made on first use.
    """

    def __init__(self, engine: Engine, *, signer: Callable[[], ReceiptSigner] | None = None) -> None:
        self._engine = engine
        self._signer = signer or (lambda: ReceiptSigner.open(receipt_key_path(engine.settings)))

    def verify(
        self, actor: Actor, subject_id: str, samples: Samples, *, threshold_fmr: float | None = None
    ) -> Verified:
        """Compare samples with one subject; see `Engine.verify`."""
        call = "VerificationService/Verify"
        with self._noting_failure(actor, call, subject_id):
            enrolled_id = self._engine.resolve(subject_id)
            result = self._engine.verify(
                enrolled_id,
                samples.fingers,
                face=samples.face,
                threshold_fmr=threshold_fmr,
                ppi=samples.ppi,
            )
        self._note(actor, call, "MATCH" if result.is_match else "NO_MATCH", enrolled_id)
        return Verified(enrolled_id, result)

    def verify_document(
        self, actor: Actor, claim: Claim, samples: Samples, *, threshold_fmr: float | None = None
    ) -> Verified:
        """Compare samples with the subject that a document belongs to.

        Raises
        ------
        SubjectNotFound
            If nobody has the document, or several have it.
        """
        with self._noting_failure(actor, "VerificationService/Verify"):
            issuer = claim.document_issuer or None
            owners = self._engine.find_by_document(claim.document_type, claim.document_number, issuer=issuer)
            if len(owners) != 1:
                raise SubjectNotFound(
                    f"{len(owners)} subjects have this {claim.document_type}, expected one: verify by subject"
                )
        return self.verify(actor, owners[0], samples, threshold_fmr=threshold_fmr)

    def compare_samples(
        self, actor: Actor, probe: Samples, reference: Samples, *, threshold_fmr: float | None = None
    ) -> VerifyResult:
        """Compare two sets of samples with each other; nothing is read from the database."""
        call = "VerificationService/Verify"
        with self._noting_failure(actor, call):
            result = self._engine.verify_samples(
                self._engine.acquire(probe.fingers, probe.face, ppi=probe.ppi),
                self._engine.acquire(reference.fingers, reference.face, ppi=reference.ppi),
                threshold_fmr=threshold_fmr,
            )
        self._note(actor, call, "MATCH" if result.is_match else "NO_MATCH", reason="two sets of samples")
        return result

    def identify(
        self,
        actor: Actor,
        samples: Samples,
        *,
        whom: SearchFilter = EVERYONE,
        max_candidates: int | None = None,
        target_fpir: float | None = None,
    ) -> IdentifyResult:
        """Search everyone whom the filter lets through; see `Engine.identify`."""
        call = "IdentificationService/Identify"
        with self._noting_failure(actor, call):
            result = self._engine.identify(
                samples.fingers,
                face=samples.face,
                max_candidates=max_candidates,
                target_fpir=target_fpir,
                ppi=samples.ppi,
                whom=whom,
            )
        best = result.matches[0].subject_id if result.matches else ""
        outcome = "FOUND" if result.matches else "NOT_FOUND"
        self._note(actor, call, outcome, best, reason=f"{len(result.matches)} of {result.n_searched}")
        return result

    def read(self, actor: Actor, subject_id: str) -> SubjectRecord:
        """Tell what is known of a subject, without its templates."""
        call = "EnrolmentService/Read"
        with self._noting_failure(actor, call, subject_id):
            record = self._engine.show(subject_id)
        self._note(actor, call, "READ", subject_id)
        return record

    def enrol(
        self,
        actor: Actor,
        subject_id: str,
        samples: Samples,
        details: EnrolmentDetails = _NO_DETAILS,
        *,
        captured_at: datetime | None = None,
        source: str = "",
    ) -> EnrolmentReceipt:
        """Add a subject; see `Engine.enrol`."""
        raise NotImplementedError

    def add_encounter(
        self,
        actor: Actor,
        subject_id: str,
        samples: Samples,
        details: EnrolmentDetails = _NO_DETAILS,
        *,
        captured_at: datetime | None = None,
        source: str = "",
    ) -> EnrolmentReceipt:
        """Add an encounter to a subject that is there; see `Engine.enrol`."""
        raise NotImplementedError

    def make_row(
        self,
        subject_id: str,
        samples: Samples,
        details: EnrolmentDetails = _NO_DETAILS,
        *,
        captured_at: datetime | None = None,
        source: str = "",
    ) -> Enrolment:
        """Make templates of samples, for a row of `load`; nothing is written.

        Raises
        ------
        InvalidSample, InvalidTemplate, IncompatibleTemplate, ExtractionFailed
            If a source cannot be used, or nothing gives a template.
        """
        raise NotImplementedError

    def load(
        self,
        actor: Actor,
        rows: Sequence[Enrolment],
        *,
        on_conflict: OnConflict | str = OnConflict.FAIL,
    ) -> list[LoadResult]:
        """Add many encounters in one transaction, a result and an audit entry for each; see `Store.load`."""
        raise NotImplementedError

    def lock(self, actor: Actor, subject_id: str, reason: str = "") -> bool:
        """Lock a subject; False if it was locked."""
        raise NotImplementedError

    def unlock(self, actor: Actor, subject_id: str, reason: str = "") -> bool:
        """Make a locked subject active again; False if it was active."""
        raise NotImplementedError

    def merge(self, actor: Actor, winner_id: str, loser_id: str, reason: str = "") -> int:
        """Give all that a subject has to another one; return how many encounters."""
        raise NotImplementedError

    def erase(self, actor: Actor, subject_id: str, reason: str = "") -> SignedReceipt:
        """Destroy all that is kept of a subject, and sign a receipt for it."""
        raise NotImplementedError

    def decisions_since(self, actor: Actor, sequence: int, *, limit: int = 500) -> list[PublishedDecision]:
        """Read the decisions after a point of their sequence; noted when there are any."""
        raise NotImplementedError
