"""Made-up people for tests of the index, and what a search sees of a gallery."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from search.random_faces import CALIBRATION, make_face, photograph_again
from search.random_fingers import capture_again, make_finger
from vantay.fingerprint.codec import encode
from vantay.search.exhaustive import identify
from vantay.search.faces import FaceProbe
from vantay.search.gallery import Gallery
from vantay.search.indexed.building import SearchSubject, ready_finger
from vantay.search.indexed.finger_arrays import GalleryFinger
from vantay.search.indexed.part import SEX_CODES, STATUS_CODES, GalleryPart
from vantay.search.indexed.search import IndexProbe, identify_indexed
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.store import NewEncounter, NewTemplate, Store
from vantay.types import Candidate, FaceTemplate, FingerPosition, FingerTemplate

SEX_OF = {code: sex for sex, code in SEX_CODES.items()}
STATUS_OF = {code: str(status) for status, code in STATUS_CODES.items()}


@cache
def finger(seed: int, position: FingerPosition) -> FingerTemplate:
    """Make a finger of a person, the same whenever asked for."""
    return make_finger(1000 * seed + int(position), position)


@cache
def record(seed: int, position: FingerPosition) -> bytes:
    return encode(finger(seed, position))


@cache
def face(seed: int) -> FaceTemplate:
    return make_face(seed)


def encounter(
    subject_id: str,
    seed: int,
    positions: Iterable[FingerPosition],
    *,
    has_face: bool = False,
    encounter_id: str | None = None,
) -> NewEncounter:
    """Make an encounter with the fingers, and the face, of a person."""
    templates = tuple(NewTemplate(p, record(seed, p), 60) for p in positions)
    picture = face(seed) if has_face else None
    return NewEncounter(subject_id, templates, face=picture, encounter_id=encounter_id)


def made_ready(
    number: int,
    samples: Mapping[int, Collection[FingerPosition]],
    *,
    faces: Iterable[int] = (),
    galleries: tuple[str, ...] = (),
) -> SearchSubject:
    """Make a subject as it comes out of the store, with fingers of one or more seeds."""
    fingers = [GalleryFinger(p, finger(seed, p)) for seed, positions in samples.items() for p in positions]
    templates = [face(seed) for seed in faces]
    return SearchSubject(number, f"subject {number}", galleries=galleries, fingers=fingers, faces=templates)


@cache
def probe(
    seed: int, positions: tuple[FingerPosition, ...], *, has_face: bool = False, noise_seed: int = 1
) -> IndexProbe:
    """Capture a person again."""
    fingers = {p: capture_again(finger(seed, p), 7 * seed + int(p) + noise_seed) for p in positions}
    picture = FaceProbe(photograph_again(face(seed), noise_seed), CALIBRATION) if has_face else None
    return IndexProbe({p: ready_finger(f, p) for p, f in fingers.items()}, picture)


@dataclass(frozen=True)
class Seen:
    """What a gallery knows of a subject."""

    status: str
    sex: str | None
    birth_year: int | None
    galleries: frozenset[str]
    fingers: tuple[FingerPosition, ...]
    n_faces: int


def seen(snapshot: IndexSnapshot) -> dict[str, Seen]:
    """Tell all that a snapshot holds, read row by row; fails if somebody is in it twice."""
    found: dict[str, Seen] = {}
    for one in snapshot.parts:
        part, arrays = one.part, one.part.arrays
        for row in range(part.n_rows):
            if not one.alive[row]:
                continue
            subject_id = part.subject_id(row)
            assert subject_id not in found
            found[subject_id] = Seen(
                STATUS_OF[int(arrays["status"][row])],
                SEX_OF[int(arrays["sex"][row])],
                int(arrays["birth_year"][row]) or None,
                frozenset(name for name in part.gallery_names if row in part.members(name)),
                tuple(p for p in FingerPosition for _ in range(_n_fingers(part, p, row))),
                int((arrays["face_row"] == row).sum()),
            )
    return found


def _n_fingers(part: GalleryPart, position: FingerPosition, row: int) -> int:
    return int(part.fingers(position, np.array([row]))[0].size)


def stored(store: Store) -> dict[str, Seen]:
    """Tell the same of a store, by its other way of reading."""
    templates: dict[str, list[FingerPosition]] = {}
    for template in store.templates():
        templates.setdefault(template.subject_id, []).append(template.position)
    faces: dict[str, int] = {}
    for picture in store.faces():
        faces[picture.subject_id] = faces.get(picture.subject_id, 0) + 1
    told = {}
    for subject_id in templates.keys() | faces.keys():
        about = store.subject(subject_id)
        told[subject_id] = Seen(
            str(about.status),
            about.biographics.sex,
            about.biographics.birth_year,
            frozenset(about.galleries),
            tuple(sorted(templates.get(subject_id, ()))),
            faces.get(subject_id, 0),
        )
    return told


def by_index(who: IndexProbe, snapshot: IndexSnapshot, n_best: int = 5) -> tuple[Candidate, ...]:
    """Search by the index."""
    return identify_indexed(who, snapshot, max_candidates=n_best).candidates


def by_everyone(who: IndexProbe, store: Store, n_best: int = 5) -> tuple[Candidate, ...]:
    """Compare everyone."""
    prepared = {position: one.prepared for position, one in who.fingers.items()}
    return identify(prepared, Gallery(store).refresh(), face=who.face, max_candidates=n_best).candidates
