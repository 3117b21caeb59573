"""Run the commands that docs/cli.md shows in ``console`` blocks, and put what they print below them.

    python docs/refresh_cli_output.py

Everything runs in one temporary folder, in the order of the page, after the page's own Python snippet made
the prints there. Blocks of another kind are left alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PAGE = Path(__file__).with_name("cli.md")
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (?:.*\\\n)*.*$", re.MULTILINE)


def refresh(page: str, folder: Path) -> str:
    """Return the page with fresh output."""

    def run_block(match: re.Match[str]) -> str:
        kind, text = match[1], match[2]
        if kind == "python":
            subprocess.run([sys.executable, "-c", text], cwd=folder, check=True)
            return match[0]
        sessions = [f"{command}\n{run_command(command, folder)}" for command in COMMAND.findall(text)]
        return f"```console\n{''.join(sessions)}```"

    return BLOCK.sub(run_block, page)


def run_command(line: str, folder: Path) -> str:
    """Run one line as a shell would, and return what a person would see."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VANTAY_")}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "120"}
    done = subprocess.run(
        ["/bin/bash", "-c", line.removeprefix("$ ")],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seen = "\n".join(row.rstrip() for row in done.stdout.replace(str(Path.home()), "~").splitlines())
    return f"{seen}\n" if seen else ""


def main() -> None:
    """Refresh the page."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(refresh(PAGE.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
