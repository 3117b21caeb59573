"""Who comes to the counter, and what the right answer is for each."""

from __future__ import annotations

from dataclasses import dataclass

from vantay.types import FingerPosition
from vantay_service.demo.applications import TODAY_TOUCH, WITH_PHOTO, Applications, Fingers, Paper
from vantay_service.demo.impressions import Impressions, Visit
from vantay_service.demo.people import MIN_FROM_IMAGES, N_STRANGERS, People, Person, as_child
from vantay_service.demo.spoiling import blur, shrink, swap_hands
from vantay_service.v1 import intake_pb2 as pb

RESIDENT, TWO_PASSPORTS, IMPOSTOR, VICTIM, SWAPPED = WITH_PHOTO, 1, 2, 3, 4
"""Residents of the scenarios, by number; enrolled from images."""

MOVED, DIRTY = FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB
"""Fingers that are blurred in one scenario."""
_BLUR_PX = {MOVED: 4.0, DIRTY: 7.0}


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """Somebody at the counter.

    Attributes
    ----------
    title : str
        What this scenario shows.
    story : str
        What the officer sees and is told.
    person : Person
        Who it truly is.
    fingers : mapping of FingerPosition to bytes
        Images, as they are filed.
    request : CheckApplicantRequest
    outcome : Outcome
        The right answer.
    reasons : frozenset of CheckReason
        Those that it must give at least.
    found : str
        subject_id of who must be told first; empty for nobody.
    compared : tuple of str
        subject_ids whose fingers are drawn beside the applicant's.
    wrong_fingers : frozenset of FingerPosition
        Those that have to be captured again.
    """

    title: str
    story: str
    person: Person
    fingers: Fingers
    request: pb.CheckApplicantRequest
    outcome: pb.Outcome.ValueType
    reasons: frozenset[pb.CheckReason.ValueType]
    found: str = ""
    compared: tuple[str, ...] = ()
    wrong_fingers: frozenset[FingerPosition] = frozenset()

    def is_right(self, answer: pb.CheckApplicantResponse) -> bool:
        """Tell whether an answer is the expected one."""
        wrong = {FingerPosition(c.position) for c in answer.captures if c.reason}
        matches = [c.subject_id for c in answer.candidates if c.is_match]
        return (
            answer.outcome == self.outcome
            and self.reasons <= set(answer.reasons)
            and wrong == self.wrong_fingers
            and matches == ([self.found] if self.found else [])
        )


