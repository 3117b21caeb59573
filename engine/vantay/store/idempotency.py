"""Idempotency keys: a write that comes again, because its answer was lost, is answered and not repeated."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import NamedTuple

import sqlalchemy as sa

from vantay.errors import IdempotencyConflict
from vantay.store.incoming import Enrolment, NewEncounter
from vantay.store.packing import pack_templates
from vantay.store.records import EncounterRecord
from vantay.store.schema import idempotency
from vantay.store.sealing import KeyRing
from vantay.store.summaries import encounter_record
from vantay.store.transaction import WriteTransaction
from vantay.store.wording import check_identifier

_BULKY = {"templates", "face", "images"}


class OncePerKey(NamedTuple):
    """A key, and what it stands for.

    Attributes
    ----------
    key : str
        The caller's, 1 to 128 printable characters.
    act : str
        ``enrol`` or ``add_encounter``.
    encounter : NewEncounter
    enrolment : Enrolment
        What is to be written.
    """

    key: str
    act: str
    encounter: NewEncounter
    enrolment: Enrolment

    def first_receipt(self, transaction: WriteTransaction) -> EncounterRecord | None:
        """Give the receipt of the first time, if this is not it.

        Raises
        ------
        IdempotencyConflict
            If the key stands for something else.
        """
        check_identifier("idempotency_key", self.key)
        found = transaction.connection.execute(
            sa.select(idempotency).where(idempotency.c.key == self.key)
        ).one_or_none()
        if found is None:
            return None
        if found.content_digest != self._digest(transaction.ring):
            raise IdempotencyConflict(
                f"idempotency key {self.key!r} was used on {found.recorded_at:%Y-%m-%d %H:%M:%S} UTC for a "
                "write with other content: take a new key for a new write"
            )
        return encounter_record(self.encounter, found.encounter_id, found.recorded_at)

    def note(self, transaction: WriteTransaction, receipt: EncounterRecord) -> None:
        """Note what the key stands for, in the transaction that writes it."""
        row = {
            "key": self.key,
            "content_digest": self._digest(transaction.ring),
            "encounter_id": receipt.encounter_id,
            "recorded_at": receipt.recorded_at,
        }
        transaction.add(idempotency, row)

    def _digest(self, ring: KeyRing) -> bytes:
        """Digest all that the caller said, keyed, so that the digest tells nothing of it."""
        encounter = self.encounter
        images = [(i.modality, int(i.position), hashlib.sha256(i.data).hexdigest()) for i in encounter.images]
        templates = pack_templates(encounter.templates, encounter.face)
        said = [getattr(encounter, field.name) for field in fields(encounter) if field.name not in _BULKY]
        details = (self.enrolment.biographics, self.enrolment.documents, sorted(self.enrolment.galleries))
        text = repr((self.act, said, details, images))
        return ring.digest(text.encode() + b"\0" + templates)
