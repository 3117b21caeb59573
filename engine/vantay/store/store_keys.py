"""Which master key a store needs, and the ring of keys that it opens."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vantay.errors import InvalidSetting, KeyUnavailable, WrongKey
from vantay.store.master_key import KEY_BYTES, MasterKey, sync_folder
from vantay.store.sealing import ENCRYPTIONS, GcmKeyRing, KeyRing, PlainKeyRing, binding

_LOOKUP = "the look-up key of the store"
_SAY_KEY = "set key_file, or the environment variable VANTAY_MASTER_KEY"


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the master key comes from: given, or in a file; a new store without one gets one in the file."""

    key: MasterKey | None = None
    file: Path | None = None

    def find_or_make(self) -> MasterKey:
        """Get the master key of a new store.

        Raises
        ------
        KeyUnavailable
            If there is none and nowhere to put one, or the file cannot be used.
        """
        if self.key is None and self.file is not None and not self.file.exists():
            try:
                MasterKey.generate().write(self.file)
            except KeyUnavailable:
                if not self.file.exists():  # else another process was quicker
                    raise
        return self.find()

    def find(self) -> MasterKey:
        """Get the master key of a store that is there; none is made, it could not be the right one."""
        if self.key is not None:
            return self.key
        if self.file is None:
            raise KeyUnavailable(f"an encrypted store on a server needs a master key: {_SAY_KEY}")
        return MasterKey.read(self.file)

    def find_one(self, key_id: str, store_name: str) -> MasterKey:
        """Get the master key with this id.

        A rotation that was cut short after its commit has left the right one in the file's ``.new``; it is
        moved to its place.

        Raises
        ------
        WrongKey
            If another one is there.
        KeyUnavailable
            If none is there.
        """
        if self.file is not None and self.key is None:
            _finish_rotation(self.file, key_id)
        found = self.find()
        if found.key_id != key_id:
            raise WrongKey(
                f"{store_name} needs the master key {key_id}, {self} is {found.key_id}: put back the key "
                f"that was in use when the store was last written, or {_SAY_KEY}"
            )
        return found

    def __str__(self) -> str:
        return "the one given" if self.key is not None else f"the one in {self.file}"


def new_key_file(file: Path) -> Path:
    """Name the file in which a rotation prepares the next key."""
    return file.with_name(file.name + ".new")


def replace_key_file(file: Path, old_key_id: str) -> Path:
    """Put the prepared key in the place of the old one, which stays under its id; return where."""
    kept = file.with_name(f"{file.name}.{old_key_id}")
    if file.exists():
        os.replace(file, kept)  # noqa: PTH105 - a pair of atomic renames
    os.replace(new_key_file(file), file)  # noqa: PTH105
    sync_folder(file.parent)
    return kept


def _finish_rotation(file: Path, key_id: str) -> None:
    prepared = new_key_file(file)
    if prepared.exists() and MasterKey.read(prepared).key_id == key_id:
        old = MasterKey.read(file).key_id if file.exists() else "lost"
        replace_key_file(file, old)


def make_ring(encryption: str, source: KeySource, store_id: str) -> tuple[KeyRing, dict[str, str]]:
    """Make the ring of a new store, and the properties that open it again.

    Raises
    ------
    InvalidSetting
        If there is no such encryption.
    KeyUnavailable
        If a master key is needed and cannot be had.
    """
    if encryption not in ENCRYPTIONS:
        raise InvalidSetting(f"encryption is {encryption!r}, expected {' or '.join(ENCRYPTIONS)}")
    lookup_key = os.urandom(KEY_BYTES)
    properties = {"store_id": store_id, "encryption": encryption, "master_key_id": ""}
    if encryption == "none":
        return PlainKeyRing(lookup_key), properties | {"lookup_key": lookup_key.hex()}
    master = source.find_or_make()
    wrapped = wrap_lookup_key(master, lookup_key, store_id)
    ring = GcmKeyRing(lookup_key, master, store_id)
    return ring, properties | {"lookup_key": wrapped, "master_key_id": master.key_id}


def open_ring(properties: Mapping[str, str], source: KeySource, store_name: str) -> KeyRing:
    """Get the ring of a store from its properties.

    Raises
    ------
    WrongKey, KeyUnavailable
        If its master key is not there.
    DataCorruption
        If the look-up key was damaged.
    """
    stored = bytes.fromhex(properties["lookup_key"])
    if properties["encryption"] == "none":
        return PlainKeyRing(stored)
    master = source.find_one(properties["master_key_id"], store_name)
    lookup_key = master.unwrap(stored, binding("lookup", properties["store_id"]), _LOOKUP)
    return GcmKeyRing(lookup_key, master, properties["store_id"])


def wrap_lookup_key(master: MasterKey, lookup_key: bytes, store_id: str) -> str:
    """Wrap the look-up key for the store's properties."""
    return master.wrap(lookup_key, binding("lookup", store_id)).hex()
