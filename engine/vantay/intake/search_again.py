"""Who is the applicant, as of the moment of writing: a search, and what changed after it.

A search takes time, and another counter may enrol the same newcomer meanwhile. So the search is brought up to
date inside the transaction that writes what follows from it: nobody else writes then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from vantay.engine import Engine
from vantay.errors import CallerError, IncompatibleTemplate, SubjectNotFound
from vantay.intake.application import Claim
from vantay.intake.findings import AS_GIVEN, ClaimFinding, ClaimStatus
from vantay.intake.one_by_one import OneByOne
from vantay.intake.result import CheckedCandidate, ClaimEvidence
from vantay.intake.rules import IntakeRules
from vantay.search import (
    EVERYONE,
    Acquisition,
    IdentifyResult,
    SearchFilter,
    StageTimes,
    VerifyResult,
    identification_threshold,
)
from vantay.store import RecordWriter, SubjectState, SubjectStatus

MAX_COMPARED_ONE_BY_ONE = 40
"""More changes than this are sooner searched by the index: one subject of ten fingers takes about 2 ms."""


class TooMuchChanged(Exception):
    """So many records changed during the search that it is better made again before writing."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was found, and of which state of the store that is true.

    Attributes
    ----------
    sequence : int
        Number of the last change that was seen.
    claim : ClaimFinding, optional
        None if nothing was claimed.
    claimed_id : str
        The subject that was claimed; empty if none, or if nobody knows it.
    candidates : tuple of CheckedCandidate
        At or above the review threshold, the best first.
    n_searched : int
    threshold, review_threshold : float
    arrangement : str
        How the fingers had to be laid to find somebody.
    is_gallery_empty : bool
        Whether there was nobody to be found.
    """

    sequence: int
    claim: ClaimFinding | None
    claimed_id: str
    candidates: tuple[CheckedCandidate, ...]
    n_searched: int
    threshold: float
    review_threshold: float
    arrangement: str
    is_gallery_empty: bool


class ApplicantSearch:
    """Looks for one applicant, with templates that were made once.

    Parameters
    ----------
    engine : Engine
    rules : IntakeRules
    acquired : Acquisition
        The applicant's fingers and face; at least one of them.
    claim : Claim, optional
        Whom the applicant says to be.
    times : StageTimes
        Told how long the stages ``verify`` and ``identify`` took.
    """

    def __init__(
        self,
        engine: Engine,
        rules: IntakeRules,
        acquired: Acquisition,
        claim: Claim | None,
        times: StageTimes,
    ) -> None:
        self._engine = engine
        self._rules = rules
        self._acquired = acquired
        self._one_by_one = OneByOne(acquired)
        self._claim = claim
        self._times = times

    def look(self) -> Sighting:
        """Compare with the claimed record, and search everyone."""
        sequence = self._engine.sequence()  # before: what changes during the search is looked at again
        with self._times.stage("verify"):
            claimed_id, claim = self._look_at_claim()
        with self._times.stage("identify"):
            found = self._search()
        n_searched = 0 if found is None else found.n_searched
        sighting = Sighting(
            sequence,
            claim,
            claimed_id,
            (),
            n_searched,
            identification_threshold(self._rules.target_fpir, n_searched),
            identification_threshold(self._rules.review_fpir, n_searched),
            AS_GIVEN if found is None else found.arrangement,
            is_gallery_empty=found is not None and n_searched == 0,
        )
        candidates = () if found is None else found.candidates
        return self._sighted(
            sighting,
            [
                CheckedCandidate(
                    c.subject_id,
                    c.score,
                    is_match=False,
                    is_claimed=False,
                    finger_scores=c.finger_scores,
                    face_score=c.face_score,
                )
                for c in candidates
            ],
        )

    def look_again(self, sighting: Sighting, write: RecordWriter, *, may_give_up: bool) -> Sighting:
        """Bring what was found up to date, inside the transaction that writes: nobody else writes then.

        Raises
        ------
        TooMuchChanged
            If a new search is better made outside of the transaction, and `may_give_up`.
        """
        if write.sequence == sighting.sequence:
            return sighting
        if write.sequence - sighting.sequence > MAX_COMPARED_ONE_BY_ONE:
            if may_give_up:
                raise TooMuchChanged
            return self.look()
        return self._compare_with_changed(sighting, write)

    def _compare_with_changed(self, sighting: Sighting, write: RecordWriter) -> Sighting:
        changed = {state.subject_id: state for state in write.changed_since(sighting.sequence)}
        kept = [c for c in sighting.candidates if c.subject_id not in changed]
        scored = [self._one_by_one.compare(state) for state in changed.values() if self._is_searched(state)]
        new = [candidate for candidate in scored if candidate is not None]
        claimed_id, claim = self._look_at_claim()
        n_before = sum(c.subject_id in changed for c in sighting.candidates)
        n_searched = sighting.n_searched - n_before + len(new)
        updated = replace(
            sighting,
            sequence=write.sequence,
            claim=claim,
            claimed_id=claimed_id,
            n_searched=n_searched,
            threshold=identification_threshold(self._rules.target_fpir, n_searched),
            review_threshold=identification_threshold(self._rules.review_fpir, n_searched),
            is_gallery_empty=sighting.is_gallery_empty and not scored,
        )
        return self._sighted(updated, [*kept, *new])

    def _sighted(self, sighting: Sighting, candidates: list[CheckedCandidate]) -> Sighting:
        """Keep the candidates that count, and say which match and which is claimed."""
        ranked = sorted(candidates, key=lambda c: (-c.score, c.subject_id))
        counting = tuple(
            replace(c, is_match=c.score >= sighting.threshold, is_claimed=c.subject_id == sighting.claimed_id)
            for c in ranked[: self._rules.max_candidates]
            if c.score >= sighting.review_threshold
        )
        return replace(sighting, candidates=counting)

    def _search(self) -> IdentifyResult | None:
        """Search everyone; None if there is nothing to compare, or nobody to compare it with."""
        if not self._has_samples:
            return None
        try:
            return self._engine.identify(
                self._acquired.templates,
                face=self._acquired.face,
                max_candidates=self._rules.max_candidates,
                target_fpir=self._rules.target_fpir,
                whom=self._whom,
            )
        except IncompatibleTemplate:
            self._require_face_model()
            return None

    @property
    def _has_samples(self) -> bool:
        return bool(self._acquired.templates) or self._acquired.face is not None

    @cached_property
    def _galleries(self) -> frozenset[str]:
        """Galleries that are searched; empty for everyone."""
        watchlist = {self._rules.watchlist} - {""}
        return frozenset(self._rules.galleries) | watchlist if self._rules.galleries else frozenset()

    @property
    def _whom(self) -> SearchFilter:
        return SearchFilter(galleries=self._galleries) if self._galleries else EVERYONE

    def _is_searched(self, state: SubjectState) -> bool:
        if state.status in {SubjectStatus.ERASED, SubjectStatus.MERGED}:
            return False
        return not self._galleries or not self._galleries.isdisjoint(state.galleries)

    def _look_at_claim(self) -> tuple[str, ClaimFinding | None]:
        if self._claim is None:
            return "", None
        owners = self._owners(self._claim)
        if len(owners) != 1:
            status = ClaimStatus.AMBIGUOUS if owners else ClaimStatus.UNKNOWN
            return "", ClaimFinding(status)
        (claimed_id,) = owners
        if not self._has_samples:
            return claimed_id, ClaimFinding(ClaimStatus.INCOMPARABLE)
        try:
            result = self._engine.verify(
                claimed_id,
                self._acquired.templates,
                face=self._acquired.face,
                threshold_fmr=self._rules.fmr,
            )
        except SubjectNotFound:  # erased, or merged since
            return "", ClaimFinding(ClaimStatus.UNKNOWN)
        except IncompatibleTemplate:
            self._require_face_model()
            return claimed_id, ClaimFinding(ClaimStatus.INCOMPARABLE)
        return claimed_id, ClaimFinding(ClaimStatus.COMPARED, _evidence(claimed_id, result), result.is_locked)

    def _owners(self, claim: Claim) -> tuple[str, ...]:
        if claim.subject_id:
            try:
                return (self._engine.resolve(claim.subject_id),)
            except SubjectNotFound:
                return ()
        if not (claim.document_type and claim.document_number):
            raise CallerError("a claim that names nobody, expected a subject or a document with its type")
        return self._engine.find_by_document(
            claim.document_type, claim.document_number, issuer=claim.document_issuer or None
        )

    def _require_face_model(self) -> None:
        """Tell a face of another model, which is the caller's mistake, from nothing in common."""
        face = self._acquired.face
        if face is None:
            return
        known = self._engine.stats()
        if known.n_faces and (known.face_model, known.face_model_version) != (face.model, face.model_version):
            raise IncompatibleTemplate(
                f"the face was embedded by {face.model} {face.model_version}, expected {known.face_model} "
                f"{known.face_model_version} as the enrolled ones"
            )


def _evidence(subject_id: str, result: VerifyResult) -> ClaimEvidence:
    return ClaimEvidence(
        subject_id, result.score, result.threshold, result.is_match, result.finger_scores, result.face_score
    )
