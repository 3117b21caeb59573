"""One self-contained HTML page: no script, no request to anywhere, pictures inside, light and dark."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Literal

import cv2

from vantay.errors import InvalidSetting
from vantay.report.drawing import Picture

Tone = Literal["good", "new", "bad", "unsure", "refused"]

_WEBP_QUALITY = 86
_FULL_BAR_SCORE = 120.0  # a score bar is full here: twice what a 1:N search of a million asks for


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure at the top of the page, with what it counts."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A picture with its caption.

    Attributes
    ----------
    picture : (h, w) or (h, w, 3) uint8
        Grey or RGB.
    caption : str
        Says what to see; also the alternative text.
    """

    picture: Picture
    caption: str

    @property
    def data_uri(self) -> str:
        """The picture as WebP in a ``data:`` address."""
        pixels = self.picture if self.picture.ndim == 2 else cv2.cvtColor(self.picture, cv2.COLOR_RGB2BGR)
        _, encoded = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, _WEBP_QUALITY])
        return f"data:image/webp;base64,{base64.b64encode(encoded.tobytes()).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One row of a ranked list.

    Attributes
    ----------
    rank : int
        1 for the best.
    subject_id : str
        Who it is.
    score : float
        Fused score, −10·log10(FMR).
    finger_scores : sequence of (str, float)
        Name and score of each finger.
    is_match : bool
        Whether the score reaches the threshold of the search.
    note : str
        Such as ``claimed``.
    """

    rank: int
    subject_id: str
    score: float
    finger_scores: Sequence[tuple[str, float]]
    is_match: bool
    note: str = ""

    @property
    def bar_percent(self) -> float:
        """Length of the score bar."""
        return _bar_percent(self.score)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under headings.

    Attributes
    ----------
    columns : sequence of str
        Headings.
    rows : sequence of sequence of str
        As many cells each.
    marked : frozenset of int
        Numbers of rows that stand out.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    marked: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One question to the engine and its answer.

    Attributes
    ----------
    heading, question : str
        Who asks what.
    outcome : str
        The answer in one word.
    tone : Tone
        Its colour.
    sentences : sequence of str
        The answer in words, and why.
    candidates : sequence of CandidateRow
        Ranked list, may be empty.
    threshold : float
        Score from which on a candidate is a match, for the mark in the bars.
    figures : sequence of Figure
        Evidence.
    details : sequence of (str, str)
        What else it says, each with a word for what it is about.
    """

    heading: str
    question: str
    outcome: str
    tone: Tone
    sentences: Sequence[str]
    candidates: Sequence[CandidateRow] = ()
    threshold: float = 0.0
    figures: Sequence[Figure] = ()
    details: Sequence[tuple[str, str]] = ()

    @property
    def threshold_percent(self) -> float:
        """Place of the threshold in a score bar."""
        return _bar_percent(self.threshold)


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Words, tables and pictures under a heading."""

    heading: str
    sentences: Sequence[str]
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Everything on the page, from top to bottom."""

    title: str
    lead: str
    facts: Sequence[Fact] = ()
    cases: Sequence[Case] = ()
    sections: Sequence[Section] = field(default_factory=tuple)
    footer: str = ""


def render_page(page: Page) -> str:
    """Make the HTML text of a page.

    Parameters
    ----------
    page : Page
        Its texts are escaped.

    Returns
    -------
    str
        One document without references to anything outside it.

    Raises
    ------
    InvalidSetting
        If jinja2 is not installed.
    """
    try:
        # imported here: pages are an extra, and comparisons are drawn without it
        from jinja2 import Environment, StrictUndefined  # noqa: PLC0415
    except ImportError as error:
        raise InvalidSetting("pages need jinja2, install vantay[report]") from error
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("vantay.report").joinpath("templates", "page.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(source).render(page=page)


def _bar_percent(score: float) -> float:
    return 100.0 * min(max(score / _FULL_BAR_SCORE, 0.0), 1.0)
