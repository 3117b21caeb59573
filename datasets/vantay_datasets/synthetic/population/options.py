"""How often something happens in a population: one frozen dataclass, each rate with its origin."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from vantay.errors import InvalidSetting
from vantay_datasets.synthetic.face_vectors import FaceLevel

MAX_MIN_AGE_YEARS = 60.0
"""Below the highest of the bands that ages are drawn from."""


@dataclass(frozen=True, slots=True)
class RelationRates:
    """Share of the subjects that stand in a relation to another one; a subject stands in one at most.

    Higher than in life, so that a population of some thousand has some of each to find.
    """

    twin: float = 0.008
    """Identical twins. Of 1,000 births 4 are of such pairs, so 8 people in 1,000 are one where both of each
    pair are enrolled. Hall, "Twinning", Lancet 362, 2003, doi:10.1016/S0140-6736(03)14237-7."""
    returning: float = 0.004
    """Subjects who have two records, under two passports; both count. Assumed."""
    look_alike: float = 0.004
    """Unrelated people with faces much more alike than chance makes them. Assumed."""

    def __post_init__(self) -> None:
        _check_rates(self)
        if self.twin + self.returning + self.look_alike > 1:
            raise InvalidSetting("the rates of twins, returning and look-alikes add up to more than 1")


@dataclass(frozen=True, slots=True)
class MistakeRates:
    """Share of the encounters with a clerical mistake; an encounter has one at most. All are assumed."""

    persons_swapped: float = 0.0005
    """The fingers of two persons at one counter are filed under each other's name; both count."""
    hands_swapped: float = 0.001
    """Each finger is filed as the same finger of the other hand."""
    fingers_swapped: float = 0.002
    """Two neighbouring fingers of a hand are filed as each other."""

    def __post_init__(self) -> None:
        _check_rates(self)


@dataclass(frozen=True, slots=True)
class FingerRates:
    """How often fingers are missing or poor.

    Together 1.5 % of the adults need an exception, in the middle of the 1 to 2 % of a population that the
    World Bank's guidance on identification programmes (ID4D) plans for. How they divide is assumed.
    """

    amputee: float = 0.005
    """Share of the people who miss one or more fingers for good."""
    lost_finger: float = 0.15
    """Of an amputee, the chance of each finger beyond the first one to be missing too."""
    worn_hands: float = 0.01
    """Share of the people with ridges worn off by work, age or illness."""
    worn_finger: float = 0.3
    """Of those, the share of fingers that no sensor captures."""
    bandaged: float = 0.001
    """Share of fingers that cannot be captured in an encounter, but can in the next."""
    poor: float = 0.03
    """Share of fingers whose every impression is of the level "FVC-hard"."""
    elderly_factor: float = 3.0
    """How much likelier worn hands and poor fingers are from `elderly_years` on."""
    elderly_years: float = 60.0
    """Age. That quality falls with it is measured in Galbally et al., "Automatic fingerprint recognition:
    from children to elderly", EUR 29265, 2018, doi:10.2760/809183; the factor is assumed."""
    min_age_years: float = 6.0
    """Fingers of younger people are not captured: an account of level 2, for which they are, is for people
    from 6 years on (Decree 69/2024/ND-CP); 0 captures those of everybody. Goes by the age in the passport."""

    def __post_init__(self) -> None:
        _check_rates(self, not_rates={"elderly_factor", "elderly_years", "min_age_years"})


@dataclass(frozen=True, slots=True)
class FaceOptions:
    """How faces are made.

    Attributes
    ----------
    level : FaceLevel
        How much captures of a person differ.
    has_regions : bool
        Whether people of one region are more alike than people of two.
    model, model_version : str
        What the templates name. An empty version is that of the face model; give the version of an installed
        embedding to compare synthetic faces with real ones.
    """

    level: FaceLevel = FaceLevel.COUNTER
    has_regions: bool = True
    model: str = "dlib-face-embedding"
    model_version: str = ""


@dataclass(frozen=True, slots=True)
class PopulationOptions:
    """What can be set of a population; the rest is in the parameters of its parts."""

    relations: RelationRates = field(default_factory=RelationRates)
    mistakes: MistakeRates = field(default_factory=MistakeRates)
    fingers: FingerRates = field(default_factory=FingerRates)
    faces: FaceOptions = field(default_factory=FaceOptions)
    min_age_years: float = 0.0
    """Nobody is younger at the first encounter: whoever would be gets another age. 0 to 60."""

    def __post_init__(self) -> None:
        if not 0 <= self.min_age_years <= MAX_MIN_AGE_YEARS:
            raise InvalidSetting(
                f"least age is {self.min_age_years} years, expected 0 to {MAX_MIN_AGE_YEARS:g}"
            )


def _check_rates(
    rates: RelationRates | MistakeRates | FingerRates, not_rates: frozenset[str] | set[str] = frozenset()
) -> None:
    for one in fields(rates):
        value = getattr(rates, one.name)
        if one.name not in not_rates and not 0 <= value <= 1:
            raise InvalidSetting(f"{one.name} is {value}, expected 0 to 1")
