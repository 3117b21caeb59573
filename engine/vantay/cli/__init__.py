"""The ``vantay`` command: one file a group of commands, each imported when it is used."""

from __future__ import annotations

import click

from vantay.cli.lazy_group import LazyCommand, LazyGroup

COMMANDS = {
    "enrol": LazyCommand("vantay.cli.enrolment:enrol", "Add a subject, or an encounter of a subject."),
    "verify": LazyCommand("vantay.cli.recognition:verify", "Compare fingers with one subject (1:1)."),
    "identify": LazyCommand("vantay.cli.recognition:identify", "Search everyone for fingers (1:N)."),
    "compare": LazyCommand("vantay.cli.comparison:compare", "Compare two images or template records."),
    "show": LazyCommand("vantay.cli.enrolment:show", "Tell what is known of a subject."),
    "list": LazyCommand("vantay.cli.enrolment:list_subjects", "List the subjects."),
    "stats": LazyCommand("vantay.cli.enrolment:stats", "Count what is enrolled."),
    "erase": LazyCommand("vantay.cli.enrolment:erase", "Remove a subject's templates for good."),
    "lock": LazyCommand("vantay.cli.subjects:lock", "Lock a subject."),
    "unlock": LazyCommand("vantay.cli.subjects:unlock", "Make a locked subject active again."),
    "merge": LazyCommand("vantay.cli.subjects:merge", "Make one subject of two."),
    "move": LazyCommand("vantay.cli.subjects:move", "Give an encounter to another subject."),
    "find": LazyCommand("vantay.cli.subjects:find", "Find subjects by a document."),
    "gallery": LazyCommand("vantay.cli.gallery:gallery", "Make, fill and list named subsets."),
    "store": LazyCommand("vantay.cli.store:store", "Upgrade the database, change its master key."),
    "audit": LazyCommand("vantay.cli.audit:audit", "Verify and export the log of who did what."),
    "index": LazyCommand("vantay.cli.index:index", "Look after the search index."),
    "deduplicate": LazyCommand("vantay.cli.deduplication:deduplicate", "Search everyone among all others."),
    "load": LazyCommand("vantay.cli.load:load", "Load many subjects from files and folders."),
    "export": LazyCommand("vantay.cli.export:export", "Write all subjects into a bulk file."),
    "extract": LazyCommand("vantay.cli.extraction:extract", "Make template records of images."),
    "template": LazyCommand("vantay.cli.extraction:template", "Print a template record as JSON."),
    "face": LazyCommand("vantay.cli.face:face", "Find the face in a photo, judge its quality."),
    "models": LazyCommand("vantay.cli.models:models", "Build and list the model files."),
    "datasets": LazyCommand("vantay.cli.datasets:datasets", "List, validate and make sets of samples."),
    "evaluate": LazyCommand("vantay.cli.evaluate:evaluate", "Measure accuracy and speed on data sets."),
    "report": LazyCommand("vantay.cli.report:report", "Draw run files as one HTML page."),
    "retention": LazyCommand("vantay.cli.retention:retention", "Destroy what is kept long enough."),
    "receipts": LazyCommand("vantay.cli.receipts:receipts", "Check receipts of erasures."),
    "certs": LazyCommand("vantay_service.access.command:certs", "Make certificates for the service."),
    "demo": LazyCommand("vantay_service.demo.command:demo", "See a service at work on made-up people."),
}


@click.command(
    cls=LazyGroup,
    lazy_commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done or match, 1 error, 2 wrong usage, 3 no match.",
)
@click.version_option(package_name="vantay")
def main() -> None:
    """Enrol fingerprints, verify 1:1, identify 1:N.

    Answers are JSON on standard output; progress and errors go to standard error.
    """
