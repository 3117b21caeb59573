"""An installation to be measured: a database of synthetic people, its index, certificates, settings.

It is built once into a folder and stays as it was built: every run works on a copy, so that runs begin alike.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from service.load.applicants import ApplicantFile
from service.load.people import FACE_MODEL, LoadPeople
from vantay.engine import Engine
from vantay.settings import EngineSettings, load_settings
from vantay_service.access.certificates import make_authority
from vantay_service.access.method_roles import Role
from vantay_service.client import TlsFiles

CALLER = "load-1"
UNLIMITED = "limit = { calls_per_second = 1000000, burst = 1000000 }\n"

ENGINE_FILE = '[engine]\ndatabase = "vantay.db"\n'
SERVICE_FILE = """[service]
address = "127.0.0.1:0"
status_address = "127.0.0.1:0"
engine_config = "vantay.toml"
intake_rules = "intake.toml"
min_free_disk_bytes = 0
warms_up_images = {with_faces}
"""
RULES_FILE = """[captures]
# Of synthetic people 9 % have a finger below the usual 20: they would have to come again.
least_finger_quality = 1
least_finger_quality_of_child = 1
# Qualities of synthetic faces are drawn from 30 to 90.
least_face_quality = 1
needs_face = {needs_face}
"""


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What is in an installation.

    Attributes
    ----------
    n_subjects : int
        Enrolled: ten fingers where they have them, and a face.
    n_applicants : int
        Who come to the counter; half of them are enrolled.
    with_faces : bool
        Faces need the model that they are said to be of, for its calibration.
    seed : int
        Of the people.
    """

    n_subjects: int
    n_applicants: int
    with_faces: bool = True
    seed: int = 69


@dataclass(frozen=True, slots=True)
class LoadSite:
    """The files of an installation, those of a copy or those that are copied."""

    folder: Path
    plan: SitePlan
    applicants_file: Path

    @classmethod
    def built(cls, folder: Path, plan: SitePlan) -> LoadSite:
        """Build an installation into a folder, or find the one of the same plan there.

        Raises
        ------
        ValueError
            If the folder holds one of another plan.
        """
        site = cls(folder / "site", plan, folder / "applicants.bin")
        made = folder / "plan.json"
        if made.exists():
            if (found := json.loads(made.read_text(encoding="utf-8"))) != asdict(plan):
                raise ValueError(f"{folder} holds {found}, expected {asdict(plan)}: name another folder")
            return site
        shutil.rmtree(site.folder, ignore_errors=True)  # one that was not finished
        site.folder.mkdir(parents=True)
        site._build()
        made.write_text(json.dumps(asdict(plan)), encoding="utf-8")
        return site

    @property
    def tls(self) -> TlsFiles:
        """What the caller, who has every role, shows."""
        return TlsFiles.in_folder(self.folder / "certs", CALLER)

    @property
    def engine_settings(self) -> EngineSettings:
        """Settings by which the database is opened."""
        return load_settings(self.engine_file)

    @property
    def engine_file(self) -> Path:
        """Settings of the engine."""
        return self.folder / "vantay.toml"

    @property
    def rules_file(self) -> Path:
        """Rules of the checks."""
        return self.folder / "intake.toml"

    @property
    def applicants(self) -> ApplicantFile:
        """Who come to the counter."""
        return ApplicantFile(self.applicants_file)

    @contextmanager
    def copied(self, name: str, *, keeps: bool = False) -> Iterator[LoadSite]:
        """Copy the installation for a run, and remove the copy afterwards."""
        folder = self.folder.with_name(name)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        os.sync()  # what is written back later would slow the commits that are measured
        try:
            yield LoadSite(folder, self.plan, self.applicants_file)
        finally:
            if not keeps:
                shutil.rmtree(folder)

    def _build(self) -> None:
        plan = self.plan
        self.engine_file.write_text(ENGINE_FILE, encoding="utf-8")
        with_faces = str(plan.with_faces).lower()
        service_file = SERVICE_FILE.format(with_faces=with_faces)
        (self.folder / "service.toml").write_text(service_file, encoding="utf-8")
        self.rules_file.write_text(RULES_FILE.format(needs_face=with_faces), encoding="utf-8")
        authority = make_authority(self.folder / "certs")
        authority.issue(CALLER, roles=list(Role))
        with authority.roles_file.open("a", encoding="utf-8") as file:
            file.write(UNLIMITED)
        version = face_version() if plan.with_faces else ""
        people = LoadPeople(plan.seed, plan.n_subjects, plan.n_applicants, version)
        with Engine.open(settings=self.engine_settings) as engine:
            _enrol(engine, people)
            engine.compact_index()
        ApplicantFile.write(self.applicants_file, people.applications())


def face_version() -> str:
    """Give the version of the installed embedding, so that photos can be compared with synthetic faces."""
    from vantay.face.extraction import make_face_extractor  # noqa: PLC0415 - needs models

    extractor = make_face_extractor()
    if extractor.name != FACE_MODEL:
        raise ValueError(f"the face profile is {extractor.name}, expected {FACE_MODEL}")
    return extractor.version


def _enrol(engine: Engine, people: LoadPeople) -> None:
    n_loaded = 0
    for rows in people.enrolments():
        refused = [result.error for result in engine.load(rows) if result.error is not None]
        if refused:
            raise RuntimeError(f"{len(refused)} rows were not loaded: {refused[0]}")
        n_loaded += len(rows)
        if n_loaded // 10_000 != (n_loaded - len(rows)) // 10_000:
            print(f"{n_loaded} enrolled", file=sys.stderr)
