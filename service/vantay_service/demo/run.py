"""The steps of the demo, from an empty folder to a page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from vantay.engine import Engine
from vantay.errors import DataCorruption, ModelUnavailable
from vantay.report.page import render_page
from vantay.settings import EngineSettings
from vantay.types import FaceImage
from vantay_models.build import build_models
from vantay_models.errors import ModelError
from vantay_service.demo.applications import Applications
from vantay_service.demo.day import Answered, Ruling, decide_same_person, open_cases, play, refusal_of
from vantay_service.demo.feed import FeedReader, reading_feed
from vantay_service.demo.gallery import Gallery, load_gallery, search_once
from vantay_service.demo.impressions import Impressions, Visit
from vantay_service.demo.output_folder import claimed_folder
from vantay_service.demo.pages import RunFacts, make_page
from vantay_service.demo.people import Faces, People
from vantay_service.demo.pictures import Evidence
from vantay_service.demo.portrait import Photos, encode_photo, make_photos
from vantay_service.demo.scenarios import Counter
from vantay_service.demo.screen import Screen
from vantay_service.demo.server import ServerProcess, bare_environment, running_server
from vantay_service.demo.site import COUNTER, DOWNSTREAM, EXAMINER, HOST, LOADER, Site
from vantay_service.demo.timeline import TimelineRow, timeline_row
from vantay_service.v1 import intake_pb2 as pb


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What the demo is made of.

    Attributes
    ----------
    output : Path
        Folder for the page, the service, and the images, which a second run uses again. It must be new,
        empty, or that of an earlier demo.
    n_subjects : int
        People enrolled, at least ``n_from_images``.
    n_from_images : int
        Of them, those from ten images each; 5 or more.
    seed : int
        Another seed is other people.
    extractor : str
        What reads images of fingers, as in the settings of the engine.
    """

    output: Path
    n_subjects: int = 2000
    n_from_images: int = 16
    seed: int = 1
    extractor: str = "auto"


class _Cast(NamedTuple):
    """Who is enrolled, who comes, and what draws them."""

    gallery: Gallery
    counter: Counter
    evidence: Evidence
    has_faces: bool


class _Played(NamedTuple):
    """What happened while the server ran."""

    load_s: float
    answered: Sequence[Answered]
    ruling: Ruling
    refusal: str
    n_open: int
    timeline: Sequence[TimelineRow]


def run_demo(settings: DemoSettings, screen: Screen) -> bool:
    """Start a service, enrol a population through it, play a day at the counter, end it, write the page.

    Parameters
    ----------
    settings : DemoSettings
    screen : Screen
        For progress and the answers.

    Returns
    -------
    bool
        Whether every answer was the right one.

    Raises
    ------
    InvalidSetting
        If the folder holds files that no demo made, or another demo is at work in it.
    ServerFailed
        If the server does not start, or does not end as told.
    DataCorruption
        If the audit log does not hold.
    VantayError, ServiceError
        If a part fails.
    """
    start = time.monotonic()
    with claimed_folder(settings.output):
        _build_models(screen)
        with Engine.without_store(EngineSettings(extractor=settings.extractor)) as workbench:
            cast = _make_cast(settings, workbench)
            site = Site.make(
                settings.output / "service", needs_face=cast.has_faces, extractor=settings.extractor
            )
            played = _play_day(settings, site, cast, screen)
            n_entries = _verify_audit(site, screen)
            facts = RunFacts(
                settings.n_subjects,
                settings.n_from_images,
                played.load_s,
                n_entries,
                cast.has_faces,
                played.refusal,
                played.n_open,
            )
            page = settings.output / "index.html"
            figures = [(one, cast.evidence.figures(one)) for one in played.answered]
            page.write_text(
                render_page(make_page(facts, figures, played.ruling, played.timeline)), encoding="utf-8"
            )
    screen.sentence(f"Finished in {time.monotonic() - start:.0f} s. Pictures: {page}")
    return all(one.is_right for one in played.answered)


def _build_models(screen: Screen) -> None:
    try:
        build_models(report=screen.step)
    except ModelError as error:
        screen.sentence(f"{error}. Going on without that model.", "yellow")


