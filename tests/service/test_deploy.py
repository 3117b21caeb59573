"""The files that are shipped for a start go together, and with what `vantay certs init` makes."""

from __future__ import annotations

import shutil
from pathlib import Path

from click.testing import CliRunner

from vantay.cli import main
from vantay_service.running.setting_sources import load_engine_settings, load_service_settings

DEPLOY = Path(__file__).parents[2] / "service" / "deploy"
DOCS = (Path(__file__).parents[2] / "docs" / "running.md").read_text(encoding="utf-8")


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
