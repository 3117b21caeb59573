"""``vantay export``: the enrolment database as a bulk file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.options import database_options, table_option
from vantay.cli.output import print_json, print_table, warn
from vantay.cli.transfer_bar import TransferBar
from vantay.settings import EngineSettings

if TYPE_CHECKING:
    from vantay.transfer import ExportSummary


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--galleries", metavar="NAME[,NAME…]", help="Only subjects in one of these galleries.  [default: all]"
)
@click.option("--with-images", is_flag=True, help="Write the images that were kept, too.")
@database_options
@table_option
def export(
    out: Path, *, galleries: str | None, with_images: bool, settings: EngineSettings, as_table: bool
) -> None:
    """Write all subjects into the bulk file OUT (.parquet, or .jsonl for JSON lines), which load reads.

    What OUT holds is not encrypted: only its owner may read it, keep it that way. Erased subjects are rows
    without samples.
    """
    from vantay.transfer import export_store, open_store  # noqa: PLC0415 - keeps --help quick

    names = [name.strip() for name in (galleries or "").split(",") if name.strip()]
    with open_store(settings, create=False) as store, TransferBar("subjects") as bar:
        n_read = 0

        def advance(n_more: int) -> None:
            nonlocal n_read
            n_read += n_more
            bar.advance(out.name, n_read, lambda: store.statistics().n_subjects)

        summary = export_store(store, out, galleries=names, with_images=with_images, advance=advance)
    _print(summary, as_table=as_table)
    if summary.changed:
        warn(
            f"{len(summary.changed)} subjects changed after they were written, the first is "
            f"{summary.changed[0]}: {out} has them as they were; erased ones are in it, export again"
        )


def _print(summary: ExportSummary, *, as_table: bool) -> None:
    answer = {
        "file": str(summary.path),
        "n_subjects": summary.n_subjects,
        "n_rows": summary.n_rows,
        "n_erased": summary.n_erased,
        "n_bytes": summary.path.stat().st_size,
        "n_changed": len(summary.changed),
    }
    if as_table:
        print_table(("what", "value"), list(answer.items()))
    else:
        print_json(answer)
