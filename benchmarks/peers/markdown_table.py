"""The tables of peers in Markdown, made of a result file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.peers.catalogue import ENTRIES, Entry, Kind
from benchmarks.peers.peer_table import COLUMNS, TITLES, cells, shown_entries

NOT_MEASURED = "Not measured yet.\n"


def peers_table(documents: Mapping[str, Mapping[str, Any]]) -> str:
    """Write a table for each kind of peers.

    Parameters
    ----------
    documents : mapping of str to mapping
        Result files by name; ``peers`` is the one that is looked for.

    Returns
    -------
    str
        Figures with the ratio to ours in brackets, versions, and what is not whole and why.
    """
    document = documents.get("peers", {})
    details = {one["key"]: one for one in document.get("details", ())}
    if not details:
        return NOT_MEASURED
    measured = [entry for entry in ENTRIES if entry.key in details]
    return "\n" + "\n".join(
        line for kind in TITLES for line in _table(kind, measured, document["figures"], details)
    )


def _table(
    kind: Kind, measured: Sequence[Entry], figures: Mapping[str, Any], details: Mapping[str, Any]
) -> Iterator[str]:
    shown = shown_entries(kind, measured)
    if not shown:
        return
    headings = ["peer", "version", *(column.heading for column in COLUMNS[kind]), "note"]
    yield f"{TITLES[kind]}; in brackets the ratio to {shown[0].key}.\n"
    yield f"| {' | '.join(headings)} |"
    yield "|" + "---|" * len(headings)
    own = figures.get(shown[0].key, {})
    for entry in shown:
        about = details[entry.key]
        versions = ", ".join(about["versions"].values())
        given = [f"`{entry.key}`", versions, *cells(kind, figures.get(entry.key, {}), own), about["note"]]
        yield f"| {' | '.join(text.replace('|', '/') for text in given)} |"
    yield ""
