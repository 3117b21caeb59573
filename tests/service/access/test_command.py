"""`vantay certs`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from vantay.cli import main
from vantay_service.access.roles import read_roles


def vantay(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["certs", *(str(word) for word in words)])


def answer_of(*words: str | Path) -> Any:
    result = vantay(*words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "certs"
    answer_of("init", folder, "--name", "localhost", "--ip", "127.0.0.1")
    return folder


def test_init_names_the_files_that_the_service_is_given(tmp_path: Path) -> None:
    answer = answer_of("init", tmp_path / "c")
    named = [answer["authority"], answer["revoked"], answer["roles"], *answer["server"].values()]
    assert all(Path(path).is_file() for path in named)


def test_issue_gives_files_and_roles(folder: Path) -> None:
    answer = answer_of("issue", folder, "desk-1", "--role", "intake", "--role", "loader")
    assert answer["roles"] == ["intake", "loader"]
    assert Path(answer["certificate"]).is_file()
    assert Path(answer["key"]).is_file()
    found = read_roles((folder / "roles.toml").read_bytes(), "roles")
    assert [role.value for role in found.callers["desk-1"].roles] == ["intake", "loader"]


def test_show_tells_what_was_issued_and_revoked(folder: Path) -> None:
    answer_of("issue", folder, "desk-1", "--role", "intake")
    answer_of("issue", folder, "desk-1", "--replace")
    result = vantay("revoke", folder, "desk-1")
    assert json.loads(result.stdout)["n_revoked"] == 2
    assert "still stands in" in result.stderr
    rows = answer_of("show", folder)
    assert [(row["name"], row["purpose"], row["is_revoked"]) for row in rows] == [
        ("desk-1", "caller", True),
        ("desk-1", "caller", True),
        ("vantay-serve", "server", False),
    ]
    assert rows[0]["roles"] == ["intake"]
    table = vantay("show", folder, "--table")
    assert rows[0]["serial"] in table.stdout


def test_renew_makes_a_new_certificate_of_the_server(folder: Path) -> None:
    before = (folder / "server.pem").read_bytes()
    assert answer_of("renew", folder)["server"]["certificate"] == str(folder / "server.pem")
    assert (folder / "server.pem").read_bytes() != before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("init", "{folder}"), "is not empty"),
        (("init", "{folder}/new", "--ip", "localhost"), "does not appear to be an IPv4 or IPv6 address"),
        (("issue", "{folder}", "a/b"), "expected 1 to 64 letters"),
        (("issue", "{folder}", "a", "--role", "emperor"), "'emperor' is not one of"),
        (("revoke", "{folder}", "nobody"), "no certificate of 'nobody'"),
    ],
)
def test_what_was_typed_wrong_is_told(folder: Path, words: tuple[str, ...], told: str) -> None:
    result = vantay(*(word.format(folder=folder) for word in words))
    assert result.exit_code == 2
    assert told in result.stderr


def test_folder_without_an_authority_is_an_error(tmp_path: Path) -> None:
    result = vantay("show", tmp_path)
    assert result.exit_code == 1
    assert "ca.key cannot be read" in result.stderr


def test_certificates_can_be_made_where_grpc_is_not_installed(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['grpc'] = None; from vantay.cli import main; "
        f"main(['certs', 'init', {str(tmp_path / 'c')!r}])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "c" / "ca.pem").is_file()