def _make_cast(settings: DemoSettings, workbench: Engine) -> _Cast:
    photos = make_photos()
    faces = _faces_of(workbench, photos)
    reference, probe = (encode_photo(photo) if faces else b"" for photo in photos)
    people = People(settings.seed, settings.n_subjects, faces)
    impressions = Impressions(settings.output / "impressions", settings.seed)
    return _Cast(
        Gallery(people, impressions, settings.n_from_images, reference),
        Counter(impressions, Applications(people, probe, datetime.now(UTC))),
        Evidence(workbench, impressions, photos if faces else None),
        faces is not None,
    )


def _faces_of(workbench: Engine, photos: Photos) -> Faces | None:
    """Tell of which model synthetic faces have to be; None where faces cannot be compared."""
    try:
        template = workbench.extract_face(FaceImage(photos.reference))
        workbench.compare_faces(template, template)  # would raise if the model was never calibrated
    except ModelUnavailable:
        return None
    return Faces(template.model, template.model_version)


def _play_day(settings: DemoSettings, site: Site, cast: _Cast, screen: Screen) -> _Played:
    screen.heading("The service starts")
    with running_server(site) as server:
        visits = [Visit(person, touch=0) for person in range(settings.n_from_images)]
        visits += cast.counter.visits()
        impressions = cast.gallery.impressions
        screen.progress("Making images", len(visits), lambda advance: impressions.make(visits, advance))
        server.wait_until_ready()
        screen.sentence(
            f"Ready at {HOST}:{server.port}, for callers with a certificate of {site.folder}/certs."
        )
        load_s = _load(site, server, cast.gallery, screen)
        with reading_feed(site.client(DOWNSTREAM, server.port)) as feed:
            played = _serve_counter(site, server, cast, screen, feed, load_s)
        screen.heading("The service ends")
        server.end()
        screen.sentence("SIGTERM: the server finished what it had begun and ended with code 0.")
    return played


def _load(site: Site, server: ServerProcess, gallery: Gallery, screen: Screen) -> float:
    start = time.monotonic()
    with site.client(LOADER, server.port) as client:
        screen.progress(
            "Enrolling people",
            gallery.people.n_residents,
            lambda advance: load_gallery(client, gallery, lambda _subject_id: advance(1)),
        )
    return time.monotonic() - start


def _serve_counter(
    site: Site, server: ServerProcess, cast: _Cast, screen: Screen, feed: FeedReader, load_s: float
) -> _Played:
    with site.client(COUNTER, server.port) as counter, site.client(EXAMINER, server.port) as examiner:
        first_s = search_once(examiner, cast.gallery)
        screen.sentence(f"The first search, before which the index takes in everybody, took {first_s:.1f} s.")
        answered = play(counter, cast.counter.scenarios(), screen.answer)
        case = next(one for one in answered if one.answer.case_id)
        refusal = refusal_of(counter, case.answer.case_id)
        screen.heading("An examiner decides")
        screen.sentence(f"The counter tries to decide a case itself and is told: {refusal.message}")
        ruling = decide_same_person(examiner, case.answer.case_id, case.scenario.found)
        n_open = len(open_cases(examiner))
        screen.ruling(ruling, n_open)
    n_published = sum(one.answer.outcome not in _UNPUBLISHED for one in answered) + 1
    timeline = [timeline_row(decision) for decision in feed.wait_for(n_published)]
    screen.heading("What the authority downstream heard")
    screen.timeline(timeline)
    return _Played(load_s, answered, ruling, refusal.message, n_open, timeline)


_UNPUBLISHED = frozenset({pb.OUTCOME_RECAPTURE, pb.OUTCOME_REFUSED})
"""Outcomes that leave nothing behind."""


def _verify_audit(site: Site, screen: Screen) -> int:
    """Let the command say whether the audit log holds, and give how many entries it has."""
    command = ["audit", "verify", "--config", str(site.engine_settings_file)]
    done = subprocess.run(
        [sys.executable, "-m", "vantay", *command],
        capture_output=True,
        text=True,
        check=False,
        env=bare_environment(os.environ),
    )
    if done.returncode != 0:
        raise DataCorruption(f"the audit log of {site.folder} does not hold: {done.stderr.strip()}")
    n_entries = int(json.loads(done.stdout)["n_entries"])
    screen.sentence(f"$ vantay {' '.join(command)}", "dim")
    screen.sentence(f"{n_entries:,} entries, none changed, cut or moved.")
    return n_entries
