from pathlib import Path

import click
import pytest

import check_docs


@click.group()
def vantay() -> None: ...


@vantay.command()
@click.argument("subject")
@click.option("--finger", "-f")
@click.option("--table/--json")
def enrol(subject: str, finger: str, table: bool) -> None: ...


def _page(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def test_sound_links_pass(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# What `it` is, in short\n\n## Twice\n\n## Twice\n", encoding="utf-8")
    page = _page(
        tmp_path,
        "# Top\n[a](other.md) ![b](other.md#what-it-is-in-short) [c](#top) [d](https://x.y/z) `[e](no)`\n"
        "[f](other.md#twice-1)\n```\n[g](no.md)\n```\n",
    )
    assert list(check_docs.check_links(page)) == []


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("[a](none.md)", "link to none.md: no such file"),
        ("[a](#none)", "link to #none: no such heading"),
        ('<img src="none.png">', "link to none.png: no such file"),
    ],
)
def test_broken_links_are_found(tmp_path: Path, link: str, message: str) -> None:
    page = _page(tmp_path, f"# Top\n\n{link}\n")
    assert list(check_docs.check_links(page)) == [check_docs.Problem(page, 3, message)]


@pytest.mark.parametrize(
    "command",
    [
        "vantay enrol S-1 --finger RIGHT_INDEX=img.png …",
        "$ vantay enrol S-1 -f a.png --table  # a comment with --none",
        "vantay enrol S-1 \\\n  --json | jq --none",
        'vantay enrol S-1 --table; echo "code $?"',
        "vantay enrol S-1 >out.json 2>&1",
        "vantay --help",
        "vantay …",
    ],
)
def test_commands_that_exist_pass(tmp_path: Path, command: str) -> None:
    page = _page(tmp_path, f"```sh\n{command}\n```\n")
    assert list(check_docs.check_commands(page, vantay)) == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("```sh\nls\nvantay enroll S-1\n```\n", 3, "has no command enroll"),
        ("```sh\nvantay enrol S-1 \\\n  --fingers x\n```\n", 2, "enrol has no option --fingers"),
        ("Run `vantay search x`.\n", 1, "has no command search"),
    ],
)
def test_commands_that_do_not_exist_are_found(tmp_path: Path, text: str, line: int, message: str) -> None:
    (problem,) = check_docs.check_commands(_page(tmp_path, text), vantay)
    assert problem.line == line
    assert problem.message.endswith(message)


def test_python_blocks_must_compile(tmp_path: Path) -> None:
    page = _page(
        tmp_path, "```python\nx = 1\n```\n```python\n>>> x\n1\n```\n\n```python\nx = 1\ny = = 2\n```\n"
    )
    (problem,) = check_docs.check_python_blocks(page)
    assert problem.line == 11


def test_undescribed_folders_are_found(tmp_path: Path) -> None:
    (tmp_path / "ARCHITECTURE.md").write_text(
        "| `engine/vantay/` | what |\n| `tests/` | what |\n", encoding="utf-8"
    )
    problems = check_docs.check_folders(tmp_path, {"engine", "tests", "tools"})
    assert [problem.message for problem in problems] == ["the folder tools/ is not described"]


def test_undescribed_dependencies_are_found(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "dependencies.md").write_text("| `numpy` | arrays |\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["numpy>=2"]\noptional-dependencies = {x = ["h5py==3"]}\n',
        encoding="utf-8",
    )
    problems = check_docs.check_dependencies(tmp_path)
    assert [problem.message for problem in problems] == ["`h5py` of pyproject.toml has no line"]
