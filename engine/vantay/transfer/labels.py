"""Labels of a bulk file that carry what its columns have no room for.

``extractor`` and ``extractor_version`` of a finger's template; ``birth_year`` where no date is known;
``nationality``, and ``issuer_1`` and so on of a document, where the code is none of ISO 3166-1 alpha-3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vantay_datasets.bulk import Document

_ALPHA_3 = re.compile(r"[A-Z]{3}", re.ASCII)


def is_alpha_3(code: str | None) -> bool:
    """Whether a code has the form of ISO 3166-1 alpha-3."""
    return code is not None and _ALPHA_3.fullmatch(code) is not None


def issuer_label(number: int) -> str:
    """Name the label that holds the issuer of a document, counted from 1."""
    return f"issuer_{number}"


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a row."""

    values: Mapping[str, str]

    @property
    def birth_year(self) -> int | None:
        """Year of birth; None if there is none, or no number."""
        text = self.values.get("birth_year", "")
        return int(text) if text.isdecimal() else None

    @property
    def nationality(self) -> str | None:
        """Code of a nationality that is none of three letters."""
        return self.values.get("nationality")

    @property
    def extractor(self) -> tuple[str, str] | None:
        """Name and version of what found the minutiae."""
        name = self.values.get("extractor")
        return None if name is None else (name, self.values.get("extractor_version", ""))

    def with_issuers(self, documents: Sequence[Document]) -> tuple[Document, ...]:
        """Complete documents with issuers that are none of three letters."""
        return tuple(
            Document(d.type, d.number, d.issuer or self.values.get(issuer_label(number)), d.expires_on)
            for number, d in enumerate(documents, start=1)
        )
