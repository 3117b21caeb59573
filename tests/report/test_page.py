import base64
import re
from html.parser import HTMLParser

import cv2
import numpy as np

from vantay.report.page import CandidateRow, Case, Fact, Figure, Page, Section, render_page

PICTURE = np.tile(np.arange(120, dtype=np.uint8), (80, 1))


def _page(title: str = "Title") -> Page:
    rows = [
        CandidateRow(1, "A-1", 75.25, [("right index", 60.0)], is_match=True, note="claimed"),
        CandidateRow(2, "B-2", 3.0, [("right index", 3.0)], is_match=False),
    ]
    case = Case("Heading", "Who?", "KNOWN", "good", ["It is A-1."], rows, 50.0, [Figure(PICTURE, "A print")])
    section = Section("More", ["Words."], [Figure(np.dstack([PICTURE] * 3), "A plot")])
    return Page(title, "Lead", [Fact("7", "things")], [case], [section], "Footer")


class _Outline(HTMLParser):
    """Collects tags, attributes that load something, and checks that tags are closed in order."""

    VOID = frozenset({"meta", "img", "input", "br", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.loaded: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "action"}]
        if tag not in self.VOID:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag


def _outline(html: str) -> _Outline:
    outline = _Outline()
    outline.feed(html)
    assert outline.open_tags == []
    return outline


def test_page_holds_everything_that_it_was_given() -> None:
    html = render_page(_page())
    for text in (
        "Title",
        "Lead",
        "things",
        "Heading",
        "Who?",
        "KNOWN",
        "It is A-1.",
        "75.2",
        "claimed",
        "Footer",
    ):
        assert text in html
    assert _outline(html).tags.count("tr") == 3
    assert html.count('class="match"') == 1


def test_page_loads_nothing_from_outside() -> None:
    html = render_page(_page())
    outline = _outline(html)
    assert len(outline.loaded) == 2
    assert all(address.startswith("data:image/webp;base64,") for address in outline.loaded)
    assert not {"script", "link", "iframe"} & set(outline.tags)
    assert not re.search(r"url\(|@import|https?:", html)


def test_texts_are_escaped() -> None:
    html = render_page(_page(title='<script>alert("x")</script>'))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_pictures_survive_their_way_into_the_page() -> None:
    for picture in (PICTURE, np.dstack([PICTURE, PICTURE[:, ::-1], np.zeros_like(PICTURE)])):
        encoded = base64.b64decode(Figure(picture, "").data_uri.partition(",")[2])
        decoded = cv2.imdecode(np.frombuffer(encoded, dtype=np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        expected = picture if picture.ndim == 3 else np.dstack([picture] * 3)
        assert np.abs(decoded[..., ::-1].astype(int) - expected).mean() < 6


def test_score_bars_stay_within_their_track() -> None:
    percents = [
        CandidateRow(1, "A", score, [], is_match=True).bar_percent for score in (-1.0, 0.0, 60.0, 900.0)
    ]
    assert percents == [0.0, 0.0, 50.0, 100.0]
