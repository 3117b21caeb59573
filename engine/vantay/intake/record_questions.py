"""What is asked about records: comparisons, searches, reading; noted before the answer leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from vantay.engine import Engine
from vantay.errors import SubjectNotFound
from vantay.intake.application import Claim
from vantay.intake.noting import noting_failure
from vantay.intake.sample_comparison import compare_acquired
from vantay.intake.samples import Samples
from vantay.search import EVERYONE, Acquisition, IdentifyResult, SearchFilter, StageTimes, VerifyResult
from vantay.store import Actor, NewAuditEntry, PublishedDecision, SubjectRecord


class Verified(NamedTuple):
    """A 1:1 comparison, and with whom: merged subjects and documents stand for the subject named here."""

    subject_id: str
    result: VerifyResult


class RecordQuestions:
    """The calls of `RecordsDesk` that change nothing but the audit log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def verify(
        self, actor: Actor, subject_id: str, samples: Samples, *, threshold_fmr: float | None = None
    ) -> Verified:
        """Compare samples with one subject."""
        call = "VerificationService/Verify"
        with noting_failure(self._engine, actor, call, subject_id=subject_id):
            enrolled_id = self._engine.resolve(subject_id)
            result = self._engine.verify(
                enrolled_id,
                samples.fingers,
                face=samples.face,
                threshold_fmr=threshold_fmr,
                ppi=samples.ppi,
            )
        self._note(actor, call, _match(result), enrolled_id)
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
        with noting_failure(self._engine, actor, "VerificationService/Verify"):
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
        call, times = "VerificationService/Verify", StageTimes()
        rate = self._engine.settings.threshold_fmr if threshold_fmr is None else threshold_fmr
        with noting_failure(self._engine, actor, call):
            with times.stage("extract"):
                of_probe, of_reference = self._acquire(probe), self._acquire(reference)
            with times.stage("compare"):
                result = compare_acquired(of_probe, of_reference, threshold_fmr=rate)
        self._note(actor, call, _match(result), reason="two sets of samples")
        return replace(
            result,
            timings_ms=times.ms,
            probe_qualities=of_probe.qualities,
            probe_face_quality=of_probe.face_quality,
            failures=of_probe.failures,
        )

    def identify(
        self,
        actor: Actor,
        samples: Samples,
        *,
        whom: SearchFilter = EVERYONE,
        max_candidates: int | None = None,
        target_fpir: float | None = None,
    ) -> IdentifyResult:
        """Search everyone whom the filter lets through."""
        call = "IdentificationService/Identify"
        with noting_failure(self._engine, actor, call):
            result = self._engine.identify(
                samples.fingers,
                face=samples.face,
                max_candidates=max_candidates,
                target_fpir=target_fpir,
                ppi=samples.ppi,
                whom=whom,
            )
        matches = result.matches
        outcome, best = ("FOUND", matches[0].subject_id) if matches else ("NOT_FOUND", "")
        self._note(actor, call, outcome, best, reason=f"{len(matches)} of {result.n_searched} match")
        return result

    def read(self, actor: Actor, subject_id: str) -> SubjectRecord:
        """Tell what is known of a subject, without its templates."""
        call = "EnrolmentService/Read"
        with noting_failure(self._engine, actor, call, subject_id=subject_id):
            record = self._engine.show(subject_id)
        self._note(actor, call, "READ", subject_id)
        return record

    def decisions_since(self, actor: Actor, sequence: int, *, limit: int = 500) -> list[PublishedDecision]:
        """Read the decisions after a point of their sequence; noted when there are any."""
        decisions = self._engine.decisions_since(sequence, limit)
        if decisions:
            told = f"{decisions[0].sequence} to {decisions[-1].sequence}"
            self._note(actor, "DecisionFeed/Watch", "READ", reason=told)
        return decisions

    def _acquire(self, samples: Samples) -> Acquisition:
        return self._engine.acquire(samples.fingers, samples.face, ppi=samples.ppi)

    def _note(self, actor: Actor, call: str, outcome: str, subject_id: str = "", *, reason: str = "") -> None:
        self._engine.note_audit(NewAuditEntry(actor, call, outcome, subject_id, reason=reason))


def _match(result: VerifyResult) -> str:
    return "MATCH" if result.is_match else "NO_MATCH"
