"""An index of captures that went through a store, as enrolled people's do: records, encryption and all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from vantay.errors import InvalidSample
from vantay.evaluation.identification_search import Capture
from vantay.fingerprint.codec import encode
from vantay.search.indexed.gallery import IndexedGallery
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.store import Enrolment, NewEncounter, NewTemplate, Store

_LOADED_AT_ONCE = 1000


def index_through_store(captures: Iterable[Capture], _n_threads: int = 1) -> IndexSnapshot:
    """Load captures into a store in a temporary folder, and follow it.

    Parameters
    ----------
    captures : iterable of Capture
        One a subject. Those without a sample are not enrolled: a store takes none.

    Returns
    -------
    IndexSnapshot
        In memory; the store is gone.

    Raises
    ------
    InvalidSample
        If the store refuses a capture.
    """
    rows = (_enrolment(capture) for capture in captures if not capture.is_empty)
    with (
        tempfile.TemporaryDirectory(prefix="vantay-evaluation-") as folder,
        Store.open(Path(folder) / "people.db", key=Path(folder) / "people.key") as store,
    ):
        while batch := list(islice(rows, _LOADED_AT_ONCE)):
            for result in store.load(batch):
                if result.outcome != "enrolled":
                    raise InvalidSample(f"{result.subject_id} was {result.outcome}, expected to be enrolled")
        with IndexedGallery(store) as gallery:
            return gallery.refresh()


def _enrolment(capture: Capture) -> Enrolment:
    templates = tuple(
        NewTemplate(position, encode(t), t.quality, t.extractor, t.extractor_version)
        for position, t in capture.fingers.items()
    )
    return Enrolment(NewEncounter(capture.subject_id, templates, source="evaluation", face=capture.face))
