"""`RecordsDesk`: the calls about records, each on somebody's behalf and each in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from vantay.administration import EnrolmentDetails, EnrolmentReceipt
from vantay.engine import Engine
from vantay.intake.capture_file import records_of
from vantay.intake.merging import merge_and_publish
from vantay.intake.noting import FAILED, noting_failure
from vantay.intake.receipts import Body, ReceiptSigner, SignedReceipt, receipt_key_path
from vantay.intake.record_questions import RecordQuestions, Verified
from vantay.intake.samples import Samples
from vantay.search import Acquisition, StageTimes
from vantay.store import (
    Actor,
    AuditEntry,
    EncounterRecord,
    Enrolment,
    Erasure,
    LoadResult,
    NewAuditEntry,
    NewDecision,
    NewEncounter,
    OnConflict,
    RecordWriter,
    SubjectStatus,
)

__all__ = ["RecordsDesk", "Verified"]

_NO_DETAILS = EnrolmentDetails()


class RecordsDesk(RecordQuestions):
    """What may be asked of records, apart from intake checks and cases.

    A write and its audit entry are one transaction; what is read is noted before the answer leaves. A call
    that fails is noted too. Locks, merges and erasures are published as decisions.

    Calls raise what those of `Engine` with the same name raise.

    Parameters
    ----------
    engine : Engine
    signer : callable, optional
        Gives what signs receipts of erasures; by default the key beside the database, made on first use.
    """

    def __init__(self, engine: Engine, *, signer: Callable[[], ReceiptSigner] | None = None) -> None:
        super().__init__(engine)
        self._signer = signer or (lambda: ReceiptSigner.open(receipt_key_path(engine.settings)))

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
        """Add a subject."""
        call, times = "EnrolmentService/Enrol", StageTimes()
        with noting_failure(self._engine, actor, call, subject_id=subject_id):
            with times.stage("extract"):
                acquired = self._acquire(samples)
            encounter = _new_encounter(subject_id, acquired, details, captured_at, source)
            with times.stage("store"), self._engine.write() as write:
                record = write.enrol(
                    encounter,
                    biographics=details.biographics,
                    documents=details.documents,
                    galleries=details.galleries,
                    idempotency_key=details.idempotency_key,
                )
                write.note(
                    NewAuditEntry(actor, call, "ENROLLED", subject_id, reason=_repeated(record, write))
                )
        return EnrolmentReceipt(record, acquired.failures, times.ms)

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
        """Add an encounter to a subject that is there."""
        call, times = "EnrolmentService/AddEncounter", StageTimes()
        with noting_failure(self._engine, actor, call, subject_id=subject_id):
            with times.stage("extract"):
                acquired = self._acquire(samples)
            encounter = _new_encounter(subject_id, acquired, details, captured_at, source)
            with times.stage("store"), self._engine.write() as write:
                record = write.add_encounter(encounter, idempotency_key=details.idempotency_key)
                write.note(NewAuditEntry(actor, call, "ADDED", subject_id, reason=_repeated(record, write)))
        return EnrolmentReceipt(record, acquired.failures, times.ms)

    def make_row(
        self,
        subject_id: str,
        samples: Samples,
        details: EnrolmentDetails = _NO_DETAILS,
        *,
        captured_at: datetime | None = None,
        source: str = "",
        encounter_id: str | None = None,
    ) -> Enrolment:
        """Make templates of samples, for a row of `load`; nothing is written.

        Raises
        ------
        InvalidSample, InvalidTemplate, IncompatibleTemplate, ExtractionFailed
            If a source cannot be used, or nothing gives a template.
        """
        encounter = _new_encounter(subject_id, self._acquire(samples), details, captured_at, source)
        encounter = replace(encounter, encounter_id=encounter_id)
        return Enrolment(encounter, details.biographics, details.documents, details.galleries)

    def load(
        self,
        actor: Actor,
        rows: Sequence[Enrolment],
        *,
        on_conflict: OnConflict | str = OnConflict.FAIL,
        refused: Sequence[tuple[str, Exception]] = (),
    ) -> list[LoadResult]:
        """Add many encounters in one transaction, a result and an audit entry for each.

        Parameters
        ----------
        actor : Actor
        rows : sequence of Enrolment
        on_conflict : OnConflict
            What is done with subjects that are there.
        refused : sequence of (str, Exception)
            Of records that came along and could not be made rows: of whom, and why. Only noted.
        """
        call = "EnrolmentService/BulkEnrol"
        with noting_failure(self._engine, actor, call), self._engine.write() as write:
            results = write.load(rows, on_conflict=on_conflict) if rows else []
            for result in results:
                reason = "" if result.error is None else type(result.error).__name__
                write.note(
                    NewAuditEntry(actor, call, result.outcome.upper(), result.subject_id, reason=reason)
                )
            for subject_id, error in refused:
                write.note(NewAuditEntry(actor, call, FAILED, subject_id, reason=type(error).__name__))
        return results

    def lock(self, actor: Actor, subject_id: str, reason: str = "") -> bool:
        """Lock a subject; False if it was locked."""
        return self._set_lock("LOCK", RecordWriter.lock, actor, subject_id, reason)

    def unlock(self, actor: Actor, subject_id: str, reason: str = "") -> bool:
        """Make a locked subject active again; False if it was active."""
        return self._set_lock("UNLOCK", RecordWriter.unlock, actor, subject_id, reason)

    def _set_lock(
        self,
        kind: str,
        change: Callable[[RecordWriter, str], bool],
        actor: Actor,
        subject_id: str,
        reason: str,
    ) -> bool:
        call = f"EnrolmentService/{kind.capitalize()}"
        with (
            noting_failure(self._engine, actor, call, subject_id=subject_id),
            self._engine.write() as write,
        ):
            is_changed = change(write, subject_id)
            if is_changed:
                write.publish(NewDecision(kind, subject_id=subject_id))
            outcome = f"{kind}ED" if is_changed else "UNCHANGED"
            write.note(NewAuditEntry(actor, call, outcome, subject_id, reason=reason))
        return is_changed

    def merge(self, actor: Actor, winner_id: str, loser_id: str, reason: str = "") -> int:
        """Give all that a subject has to another one; return how many encounters."""
        call = "EnrolmentService/Merge"
        with (
            noting_failure(self._engine, actor, call, subject_id=winner_id),
            self._engine.write() as write,
        ):
            is_new = write.resolve(loser_id) != winner_id
            merge = merge_and_publish if is_new else RecordWriter.merge
            n_encounters = merge(write, winner_id, loser_id)
            outcome = "MERGED" if is_new else "UNCHANGED"
            write.note(NewAuditEntry(actor, call, outcome, winner_id, reason=reason))
            write.note(NewAuditEntry(actor, call, outcome, loser_id, reason=reason))
        return n_encounters

    def erase(self, actor: Actor, subject_id: str, reason: str = "") -> SignedReceipt:
        """Destroy all that is kept of a subject, and sign a receipt for it.

        A receipt can be had again: erasing an erased subject does nothing more, and says so in its receipt.

        Raises
        ------
        KeyUnavailable
            If there is no key to sign with; then nothing is erased.
        """
        call = "EnrolmentService/Erase"
        with noting_failure(self._engine, actor, call, subject_id=subject_id):
            signer, store_id = self._signer(), self._engine.audit_anchor().store_id  # before: they may fail
            with self._engine.write() as write:
                was_erased = write.status(subject_id) is SubjectStatus.ERASED
                erasure = write.erase(subject_id)
                if not was_erased:
                    write.publish(NewDecision("ERASE", subject_id=subject_id))
                outcome = "UNCHANGED" if was_erased else "ERASED"
                entry = write.note(NewAuditEntry(actor, call, outcome, subject_id, reason=reason))
        erasure = replace(erasure, is_purged=bool(write.is_purged))
        return signer.sign(_erasure_body(erasure, entry, store_id))


def _repeated(record: EncounterRecord, write: RecordWriter) -> str:
    """Say in the audit log that an idempotency key came back: nothing was written this time."""
    return "REPEATED" if record.recorded_at != write.now else ""


def _new_encounter(
    subject_id: str,
    acquired: Acquisition,
    details: EnrolmentDetails,
    captured_at: datetime | None,
    source: str,
) -> NewEncounter:
    return NewEncounter(
        subject_id,
        records_of(acquired.templates.values()),
        captured_at,
        source,
        face=acquired.face,
        operator=details.operator,
        device=details.device,
        consent=details.consent,
    )


def _erasure_body(erasure: Erasure, entry: AuditEntry, store_id: str) -> Body:
    """Say what was erased, and where the audit log says so."""
    return {
        "act": "erasure",
        "store_id": store_id,
        "subject_id": erasure.subject_id,
        "recorded_at": entry.recorded_at.astimezone(UTC).isoformat(),
        "n_encounters": erasure.n_encounters,
        "n_templates": erasure.n_templates,
        "n_faces": erasure.n_faces,
        "is_purged": erasure.is_purged,
        "was_erased_before": entry.outcome == "UNCHANGED",
        "on_behalf_of": entry.actor_name,
        "reason": entry.reason,
        "audit_sequence": entry.sequence,
        "audit_hash": entry.hash,
    }
