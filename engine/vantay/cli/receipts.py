"""``vantay receipts``: whether a receipt of an erasure is genuine."""

from __future__ import annotations

from pathlib import Path

import click

from vantay.cli.lazy_group import LazyCommand, LazyGroup
from vantay.cli.options import database_options, table_option
from vantay.cli.output import print_json, print_table
from vantay.settings import EngineSettings

COMMANDS = {
    "verify": LazyCommand("vantay.cli.receipts:verify", "Check a receipt."),
    "key": LazyCommand("vantay.cli.receipts:key", "Print the key to publish."),
}


@click.command(cls=LazyGroup, lazy_commands=COMMANDS)
def receipts() -> None:
    """Check receipts of erasures, and print the key that they are checked with."""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--public-key",
    help="The key that the agency published, 64 hexadecimal digits; without it, any key will do.",
)
@table_option
def verify(*, file: Path, public_key: str | None, as_table: bool) -> None:
    """Check that a receipt is as it was signed, and say what it tells. No database is needed."""
    from vantay.intake.receipts import SignedReceipt, verify_receipt  # noqa: PLC0415 - keeps --help quick

    receipt = SignedReceipt.from_json(file.read_bytes())
    verify_receipt(receipt, public_key=public_key)
    if as_table:
        print_table(("what", "value"), list(receipt.body.items()))
    else:
        print_json({"is_valid": True, "public_key": receipt.public_key, "body": dict(receipt.body)})


@click.command()
@database_options
@table_option
def key(*, settings: EngineSettings, as_table: bool) -> None:
    """Print the public key of the receipts of a database; the key file is made if there is none."""
    from vantay.intake.receipts import ReceiptSigner, receipt_key_path  # noqa: PLC0415

    answer = {"public_key": ReceiptSigner.open(receipt_key_path(settings)).public_key}
    if as_table:
        print_table(("what", "value"), list(answer.items()))
    else:
        print_json(answer)
