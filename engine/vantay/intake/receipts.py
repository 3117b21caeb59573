"""Signed receipts: whoever asked for an erasure can prove later that it was done.

A receipt is a JSON document in canonical form (keys sorted, no spaces, UTF-8), signed with Ed25519 (RFC 8032)
by a key that lies beside the database. The receipt carries the public key; the agency publishes that key, so
that a receipt of another key is told from its own.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from vantay.errors import CallerError, DataCorruption, KeyUnavailable
from vantay.settings import EngineSettings
from vantay.store.master_key import sync_folder

FORMAT = "vantay-receipt-1"

Body = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """What was done, and the signature over it.

    Attributes
    ----------
    body : mapping of str to str, int or bool
        What was done, when, on whose behalf; ``format`` is ``vantay-receipt-1``.
    public_key : str
        Of the signer, 64 hexadecimal digits.
    signature : str
        Over the canonical form of the body, 128 hexadecimal digits.
    """

    body: Body
    public_key: str
    signature: str

    def to_json(self) -> str:
        """Write the receipt as one line of text."""
        document = {"body": dict(self.body), "public_key": self.public_key, "signature": self.signature}
        return canonical_json(document).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> SignedReceipt:
        """Read a receipt; its signature is not checked.

        Raises
        ------
        CallerError
            If it is none.
        """
        try:
            document = json.loads(text)
            body, public_key, signature = (document[name] for name in ("body", "public_key", "signature"))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CallerError(
                "this is no receipt, expected a JSON object with body, public_key and signature"
            ) from error
        if not isinstance(body, dict) or not all(isinstance(v, str | int) for v in body.values()):
            raise CallerError("the body of this receipt is no object of texts and numbers")
        if not (isinstance(public_key, str) and isinstance(signature, str)):
            raise CallerError("public_key and signature of this receipt are no texts")
        return cls(MappingProxyType(body), public_key, signature)


class ReceiptSigner:
    """Signs receipts with the key of an installation.

    Attributes
    ----------
    public_key : str
        64 hexadecimal digits, to publish.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @classmethod
    def open(cls, path: Path) -> ReceiptSigner:
        """Read the key file, or make it on first use; only its owner may read it.

        Raises
        ------
        KeyUnavailable
            If it cannot be read or written, is no key, or others may read it.
        """
        if not path.exists():
            _write_key(path, Ed25519PrivateKey.generate())  # two at once: the first one's key is read by both
        return cls(_read_key(path))

    def sign(self, body: Body) -> SignedReceipt:
        """Sign what was done."""
        said = MappingProxyType({"format": FORMAT, **body})
        return SignedReceipt(said, self.public_key, self._key.sign(canonical_json(dict(said))).hex())


def verify_receipt(receipt: SignedReceipt, *, public_key: str | None = None) -> None:
    """Check that a receipt is as it was signed.

    Parameters
    ----------
    receipt : SignedReceipt
    public_key : str, optional
        That the agency published; without it the receipt only holds together, whoever made it.

    Raises
    ------
    DataCorruption
        If it was changed, or another key signed it.
    """
    if public_key is not None and receipt.public_key != public_key.strip().lower():
        raise DataCorruption(
            f"the receipt was signed by key {receipt.public_key}, expected {public_key.strip().lower()}"
        )
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(receipt.public_key))
        key.verify(bytes.fromhex(receipt.signature), canonical_json(dict(receipt.body)))
    except (ValueError, InvalidSignature) as error:
        raise DataCorruption("the receipt is not as it was signed, or was never signed") from error
    if receipt.body.get("format") != FORMAT:
        raise DataCorruption(f"the receipt has format {receipt.body.get('format')!r}, expected {FORMAT!r}")


def receipt_key_path(settings: EngineSettings) -> Path:
    """Tell where the key file of an installation is: beside its database file, or its master key file.

    Raises
    ------
    KeyUnavailable
        If there is no file beside which it could be: a server's address, and the master key in no file.
    """
    beside = Path(settings.database) if "://" not in str(settings.database) else settings.key_file
    if beside is None:
        raise KeyUnavailable(
            "no place for the key that signs receipts: name the file of the master key with key_file"
        )
    return beside.with_name(f"{beside.name}.receipts")


def canonical_json(document: object) -> bytes:
    """Write a document in the one form that is signed: keys sorted, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def _read_key(path: Path) -> Ed25519PrivateKey:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(4096)
        key = load_pem_private_key(data, password=None)
    except OSError as error:
        raise KeyUnavailable(f"the key file {path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise KeyUnavailable(f"{path} holds no key, expected an Ed25519 key in PEM") from error
    if mode & 0o077:
        raise KeyUnavailable(
            f"the key file {path} has permissions {mode & 0o777:03o}, expected 600: chmod it"
        )
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnavailable(f"{path} holds another kind of key, expected an Ed25519 key")
    return key


def _write_key(path: Path, key: Ed25519PrivateKey) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            Path(path).hardlink_to(draft)  # whole or not at all, and never over another key
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise KeyUnavailable(f"the key file {path} cannot be written: {error.strerror}") from error
