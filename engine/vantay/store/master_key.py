"""The master key: wraps the keys of subjects, and is kept outside the store.

A key file is one line of text, ``vantay-master-key-1`` and 64 hexadecimal digits, that nobody but its owner
may read. Lose it, and all that was sealed is lost: back it up, apart from the store.
"""

from __future__ import annotations

import hmac
import os
import re
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vantay.errors import DataCorruption, KeyUnavailable

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG = "vantay-master-key-1"
_FORM = re.compile(rf"(?:{_TAG}\s+)?([0-9a-fA-F]{{64}})\s*")


class MasterKey:
    """A key of 256 bits that wraps others; never printed.

    Attributes
    ----------
    key_id : str
        16 hexadecimal digits that tell which key it is and nothing about it.
    """

    __slots__ = ("_bytes", "_cipher", "key_id")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise KeyUnavailable(f"a master key of {len(key)} bytes, expected {KEY_BYTES}")
        self._bytes = key
        self._cipher = AESGCM(key)
        self.key_id = hmac.digest(key, b"vantay master key id", "sha256")[:8].hex()

    @classmethod
    def generate(cls) -> MasterKey:
        """Make a random key."""
        return cls(os.urandom(KEY_BYTES))

    @classmethod
    def from_text(cls, text: str, where: str) -> MasterKey:
        """Read a key from the text of a key file or of an environment variable.

        Raises
        ------
        KeyUnavailable
            If it is none; the message names where it stands, never the text.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise KeyUnavailable(f"{where} holds no master key, expected 64 hexadecimal digits")
        return cls(bytes.fromhex(found[1]))

    @classmethod
    def read(cls, path: Path) -> MasterKey:
        """Read a key file.

        Raises
        ------
        KeyUnavailable
            If it is missing or no key file, or others than its owner may read or write it.
        """
        try:
            with path.open(encoding="ascii") as file:
                mode = os.fstat(file.fileno()).st_mode
                text = file.read(1024)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise KeyUnavailable(
                f"the key file {path} cannot be read ({reason}): restore it from its backup, or name the "
                "right one with the setting key_file"
            ) from error
        if mode & 0o077:
            raise KeyUnavailable(
                f"the key file {path} has permissions {mode & 0o777:03o}, so others may use it: chmod 600 "
                "it, and change the key with `vantay store rotate-key` if somebody could have read it"
            )
        return cls.from_text(text, f"the key file {path}")

    def write(self, path: Path) -> None:
        """Write a new key file that only its owner may read; on disk when the call returns.

        Raises
        ------
        KeyUnavailable
            If the file is there already, or cannot be written.
        """
        try:
            descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    os.fchmod(descriptor, 0o600)  # as it is made, but for what the umask takes away
                    file.write(f"{_TAG} {self._bytes.hex()}\n")
                    file.flush()
                    os.fsync(file.fileno())
                os.link(draft, path)  # whole or not at all, and never over another key
            finally:
                Path(draft).unlink()
            sync_folder(path.parent)
        except OSError as error:
            raise KeyUnavailable(f"the key file {path} cannot be written: {error.strerror}") from error

    def wrap(self, key: bytes, place: bytes) -> bytes:
        """Encrypt a key for its place: nonce (12 bytes), ciphertext, tag (16)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, place)

    def unwrap(self, wrapped: bytes, place: bytes, what: str) -> bytes:
        """Decrypt a key of its place.

        Raises
        ------
        DataCorruption
            If it was not wrapped by this master key for this place.
        """
        try:
            return self._cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], place)
        except (InvalidTag, ValueError) as error:
            raise DataCorruption(
                f"{what} cannot be opened: damaged, or of another row; restore it from a backup, or erase "
                "the subject"
            ) from error

    def __repr__(self) -> str:
        return f"MasterKey({self.key_id})"


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk, so that a power cut does not undo a rename or a new file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
