"""From what was drawn to the objects that callers get."""

from __future__ import annotations

from collections.abc import Iterator

from vantay_datasets.synthetic.population.documents import calendar_date, documents_of
from vantay_datasets.synthetic.population.encounter_making import Drawn, subject_ids
from vantay_datasets.synthetic.population.hands import ALL_FINGERS, FingerState
from vantay_datasets.synthetic.population.nationalities import NATIONALITIES
from vantay_datasets.synthetic.population.relations import LABELS, Relation
from vantay_datasets.synthetic.population.subject import SyntheticSubject


def make_subjects(drawn: Drawn, size: int) -> Iterator[SyntheticSubject]:
    """Make subjects of what was drawn.

    Parameters
    ----------
    drawn : Drawn
        Of n subjects.
    size : int
        Of the population: labels do not name people beyond it.

    Yields
    ------
    SyntheticSubject
        In their order.
    """
    relations, told = drawn.relations, drawn.biographics
    documents = documents_of(
        drawn.seed, relations.index, told.nationality, told.claimed_birth, told.first_day
    )
    ids, partner_ids = subject_ids(drawn.seed, relations.index), subject_ids(drawn.seed, relations.partner)
    for k, subject_id in enumerate(ids):
        kind = Relation(int(relations.kind[k]))
        is_labelled = kind is not Relation.NONE and relations.partner[k] < size
        yield SyntheticSubject(
            index=int(relations.index[k]),
            subject_id=subject_id,
            sex="F" if told.is_female[k] else "M",
            birth_date=calendar_date(told.claimed_birth[k]),
            nationality=NATIONALITIES[told.nationality[k]].code,
            region=NATIONALITIES[told.born_as[k]].region,
            documents=documents[k],
            fingers={p: FingerState(int(s)) for p, s in zip(ALL_FINGERS, drawn.states[k], strict=True)},
            finger_seeds={p: int(s) for p, s in zip(ALL_FINGERS, drawn.finger_seeds[k], strict=True)},
            body=int(relations.body[k]),
            labels={LABELS[kind]: partner_ids[k]} if is_labelled else {},
        )
