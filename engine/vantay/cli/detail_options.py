"""Options of ``enrol`` about the person and the circumstances, beside the samples."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from vantay.cli.times import ZonedTimeType

if TYPE_CHECKING:
    from vantay import Document
    from vantay.administration import EnrolmentDetails

Command = Callable[..., Any]

_OPTIONS = (
    click.option("--sex", type=click.Choice(["F", "M", "X"]), help="As the travel document says."),
    click.option("--birth-date", type=click.DateTime(["%Y-%m-%d"]), help="Searches can filter by the year."),
    click.option("--nationality", help="ISO 3166-1 alpha-3, for instance KOR."),
    click.option(
        "--document",
        "documents",
        multiple=True,
        metavar="TYPE:NUMBER[:ISSUER[:EXPIRY]]",
        help="A document to find the subject by, for instance passport:M123:KOR:2031-05-17; repeat for more.",
    ),
    click.option("--gallery", "galleries", multiple=True, help="Gallery to join; repeat for more."),
    click.option("--operator", default="", help="Who took the samples."),
    click.option("--device", default="", help="What they were taken with."),
    click.option("--consent", "consent_reference", help="Where the consent is filed."),
    click.option("--consent-purpose", default="", help="What was consented to."),
    click.option(
        "--consent-time", type=ZonedTimeType(), help="When consent was given, with zone.  [default: now]"
    ),
    click.option(
        "--idempotency-key", help="When the same command comes again with it, nothing is written twice."
    ),
)


_NAMES = (
    "sex",
    "birth_date",
    "nationality",
    "documents",
    "galleries",
    "operator",
    "device",
    "consent_reference",
    "consent_purpose",
    "consent_time",
    "idempotency_key",
)


def detail_options(command: Command) -> Command:
    """Add the options; the command gets ``details``, an `EnrolmentDetails`."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        details = _details_of({name: kwargs.pop(name) for name in _NAMES})
        return command(*args, details=details, **kwargs)

    decorated: Command = run
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def _details_of(said: Mapping[str, Any]) -> EnrolmentDetails:
    from vantay import Biographics, Consent, Sex  # noqa: PLC0415
    from vantay.administration import EnrolmentDetails  # noqa: PLC0415 - keeps --help quick

    born: datetime | None = said["birth_date"]
    consent = None
    if said["consent_reference"] is not None:
        given_at = said["consent_time"] or datetime.now(UTC)
        consent = Consent(said["consent_reference"], said["consent_purpose"], given_at)
    return EnrolmentDetails(
        said["operator"],
        said["device"],
        consent,
        said["idempotency_key"],
        Biographics(
            None if said["sex"] is None else Sex(said["sex"]),
            birth_date=None if born is None else born.date(),
            nationality=said["nationality"],
        ),
        tuple(_document_of(text) for text in said["documents"]),
        said["galleries"],
    )


def _document_of(text: str) -> Document:
    from vantay import Document  # noqa: PLC0415

    kind, separator, rest = text.partition(":")
    number, _, rest = rest.partition(":")
    issuer, _, expiry = rest.partition(":")
    if not separator:
        raise click.BadParameter("expected TYPE:NUMBER, for instance passport:M123", param_hint="--document")
    try:
        expires_on = date.fromisoformat(expiry) if expiry else None
    except ValueError as error:
        raise click.BadParameter(
            f"expiry {expiry!r} is no date, expected for instance 2031-05-17", param_hint="--document"
        ) from error
    return Document(kind, number, issuer, expires_on)
