"""Run files: what an evaluation wrote, checked and taken apart into figures and curves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from vantay.errors import InvalidSetting, UnsupportedFormatVersion
from vantay.report.run_report.bars import BarSet, find_bars
from vantay.report.run_report.command import command_of
from vantay.report.run_report.curve import Curve, read_curves
from vantay.report.run_report.figure import Figure, group_name, read_figures
from vantay.report.run_report.figure_curves import find_curves
from vantay.report.run_report.reading import Note, as_mapping, as_number, shortened
from vantay.report.run_report.searches import Bools, GallerySearches, read_searches

KINDS = ("identification", "fvc", "faces", "fidelity", "benchmark")
"""What was measured, in the order of a report's sections."""

NEWEST_FORMAT = 1
MAX_RUN_BYTES = 256 * 2**20
"""Curves are thinned by whoever writes them; a larger file is no run."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One evaluation.

    Attributes
    ----------
    name : str
        What the report calls it.
    kind : str
        One of `KINDS`.
    figures : tuple of Figure
        In the order of the file.
    curves : tuple of Curve
        In the order of the file.
    machine, parameters : mapping of str to str
        Flat, in words.
    commit : str or None
        Of the sources that made it.
    command : str or None
        The command line that makes it again, up to the folders of its files.
    notes : tuple of str
        What was left out of the file's contents, and why.
    searches : mapping of str to GallerySearches
        What came of each, by the name of the figures' group.
    bars : tuple of BarSet
        Figures of a benchmark that are drawn beside each other.
    shows : str or None
        What a reader learns from it, of a benchmark.
    file_stem : str
        Name of its file without its ending; empty where it is of no file. Benchmarks are called by it.
    is_named : bool
        Whether the caller gave it its name.
    """

    name: str
    kind: str
    figures: tuple[Figure, ...]
    curves: tuple[Curve, ...]
    machine: Mapping[str, str]
    parameters: Mapping[str, str]
    commit: str | None = None
    command: str | None = None
    notes: tuple[str, ...] = ()
    searches: Mapping[str, GallerySearches] = field(default_factory=dict)
    bars: tuple[BarSet, ...] = ()
    shows: str | None = None
    file_stem: str = ""
    is_named: bool = False

    def named(self, name: str) -> Run:
        """Give the same run under another name."""
        return replace(self, name=name)

    def events_of(self, figure: Figure) -> tuple[tuple[str, ...], Bools] | None:
        """Tell of which searches a figure is the share, and in which it happened; None if that is unknown."""
        searches = self.searches.get(figure.group)
        if searches is None:
            return None
        path = (figure.group, "decision.threshold")
        threshold = next((one.value for one in self.figures if one.path == path), None)
        return searches.events(figure.key, threshold)


def read_run(path: Path, name: str | None = None) -> Run:
    """Read a run file.

    Parameters
    ----------
    path : Path
        JSON, as ``vantay evaluate … --json`` writes it.
    name : str, optional
        That the caller chose for it; by default the report calls it by its file's name without its ending.

    Returns
    -------
    Run
        With figures and curves; what cannot be drawn is left out with a note.

    Raises
    ------
    InvalidSetting
        If the file cannot be read, is no JSON object, or a key holds something else than expected.
    UnsupportedFormatVersion
        If a newer version of Vantay wrote it.
    """
    try:
        n_bytes = path.stat().st_size
        if n_bytes > MAX_RUN_BYTES:
            raise InvalidSetting(
                f"{path}: has {n_bytes:,} bytes, expected a run of at most {MAX_RUN_BYTES:,}"
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"{path}: not a readable run file: {error}") from error
    run = parse_run(text, source=str(path), name=name or path.stem)
    return replace(run, file_stem=path.stem, is_named=bool(name))


def parse_run(text: str, *, source: str, name: str) -> Run:
    """Take the text of a run file apart.

    Parameters
    ----------
    text : str
        JSON.
    source : str
        What error messages call the file.
    name : str
        What the report calls the run.

    Returns
    -------
    Run
        As from `read_run`.

    Raises
    ------
    InvalidSetting
        If the text is no JSON object, or a key holds something else than expected.
    UnsupportedFormatVersion
        If a newer version of Vantay wrote it.
    """
    document = _with_envelope(_read_object(text, source))
    _check_format(document, source)
    kind = _kind(document, source)
    notes: list[Note] = []
    parameters = as_mapping(document, "parameters", source)
    figures = as_mapping(document, "figures", source)
    curves = read_curves(as_mapping(document, "curves", source), notes)
    bars: tuple[BarSet, ...] = ()
    if kind == "benchmark":
        curves += find_curves(figures, {curve.plot for curve in curves})
        bars = find_bars(figures)
    return Run(
        name=name,
        kind=kind,
        figures=read_figures(figures, notes),
        curves=curves,
        machine=_flat(as_mapping(document, "machine", source)),
        parameters=_flat(parameters),
        commit=_text(document.get("commit")),
        command=command_of(document, kind, parameters),
        searches={
            group_name("galleries", size): one
            for size, one in read_searches(as_mapping(document, "searches", source), source, notes).items()
        },
        bars=bars,
        shows=_text(document.get("shows")),
        notes=tuple(dict.fromkeys(str(note) for note in notes)),
    )


def _read_object(text: str, source: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidSetting(f"{source}: not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidSetting(f"{source}: holds {shortened(document)}, expected an object with the key 'kind'")
    return document


def _with_envelope(document: Mapping[str, object]) -> Mapping[str, object]:
    """Bring what version 0.1.0 wrote of fingers and faces, bare figures, into today's form."""
    if "format" in document or "kind" in document or not isinstance(document.get("sets"), dict):
        return document
    extractor = document.get("extractor")
    discard = document.get("error_discard")
    shares = discard.get("fnmr_at_discard") if isinstance(discard, dict) else None
    curve = {"x": [float(share) for share in shares], "y": list(shares.values())} if shares else None
    return {
        "kind": "fvc" if "pooled" in document else "faces",
        "format": 1,
        "parameters": {"extractor": extractor} if extractor else {},
        "figures": {key: value for key, value in document.items() if key not in {"extractor", "rejects"}},
        "curves": {"edc": {"pooled": curve}} if curve else {},
    }


def _check_format(document: Mapping[str, object], source: str) -> None:
    number = document.get("format")
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise InvalidSetting(
            f"{source}: key 'format' is {shortened(number)}, expected a number from 1 to {NEWEST_FORMAT}; "
            "make the run again with this version"
        )
    if number > NEWEST_FORMAT:
        raise UnsupportedFormatVersion(
            f"{source}: key 'format' is {shortened(number)}, expected {NEWEST_FORMAT} at most: "
            "a newer version wrote it"
        )


def _kind(document: Mapping[str, object], source: str) -> str:
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidSetting(f"{source}: key 'kind' is {shortened(kind)}, expected one of {', '.join(KINDS)}")
    return kind


def _text(value: object) -> str | None:
    return shortened(value) if isinstance(value, str) and value else None


def _flat(values: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Name nested values by their path, in words."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        path = f"{prefix}{shortened(key, 80)}"
        if isinstance(value, dict) and value:
            flat.update(_flat(value, f"{path}."))
        elif path.endswith("_bytes") and (n_bytes := as_number(value)) is not None:
            flat[path.removesuffix("_bytes")] = f"{n_bytes / 2**30:,.1f} GiB"
        else:
            flat[path] = shortened(value)
    return flat
