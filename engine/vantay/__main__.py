"""``python -m vantay``: the same as the ``vantay`` command."""

from vantay.cli import main

main(prog_name="vantay")
