"""Whole populations: from files into the record, and from the record into a file.

`load_sources` reads files and folders, makes templates of images on all cores, and writes batches of
subjects, each in one transaction; it can be killed and goes on where it was. `export_store` writes a bulk
file that loads again.
"""

from vantay.store import refuse_irreplaceable
from vantay.transfer.export import ExportSummary, export_store
from vantay.transfer.loading import LoadCounts, LoadPlan, LoadSummary, load_sources
from vantay.transfer.opening import open_store
from vantay.transfer.rejects import Reject
from vantay.transfer.sources import LoadSource, find_source

__all__ = [
    "ExportSummary",
    "LoadCounts",
    "LoadPlan",
    "LoadSource",
    "LoadSummary",
    "Reject",
    "export_store",
    "find_source",
    "load_sources",
    "open_store",
    "refuse_irreplaceable",
]