@dataclass(frozen=True, slots=True, eq=False)
class Counter:
    """A counter on one day.

    Attributes
    ----------
    impressions : Impressions
    applications : Applications
    """

    impressions: Impressions
    applications: Applications

    @property
    def people(self) -> People:
        """Who may come."""
        return self.applications.people

    def visits(self) -> list[Visit]:
        """Name the captures that the scenarios need, beside those of the gallery."""
        strangers = range(self.people.n_residents, self.people.n_residents + N_STRANGERS)
        return [Visit(number, TODAY_TOUCH) for number in (*range(MIN_FROM_IMAGES), *strangers)]

    def scenarios(self) -> list[Scenario]:
        """Tell who comes, in this order."""
        newcomer, blurred, child, silent = self.people.strangers()
        return [
            self._resident(),
            self._newcomer(newcomer),
            self._two_passports(),
            self._impostor(),
            self._blurred(blurred),
            self._captured_again(blurred),
            *self._child(as_child(child, self.applications.today)),
            self._no_consent(silent),
            self._swapped(),
        ]

    def _resident(self) -> Scenario:
        person = self.people.person(RESIDENT)
        fingers = self._today(person)
        return Scenario(
            "Known resident",
            f"Was enrolled last year, shows the same passport and says: “I am {person.subject_id}.”",
            person,
            fingers,
            self.applications.request("0001", person, fingers, Paper(claims=person)),
            pb.OUTCOME_KNOWN,
            frozenset({pb.CHECK_REASON_CLAIM_VERIFIED}),
            found=person.subject_id,
            compared=(person.subject_id,),
        )

    def _newcomer(self, person: Person) -> Scenario:
        fingers = self._today(person)
        return Scenario(
            "Newcomer",
            "Came to the country last month and says: “I was never enrolled.”",
            person,
            fingers,
            self.applications.request("0002", person, fingers),
            pb.OUTCOME_NEW,
            frozenset({pb.CHECK_REASON_NOBODY_FOUND}),
        )

    def _two_passports(self) -> Scenario:
        person = self.people.person(TWO_PASSPORTS)
        fingers = self._today(person)
        return Scenario(
            "Same person, another passport",
            "Shows a passport that nobody is enrolled with and says: “I was never enrolled.”",
            person,
            fingers,
            self.applications.request("0003", person, fingers, Paper(passport=f"X{person.passport[1:]}")),
            pb.OUTCOME_CONFLICT,
            frozenset({pb.CHECK_REASON_FOUND_WITHOUT_CLAIM}),
            found=person.subject_id,
            compared=(person.subject_id,),
        )

    def _impostor(self) -> Scenario:
        person, victim = self.people.person(IMPOSTOR), self.people.person(VICTIM)
        fingers = self._today(person)
        paper = Paper(claims=victim, passport=victim.passport)
        return Scenario(
            "Claims to be somebody else",
            f"Shows the passport of {victim.subject_id} and says: “That is me.”",
            person,
            fingers,
            self.applications.request("0004", person, fingers, paper),
            pb.OUTCOME_CONFLICT,
            frozenset({pb.CHECK_REASON_CLAIM_NOT_VERIFIED, pb.CHECK_REASON_FOUND_UNDER_ANOTHER_IDENTITY}),
            found=person.subject_id,
            compared=(person.subject_id, victim.subject_id),
        )

    def _blurred(self, person: Person) -> Scenario:
        sharp = self._today(person)
        fingers = {p: blur(image, _BLUR_PX[p]) if p in _BLUR_PX else image for p, image in sharp.items()}
        return Scenario(
            "Blurred capture",
            "The right index moved on the glass, and the left thumb met a dirty spot.",
            person,
            fingers,
            self.applications.request("0005", person, fingers),
            pb.OUTCOME_RECAPTURE,
            frozenset(),
            wrong_fingers=frozenset(_BLUR_PX),
        )

    def _captured_again(self, person: Person) -> Scenario:
        fingers = self._today(person)
        return Scenario(
            "Blurred capture, taken again",
            "The officer did as advised and sends the same application with the new images.",
            person,
            fingers,
            self.applications.request("0005", person, fingers),
            pb.OUTCOME_NEW,
            frozenset({pb.CHECK_REASON_NOBODY_FOUND}),
        )

    def _child(self, person: Person) -> list[Scenario]:
        fingers = {position: shrink(image) for position, image in self._today(person).items()}
        return [
            Scenario(
                "Child of 10, alone",
                "A ten-year-old asks for level 2 and nobody answers for the child.",
                person,
                fingers,
                self.applications.request("0006", person, fingers),
                pb.OUTCOME_REFUSED,
                frozenset({pb.CHECK_REASON_NO_GUARDIAN}),
            ),
            Scenario(
                "Child of 10, with a guardian",
                "The child is back with its mother, who gives her phone number and her consent.",
                person,
                fingers,
                self.applications.request("0006", person, fingers, Paper(guardian=True)),
                pb.OUTCOME_NEW,
                frozenset({pb.CHECK_REASON_NOBODY_FOUND}),
            ),
        ]

    def _no_consent(self, person: Person) -> Scenario:
        fingers = self._today(person)
        return Scenario(
            "Consent is missing",
            "Everything is there but the consent: the officer forgot to have it signed.",
            person,
            fingers,
            self.applications.request("0007", person, fingers, Paper(consent=False)),
            pb.OUTCOME_REFUSED,
            frozenset({pb.CHECK_REASON_NO_CONSENT}),
        )

    def _swapped(self) -> Scenario:
        person = self.people.person(SWAPPED)
        fingers = swap_hands(self._today(person))
        return Scenario(
            "Swapped hands",
            f"Says: “I am {person.subject_id}.” The officer captured the left hand as the right one.",
            person,
            fingers,
            self.applications.request("0008", person, fingers, Paper(claims=person)),
            pb.OUTCOME_INCONCLUSIVE,
            frozenset({pb.CHECK_REASON_FINGERS_IN_ANOTHER_ORDER}),
            found=person.subject_id,
            compared=(person.subject_id,),
        )

    def _today(self, person: Person) -> dict[FingerPosition, bytes]:
        return self.impressions.read(Visit(person.number, TODAY_TOUCH))
