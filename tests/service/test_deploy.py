"""The files that are shipped for a start go together, and with what `vantay certs init` makes."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

from click.testing import CliRunner

from vantay.cli import main
from vantay_service.running.setting_sources import load_engine_settings, load_service_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "service" / "deploy"
DOCS = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")


def test_shipped_settings_fit_the_certificates_that_are_made(tmp_path: Path) -> None:
    made = CliRunner().invoke(main, ["certs", "init", str(tmp_path / "certs")])
    assert made.exit_code == 0, made.output
    for name in ("service.toml", "vantay.toml"):
        assert f"service/deploy/{name}" in DOCS
        shutil.copy(DEPLOY / name, tmp_path)
    settings = load_service_settings(tmp_path / "service.toml")
    assert settings.roles_file is not None
    assert settings.roles_file.is_file()
    assert {"server.pem", "server.key", "ca.pem", "crl.pem"} <= {
        file.name for file in settings.certificate_folder.iterdir()
    }
    assert load_engine_settings(settings, {}).database == tmp_path / "vantay.db"


def test_container_is_built_of_the_sources_alone() -> None:
    copies = re.findall("^COPY (?!--from)(.+) [^ ]+$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    copied = {path for words in copies for path in words.split()}
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert {folder.partition("/")[0] for folder in packages["packages"]} <= copied
    assert {"pyproject.toml", "README.md", "LICENSE"} <= copied
    assert "." not in copied
    assert [path for path in copied if not (ROOT / path).exists()] == []
