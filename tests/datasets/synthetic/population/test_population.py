"""A population: reproducible in any slice, labelled both ways, distributed as stated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from vantay.errors import InvalidSetting
from vantay.types import FingerPosition
from vantay_datasets.synthetic.minutiae import TemplateLevel, make_impressions
from vantay_datasets.synthetic.population import (
    EncounterBatch,
    FingerRates,
    FingerState,
    MistakeRates,
    Population,
    PopulationOptions,
    RelationRates,
    SyntheticEncounter,
)
from vantay_datasets.synthetic.population.relations import BLOCK

EVENTFUL = PopulationOptions(
    relations=RelationRates(twin=0.2, returning=0.2, look_alike=0.2),
    mistakes=MistakeRates(persons_swapped=0.2, hands_swapped=0.1, fingers_swapped=0.2),
    fingers=FingerRates(amputee=0.1, worn_hands=0.1, bandaged=0.02, poor=0.1),
)
INDEX_FINGERS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
PARTNER_LABELS = ("twin_of", "same_person_as", "looks_like")


@pytest.fixture(scope="module")
def eventful() -> Population:
    return Population(3, 2 * BLOCK, options=EVENTFUL)


def _index(subject_id: str) -> int:
    return int(subject_id.split("-")[1])


def _assert_same_encounters(one: Iterable[SyntheticEncounter], other: Iterable[SyntheticEncounter]) -> None:
    for mine, others in zip(one, other, strict=True):
        assert mine.encounter_id == others.encounter_id
        assert mine.captured_at == others.captured_at
        assert mine.labels == others.labels
        assert mine.missing == others.missing
        assert mine.fingers == others.fingers
        assert mine.face == others.face


def test_a_slice_has_the_subjects_of_the_whole(eventful: Population) -> None:
    whole = list(eventful.subjects())
    assert list(eventful.subjects(250, 270)) == whole[250:270]
    assert eventful.subject(511) == whole[511]


def test_a_slice_has_the_encounters_of_the_whole(eventful: Population) -> None:
    whole = eventful.encounters(0, 40, 1)
    _assert_same_encounters(eventful.encounters(17, 30, 1), islice(whole, 17, 30))
    _assert_same_encounters([eventful.encounter(9, 1)], [whole.encounter(9)])


def test_a_larger_population_begins_with_the_people_of_a_smaller_one(eventful: Population) -> None:
    larger = Population(3, 100_000, options=EVENTFUL)
    assert list(larger.subjects(0, 256)) == list(eventful.subjects(0, 256))


def test_threads_give_what_one_thread_gives(eventful: Population) -> None:
    def made(n_threads: int) -> list[EncounterBatch]:
        return list(eventful.iter_encounters(0, 300, positions=INDEX_FINGERS, n_threads=n_threads))

    for one, other in zip(made(1), made(2), strict=True):
        _assert_same_encounters(one, other)


def test_threads_that_share_nothing_agree(eventful: Population) -> None:
    with ThreadPoolExecutor(2) as pool:
        parts = pool.map(
            lambda start: list(Population(3, 512, options=EVENTFUL).subjects(start, start + 256)), (256, 0)
        )
    second, first = parts
    assert first + second == list(eventful.subjects())


def test_another_seed_is_other_people() -> None:
    one, other = Population(1, 10).subject(4), Population(2, 10).subject(4)
    assert not set(one.finger_seeds.values()) & set(other.finger_seeds.values())
    assert one.subject_id != other.subject_id


@pytest.mark.parametrize("label", PARTNER_LABELS)
def test_a_partner_of_a_partner_is_the_subject_itself(eventful: Population, label: str) -> None:
    subjects = list(eventful.subjects())
    related = [one for one in subjects if label in one.labels]
    assert len(related) > 20
    for one in related:
        partner = subjects[_index(one.labels[label])]
        assert partner.labels == {label: one.subject_id}
        assert partner is not one


def test_labels_name_nobody_beyond_the_population() -> None:
    small = Population(3, 100, options=EVENTFUL)
    named = [_index(one.labels[key]) for one in small.subjects() for key in one.labels]
    assert named
    assert max(named) < 100


def test_twins_share_birth_sex_and_nationality_but_no_finger(eventful: Population) -> None:
    subjects = list(eventful.subjects())
    for one in subjects:
        if "twin_of" in one.labels:
            twin = subjects[_index(one.labels["twin_of"])]
            assert (one.birth_date, one.sex, one.nationality) == (twin.birth_date, twin.sex, twin.nationality)
            assert not set(one.finger_seeds.values()) & set(twin.finger_seeds.values())
            shared = {seed >> 48 for s in (one, twin) for seed in s.finger_seeds.values()}
            assert len(shared) == 1  # the same tendency to pattern classes


def test_a_returning_person_has_the_same_body_and_another_passport(eventful: Population) -> None:
    subjects = list(eventful.subjects())
    n_other_dates = 0
    for one in subjects:
        if "same_person_as" in one.labels:
            other = subjects[_index(one.labels["same_person_as"])]
            assert (one.body, one.sex, one.finger_seeds) == (other.body, other.sex, other.finger_seeds)
            assert one.documents[0].number != other.documents[0].number
            n_other_dates += one.birth_date != other.birth_date
    assert n_other_dates > 10


def test_swapped_persons_are_labelled_both_ways_and_have_each_others_fingers(eventful: Population) -> None:
    mistaken = list(eventful.encounters(0, 256, with_faces=False))
    calm = Population(
        3, 512, options=PopulationOptions(EVENTFUL.relations, MistakeRates(0, 0, 0), EVENTFUL.fingers)
    )
    right = list(calm.encounters(0, 256, with_faces=False))
    swapped = [k for k, one in enumerate(mistaken) if one.labels.get("swapped") == "persons"]
    assert len(swapped) > 10
    for k in swapped:
        partner = _index(mistaken[k].labels["fingers_of"])
        assert mistaken[partner].labels["fingers_of"] == mistaken[k].subject_id
        assert mistaken[k].captured_at.date() == mistaken[partner].captured_at.date()
        seeds = calm.subject(partner).finger_seeds
        assert seeds != calm.subject(k).finger_seeds
        assert all(held.finger_seed == seeds[held.position] for held in mistaken[k].held.values())
        assert set(mistaken[k].fingers) == set(right[partner].fingers)


def _mirrored(position: FingerPosition) -> FingerPosition:
    return FingerPosition(position + 5 if position <= 5 else position - 5)


def test_swapped_hands_are_the_right_fingers_under_the_other_hands_positions(eventful: Population) -> None:
    calm = Population(
        3, 512, options=PopulationOptions(EVENTFUL.relations, MistakeRates(0, 0, 0), EVENTFUL.fingers)
    )
    _assert_moved(eventful, calm, "hands", lambda _: _mirrored)


def test_swapped_fingers_are_two_neighbours_and_named(eventful: Population) -> None:
    calm = Population(
        3, 512, options=PopulationOptions(EVENTFUL.relations, MistakeRates(0, 0, 0), EVENTFUL.fingers)
    )

    def exchange(encounter: SyntheticEncounter) -> Callable[[FingerPosition], FingerPosition]:
        first, second = (FingerPosition(int(text)) for text in encounter.labels["positions"].split())
        assert second == first + 1
        assert {first, second} != {FingerPosition.RIGHT_LITTLE, FingerPosition.LEFT_THUMB}
        return lambda position: {first: second, second: first}.get(position, position)

    _assert_moved(eventful, calm, "fingers", exchange)


def _assert_moved(
    mistaken: Population,
    calm: Population,
    kind: str,
    moved_in: Callable[[SyntheticEncounter], Callable[[FingerPosition], FingerPosition]],
) -> None:
    n_seen = 0
    for wrong, right in zip(mistaken.encounters(0, 128), calm.encounters(0, 128), strict=True):
        if wrong.labels.get("swapped") == kind:
            n_seen += 1
            moved = moved_in(wrong)
            assert {moved(position) for position in right.fingers} == set(wrong.fingers)
            for position, template in right.fingers.items():
                found = wrong.fingers[moved(position)]
                assert found.position == moved(position)
                np.testing.assert_array_equal(found.minutiae, template.minutiae)
                assert wrong.held[moved(position)] == right.held[position]
                assert right.held[position].position == position
    assert n_seen > 5


def test_missing_fingers_are_not_captured_and_say_why(eventful: Population) -> None:
    reasons = set()
    for encounter in eventful.encounters(0, 256, with_faces=False):
        assert set(encounter.fingers) | set(encounter.missing) == set(FingerPosition) - {
            FingerPosition.UNKNOWN
        }
        assert not set(encounter.fingers) & set(encounter.missing)
        reasons |= set(encounter.missing.values())
    assert reasons == {state for state in FingerState if state.is_missing}


def test_fingers_are_captured_from_six_years_on_and_faces_always() -> None:
    population = Population(5, 512, options=PopulationOptions(mistakes=MistakeRates(0, 0, 0)))
    births = [np.datetime64(subject.birth_date) for subject in population.subjects()]
    n_young = 0
    for encounters in (population.encounters(0, 512, number) for number in (0, 2)):
        ages = (encounters.captured_at.astype("datetime64[D]") - births).astype(int) / 365.2425
        for age, encounter in zip(ages, encounters, strict=True):
            is_young = age < FingerRates().min_age_years
            n_young += is_young
            assert (set(encounter.missing.values()) == {FingerState.TOO_YOUNG}) == is_young
            assert not (is_young and encounter.fingers)
            assert encounter.face is not None
    assert n_young > 10


def test_nothing_is_swapped_where_no_finger_is_captured() -> None:
    options = PopulationOptions(
        relations=RelationRates(0, 0, 0),
        mistakes=MistakeRates(0, 0.5, 0.5),
        fingers=FingerRates(min_age_years=200),
    )
    assert all(not one.labels for one in Population(5, 50, options=options).encounters(0, 50))


def test_an_amputated_finger_stays_missing_and_a_bandage_comes_off() -> None:
    fingers = replace(EVENTFUL.fingers, min_age_years=0.0)
    calm = PopulationOptions(fingers=fingers, mistakes=MistakeRates(0, 0, 0))
    population = Population(5, 256, options=calm)
    first, second = (population.encounters(0, 256, k, with_faces=False) for k in (0, 1))
    lost = first.states == FingerState.AMPUTATED
    bandaged = first.states == FingerState.BANDAGED
    assert lost.sum() > 5
    np.testing.assert_array_equal(lost, second.states == FingerState.AMPUTATED)
    assert bandaged.sum() > 10
    assert np.mean(second.states[bandaged] == FingerState.BANDAGED) < 0.5


def test_poor_fingers_are_of_the_worse_level_and_the_others_of_the_one_asked_for() -> None:
    options = PopulationOptions(fingers=FingerRates(poor=0.3), mistakes=MistakeRates(0, 0, 0))
    batch = Population(5, 20, options=options).encounters(0, 20, with_faces=False)
    held = batch.held
    assert 0.1 < held.is_poor.mean() < 0.5
    seeds = (held.finger_seed, held.position, held.age_years, held.impression_seed)
    live, hard = (make_impressions(*seeds, level) for level in TemplateLevel)
    for row, is_poor in enumerate(held.is_poor):
        assert batch.finger(row) == (hard if is_poor else live).template(row)


def test_only_the_fingers_asked_for_are_captured(eventful: Population) -> None:
    batch = eventful.encounters(0, 30, positions=INDEX_FINGERS, with_faces=False)
    assert set(batch.held.filed.tolist()) == {2, 7}
    assert all(one.face is None for one in batch)


def test_levels_differ() -> None:
    population = Population(5, 40)
    live, hard = (population.encounters(0, 40, 0, level) for level in TemplateLevel)
    assert live.impressions[0].minutiae.size != hard.impressions[0].minutiae.size


def test_encounters_follow_each_other_by_years() -> None:
    population = Population(5, 50)
    times = [population.encounters(0, 50, k, positions=(), with_faces=False).captured_at for k in range(4)]
    gaps = np.diff(np.array(times), axis=0) / np.timedelta64(1, "D") / 365.2425
    assert gaps.min() > 0.8
    assert gaps.max() < 3.2


@pytest.mark.parametrize(
    ("seed", "size", "message"),
    [(-1, 5, "seed is -1"), (2**64, 5, "seed is"), (1, 0, "size is 0"), (1, 2**41, "size is")],
)
def test_population_refuses_impossible_sizes(seed: int, size: int, message: str) -> None:
    with pytest.raises(InvalidSetting, match=message):
        Population(seed, size)


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (3, 3), (0, 11), (10, 11)])
def test_population_refuses_ranges_outside(start: int, stop: int) -> None:
    with pytest.raises(InvalidSetting, match="expected some of 0 to 10"):
        Population(1, 10).encounters(start, stop)


def test_population_refuses_no_encounter_and_no_finger() -> None:
    with pytest.raises(InvalidSetting, match="encounter number is -1"):
        Population(1, 10).encounter(0, -1)
    with pytest.raises(InvalidSetting, match="UNKNOWN"):
        Population(1, 10).encounters(0, 1, positions=(FingerPosition.UNKNOWN,))


def test_rates_are_shares() -> None:
    with pytest.raises(InvalidSetting, match="twin is"):
        RelationRates(twin=1.5)
    with pytest.raises(InvalidSetting, match="more than 1"):
        RelationRates(twin=0.5, returning=0.4, look_alike=0.2)


def test_people_of_a_seed_stay_who_they_are() -> None:
    # a change here makes other people of every seed: say so in the changelog
    subject = Population(1, 1_000_000).subject(123_456)
    passport, card = subject.documents
    assert (subject.birth_date.isoformat(), subject.nationality) == ("1980-01-10", "IND")
    assert passport.machine_readable_number == "H2434033<2"
    assert card.machine_readable_number == "NT99592123"
    assert subject.finger_seeds[FingerPosition.RIGHT_INDEX] == 17294522509354541732
