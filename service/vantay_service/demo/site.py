"""The files of the demo's service, as a real one has them: certificates, roles, settings, a database."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from vantay_service.access.certificates import make_authority
from vantay_service.access.method_roles import Role
from vantay_service.client import CallSettings, TlsFiles, VantayClient

HOST = "127.0.0.1"
COUNTER, LOADER, EXAMINER, DOWNSTREAM = "counter-1", "migration", "examiner-1", "authentication-authority"
CALLERS = {
    COUNTER: Role.INTAKE,
    LOADER: Role.LOADER,
    EXAMINER: Role.EXAMINER,
    DOWNSTREAM: Role.AUDITOR,
}
"""Who has a certificate, and what for."""

DEADLINE_S = 300.0
"""Of a call: the first ones may wait for kernels to be compiled."""

_SERVICE = """# Settings of the demo's service; docs/running.md tells of each.
[service]
address = "{host}:0"          # any free port
status_address = "{host}:0"   # /metrics, /healthz and /readyz
certificate_folder = "certs"
engine_config = "vantay.toml"
creates_database = true
drain_s = 10.0
{rules}"""
_ENGINE = """# Settings of the engine: `vantay --help` commands read them too, with --config.
[engine]
database = "vantay.db"
extractor = "{extractor}"
n_threads = 2   # for the ten images of one applicant
"""
_RULES_WITHOUT_FACES = """# What differs from the built-in rules: the models of faces are not installed here.
[captures]
needs_face = false
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A folder with all that a service needs.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @classmethod
    def make(cls, folder: Path, *, needs_face: bool, extractor: str = "auto") -> Site:
        """Make the files of a new service; what an earlier demo left in the folder is removed.

        Parameters
        ----------
        folder : Path
            The demo's own.
        needs_face : bool
            Whether the standard rules hold; without it a photo is not required.
        extractor : str
            What reads images of fingers, as in the settings of the engine.
        """
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        authority = make_authority(folder / "certs", addresses=(HOST,))
        for name, role in CALLERS.items():
            authority.issue(name, roles=[role])
        rules = "" if needs_face else 'intake_rules = "intake.toml"\n'
        if not needs_face:
            (folder / "intake.toml").write_text(_RULES_WITHOUT_FACES, encoding="utf-8")
        (folder / "vantay.toml").write_text(_ENGINE.format(extractor=extractor), encoding="utf-8")
        (folder / "service.toml").write_text(_SERVICE.format(host=HOST, rules=rules), encoding="utf-8")
        return cls(folder)

    @property
    def settings_file(self) -> Path:
        """Settings of the service."""
        return self.folder / "service.toml"

    @property
    def engine_settings_file(self) -> Path:
        """Settings of the engine."""
        return self.folder / "vantay.toml"

    @property
    def log_file(self) -> Path:
        """What the server logs, JSON lines."""
        return self.folder / "server.log"

    def client(self, name: str, port: int) -> VantayClient:
        """Connect as one of the callers, with its certificate."""
        tls = TlsFiles.in_folder(self.folder / "certs", name)
        return VantayClient(f"{HOST}:{port}", tls, CallSettings(deadline_s=DEADLINE_S))
