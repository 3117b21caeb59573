"""On whose behalf a call is made."""

from __future__ import annotations

from dataclasses import dataclass

from vantay.store.wording import check_identifier, check_text


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls, as the audit log tells it.

    Attributes
    ----------
    name : str
        The name in the caller's certificate, or the user of a shell; 1 to 128 printable characters.
    role : str
        The role that the call was allowed by, at most 256 characters.
    request_id : str
        Identifier of the call, as in logs and traces; at most 256 characters.

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    name: str
    role: str = ""
    request_id: str = ""

    def __post_init__(self) -> None:
        check_identifier("actor name", self.name)
        check_text("actor role", self.role)
        check_text("request_id", self.request_id)
