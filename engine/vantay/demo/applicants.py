"""Three applicants at the counter, and what the engine's answers mean for each.

The rules are those of an intake check: an applicant is KNOWN when the prints are those of the identity that
was claimed and of nobody else, NEW when none was claimed and nobody was found, and anything else is a
CONFLICT that a person must resolve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vantay.demo.population import Visit
from vantay.engine import Engine
from vantay.report.score_words import rarity_words
from vantay.search import IdentifyResult, VerifyResult
from vantay.types import FingerPosition, FingerTemplate
from vantay_datasets.synthetic.fingerprint import ImpressionLevel


class Outcome(StrEnum):
    """The answer of an intake check, in one word."""

    KNOWN = "KNOWN"
    NEW = "NEW"
    CONFLICT = "CONFLICT"


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody at the counter.

    Attributes
    ----------
    title : str
        What this applicant shows.
    visit : Visit
        Whose fingers they are, and how well they were captured.
    claimed_id : str or None
        Who the applicant says to be; None if not enrolled before.
    expected : Outcome
        The right answer.
    expected_match : str or None
        Who must be found; None for nobody.
    """

    title: str
    visit: Visit
    claimed_id: str | None
    expected: Outcome
    expected_match: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the engine found for an applicant.

    Attributes
    ----------
    applicant : Applicant
        The one who asked.
    templates : mapping of FingerPosition to FingerTemplate
        Of the applicant's fingers.
    search : IdentifyResult
        1:N, everyone enrolled.
    verification : VerifyResult or None
        1:1, the claimed identity; None if none was claimed.
    """

    applicant: Applicant
    templates: Mapping[FingerPosition, FingerTemplate]
    search: IdentifyResult
    verification: VerifyResult | None

    @property
    def matches(self) -> list[str]:
        """Who was found, best first."""
        return [candidate.subject_id for candidate in self.search.matches]

    @property
    def outcome(self) -> Outcome:
        """The decision."""
        claimed = self.applicant.claimed_id
        if claimed is None:
            return Outcome.CONFLICT if self.matches else Outcome.NEW
        is_verified = self.verification is not None and self.verification.is_match
        others = [subject_id for subject_id in self.matches if subject_id != claimed]
        return Outcome.KNOWN if is_verified and not others else Outcome.CONFLICT

    @property
    def is_as_expected(self) -> bool:
        """Whether the decision is right and the right person was found."""
        expected = self.applicant.expected_match
        return self.outcome is self.applicant.expected and self.matches == ([expected] if expected else [])


def subject_id_of(person: int) -> str:
    """Name an enrolled person."""
    return f"S{person:04d}"


def person_of(subject_id: str) -> int:
    """Give the number of an enrolled person."""
    return int(subject_id.removeprefix("S"))


def three_applicants(n_subjects: int) -> list[Applicant]:
    """Choose a known, an unknown and a conflicting applicant.

    Parameters
    ----------
    n_subjects : int
        People 0 to n − 1 are enrolled, at least three.
    """
    known, owner, claimed = (n_subjects - 1) // 3, n_subjects // 2, n_subjects - 1
    return [
        Applicant(
            title="Comes back, and is who they say",
            visit=Visit(known, touch=1),
            claimed_id=subject_id_of(known),
            expected=Outcome.KNOWN,
            expected_match=subject_id_of(known),
        ),
        Applicant(
            title="Was never here",
            visit=Visit(n_subjects, touch=1),
            claimed_id=None,
            expected=Outcome.NEW,
            expected_match=None,
        ),
        Applicant(
            title="Claims another person's identity",
            visit=Visit(owner, touch=2, level=ImpressionLevel.FAIR),
            claimed_id=subject_id_of(claimed),
            expected=Outcome.CONFLICT,
            expected_match=subject_id_of(owner),
        ),
    ]


def check_applicant(
    engine: Engine, applicant: Applicant, templates: Mapping[FingerPosition, FingerTemplate]
) -> Answer:
    """Ask the engine who this is, and whether it is who it claims to be.

    Parameters
    ----------
    engine : Engine
        With the enrolled population.
    applicant : Applicant
        Who asks.
    templates : mapping of FingerPosition to FingerTemplate
        Of the applicant's fingers.

    Returns
    -------
    Answer
        Search, verification and decision.
    """
    verification = engine.verify(applicant.claimed_id, templates) if applicant.claimed_id else None
    return Answer(applicant, templates, engine.identify(templates), verification)


def question_words(applicant: Applicant) -> str:
    """Say what is asked about an applicant."""
    if applicant.claimed_id:
        return f"Says: “I am {applicant.claimed_id}.” Is that so, and is it nobody else?"
    return "Says: “I have never been enrolled.” Is that so?"


def answer_words(answer: Answer) -> list[str]:
    """Say what an answer means and why, the most important first.

    Parameters
    ----------
    answer : Answer
        From `check_applicant`.

    Returns
    -------
    list of str
        Sentences.
    """
    words = [_decision_words(answer)]
    if answer.verification is not None:
        words.append(_verification_words(answer.applicant.claimed_id or "", answer.verification))
    words.append(_search_words(answer))
    return words


def _decision_words(answer: Answer) -> str:
    claimed = answer.applicant.claimed_id
    if answer.outcome is Outcome.KNOWN:
        return f"The applicant is {claimed}, as claimed, and is enrolled under no other identity."
    if answer.outcome is Outcome.NEW:
        return "Nobody who is enrolled has these fingers: this is a new person."
    if not answer.matches:
        return f"The fingers are not those of {claimed}, nor of anybody enrolled: a person must decide."
    claim = f"claims to be {claimed}" if claimed else "claims to be new"
    found = " and ".join(answer.matches)
    return f"The applicant {claim}, but these are the fingers of {found}: a person must decide."


def _verification_words(claimed_id: str, result: VerifyResult) -> str:
    verdict = "match" if result.is_match else "do not match"
    return (
        f"1:1, the fingers {verdict} those of {claimed_id}: score {result.score:.1f}, "
        f"threshold {result.threshold:.1f}. Different people score as high in {rarity_words(result.score)}."
    )


def _search_words(answer: Answer) -> str:
    search = answer.search
    searched = f"1:N, {search.n_searched} people were searched"
    if not search.candidates:
        return f"{searched}; nobody has a finger in common to compare."
    best = search.candidates[0]
    if not search.matches:
        return (
            f"{searched}; the most alike is {best.subject_id} with {best.score:.1f}, "
            f"under the threshold of {search.threshold:.1f}: a chance likeness."
        )
    rest = search.candidates[len(search.matches) :]
    runner_up = f" The next, {rest[0].subject_id}, has {rest[0].score:.1f}." if rest else ""
    return (
        f"{searched}; {best.subject_id} comes first with {best.score:.1f}, "
        f"over the threshold of {search.threshold:.1f}.{runner_up}"
    )
