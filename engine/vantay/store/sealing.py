"""Sealing what is a person's: encrypted under the person's own key, bound to the row that it stands in.

A sealed value is one byte for the scheme, then

- 1, AES-256-GCM: nonce (12 bytes), ciphertext, tag (16);
- 0, no encryption: SHA-256 over the row's binding and the value (32), value.

Either way a value that was changed, or moved to another row, does not open. Keys of subjects are random and
stand in the store wrapped by the master key; destroying the wrapped key makes all that the subject has
unreadable, in copies without the key too.

References
----------
NIST SP 800-38D, 8.2.2: random nonces of 96 bits, here a handful under each key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vantay.errors import DataCorruption
from vantay.store.master_key import KEY_BYTES, MasterKey

ENCRYPTIONS = ("aes-256-gcm", "none")

_PLAIN, _GCM = b"\0", b"\1"
_NONCE_BYTES = 12
_DIGEST_BYTES = 32


def binding(kind: str, *names: str) -> bytes:
    """Name the place of a sealed value: what it is, and whose."""
    return "\x1f".join((kind, *names)).encode()


def templates_place(subject_id: str, encounter_id: str) -> bytes:
    """Name the place of the templates of an encounter."""
    return binding("templates", subject_id, encounter_id)


def image_place(subject_id: str, encounter_id: str, modality: str, position: int) -> bytes:
    """Name the place of an image."""
    return binding("image", subject_id, encounter_id, modality, str(int(position)))


def owner(kind: str, name: str) -> str:
    """Name whose a key is where it is no subject's; no identifier is like it, they are printable."""
    return f"{kind}\x1f{name}"


class SubjectKey(Protocol):
    """Seals and opens what belongs to one subject, or to one check or case."""

    def seal(self, value: bytes, place: bytes) -> bytes:
        """Seal a value into its place."""

    def open(self, sealed: bytes, place: bytes, what: str) -> bytes:
        """Open a sealed value; `DataCorruption` that names ``what`` if it is not what was sealed there."""


class KeyRing(Protocol):
    """Makes keys of subjects, checks and cases, and unwraps them: ``subject_id``, or what `owner` gives."""

    @property
    def master_key_id(self) -> str:
        """Which master key wraps them; empty without encryption."""

    @property
    def store_id(self) -> str:
        """Of which store they are."""

    def new_key(self, subject_id: str) -> tuple[SubjectKey, bytes]:
        """Make a key of a subject: the key, and its wrapped form for the store."""

    def unwrap(self, subject_id: str, wrapped: bytes | None) -> SubjectKey:
        """Get a key back; `DataCorruption` if it is missing or was not wrapped for this subject."""

    def lookup(self, *texts: str) -> bytes:
        """Digest texts so that equal ones are found and none can be guessed without the key."""

    def digest(self, content: bytes) -> bytes:
        """Digest content under the same key, 32 bytes."""


class GcmKey:
    """A key of a subject, for AES-256-GCM."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, value: bytes, place: bytes) -> bytes:
        """Encrypt a value, authenticated together with its place."""
        nonce = os.urandom(_NONCE_BYTES)
        return _GCM + nonce + self._cipher.encrypt(nonce, value, place)

    def open(self, sealed: bytes, place: bytes, what: str) -> bytes:
        """Decrypt a value of this place."""
        if sealed[:1] != _GCM:
            raise _broken(what)
        try:
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], place)
        except (InvalidTag, ValueError) as error:
            raise _broken(what) from error


class PlainKey:
    """No key: a checksum tells damage, and nothing is hidden."""

    def seal(self, value: bytes, place: bytes) -> bytes:
        """Put the checksum of a value and its place before it."""
        return _PLAIN + _checksum(value, place) + value

    def open(self, sealed: bytes, place: bytes, what: str) -> bytes:
        """Check and return a value of this place."""
        value = sealed[1 + _DIGEST_BYTES :]
        if sealed[: 1 + _DIGEST_BYTES] != _PLAIN + _checksum(value, place):
            raise _broken(what)
        return value


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Keyed digests; the key is the store's own, so that it outlives a change of the master key."""

    lookup_key: bytes

    def lookup(self, *texts: str) -> bytes:
        return self.digest("\x1f".join(texts).encode())[:16]

    def digest(self, content: bytes) -> bytes:
        return hmac.digest(self.lookup_key, content, "sha256")


@dataclass(frozen=True, slots=True)
class GcmKeyRing(_Lookup):
    """Keys of subjects wrapped by a master key, bound to the store and the subject."""

    master_key: MasterKey
    store_id: str

    @property
    def master_key_id(self) -> str:
        """Which master key wraps them."""
        return self.master_key.key_id

    def new_key(self, subject_id: str) -> tuple[SubjectKey, bytes]:
        """Make a random key."""
        key = os.urandom(KEY_BYTES)
        return GcmKey(key), self.wrap(subject_id, key)

    def unwrap(self, subject_id: str, wrapped: bytes | None) -> SubjectKey:
        """Get the key of a subject."""
        return GcmKey(self.unwrap_bytes(subject_id, wrapped))

    def wrap(self, subject_id: str, key: bytes) -> bytes:
        """Wrap the bytes of a key."""
        return self.master_key.wrap(key, binding("key", self.store_id, subject_id))

    def unwrap_bytes(self, subject_id: str, wrapped: bytes | None) -> bytes:
        """Unwrap the bytes of a key."""
        kind, _, name = subject_id.rpartition("\x1f")
        what = f"the key of {kind or 'subject'} {name!r}"
        if wrapped is None:
            raise DataCorruption(f"{what} is missing: restore it from a backup, or erase the subject")
        return self.master_key.unwrap(wrapped, binding("key", self.store_id, subject_id), what)


@dataclass(frozen=True, slots=True)
class PlainKeyRing(_Lookup):
    """No encryption."""

    store_id: str
    master_key_id: str = ""

    def new_key(self, subject_id: str) -> tuple[SubjectKey, bytes]:  # noqa: ARG002 - as the other ring
        """Make what stands for a key."""
        return PlainKey(), b""

    def unwrap(self, subject_id: str, wrapped: bytes | None) -> SubjectKey:  # noqa: ARG002
        """Get what stands for a key."""
        return PlainKey()


def _checksum(value: bytes, place: bytes) -> bytes:
    return hashlib.sha256(len(place).to_bytes(4, "little") + place + value).digest()


def _broken(what: str) -> DataCorruption:
    return DataCorruption(
        f"{what} cannot be opened: damaged, or of another row; restore it from a backup, or erase the subject"
    )
