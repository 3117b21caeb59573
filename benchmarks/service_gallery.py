"""Build what the programs about the service work on: a database of synthetic people, and applicants.

    python benchmarks/service_gallery.py --folder DIR --subjects 100000

DIR gets a SQLite database with ten fingers and a face of each subject, its index, certificates, roles,
settings and rules, and a file of applications with templates; it takes some minutes. The others take it with
`--folder DIR` and work on copies, so that each run begins like the last one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from service.load.command_line import add_site_arguments, site_of
from vantay.engine import Engine


def main() -> None:
    """Build, and tell what there is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_site_arguments(parser)
    arguments = parser.parse_args()
    started = time.monotonic()
    site = site_of(arguments)
    with Engine.open(settings=site.engine_settings, create=False) as engine:
        counts, index = engine.stats(), engine.index_status()
    told = {
        "seconds": round(time.monotonic() - started),
        "n_subjects": counts.n_subjects,
        "n_templates": counts.n_templates,
        "index_bytes": index.n_bytes,
        "n_applicants": len(site.applicants),
    }
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
