"""Receipts hold together, whoever reads them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vantay.errors import CallerError, DataCorruption, KeyUnavailable
from vantay.intake.receipts import (
    Body,
    ReceiptSigner,
    SignedReceipt,
    canonical_json,
    receipt_key_path,
    verify_receipt,
)
from vantay.settings import EngineSettings

BODY: Body = {"act": "erasure", "subject_id": "S-1 Hà Nội", "n_templates": 10, "is_purged": True}


@pytest.fixture
def signer(tmp_path: Path) -> ReceiptSigner:
    return ReceiptSigner.open(tmp_path / "key")


def test_receipt_survives_its_own_text(signer: ReceiptSigner) -> None:
    receipt = SignedReceipt.from_json(signer.sign(BODY).to_json())
    verify_receipt(receipt, public_key=signer.public_key)
    assert dict(receipt.body) == {"format": "vantay-receipt-1", **BODY}


@pytest.mark.parametrize(
    "change", [{"subject_id": "S-2"}, {"n_templates": 11}, {"is_purged": False}, {"more": 1}]
)
def test_changed_receipt_is_told(signer: ReceiptSigner, change: Body) -> None:
    receipt = signer.sign(BODY)
    changed = replace(receipt, body=MappingProxyType({**receipt.body, **change}))
    with pytest.raises(DataCorruption, match="not as it was signed"):
        verify_receipt(changed)


def test_receipt_of_another_key_is_told(signer: ReceiptSigner, tmp_path: Path) -> None:
    other = ReceiptSigner.open(tmp_path / "other")
    verify_receipt(other.sign(BODY))
    with pytest.raises(DataCorruption, match="was signed by key"):
        verify_receipt(other.sign(BODY), public_key=signer.public_key)


def test_receipt_of_another_format_is_told(signer: ReceiptSigner) -> None:
    with pytest.raises(DataCorruption, match="format"):
        verify_receipt(signer.sign({"format": "another"}))


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "{}", '{"body": 1, "public_key": "", "signature": ""}', "[" * 100_000]
)
def test_what_is_no_receipt_is_told(text: str) -> None:
    with pytest.raises(CallerError):
        SignedReceipt.from_json(text)


@given(public_key=st.text(max_size=70), signature=st.text(max_size=130))
def test_any_key_and_signature_are_told(public_key: str, signature: str) -> None:
    with pytest.raises(DataCorruption):
        verify_receipt(SignedReceipt({"format": "vantay-receipt-1"}, public_key, signature))


def test_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with ThreadPoolExecutor(8) as pool:
        keys = {signer.public_key for signer in pool.map(lambda _: ReceiptSigner.open(path), range(8))}
    assert len(keys) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    path.chmod(0o644)
    with pytest.raises(KeyUnavailable, match="permissions"):
        ReceiptSigner.open(path)


def test_file_that_is_no_key_is_told(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(KeyUnavailable, match="holds no key"):
        ReceiptSigner.open(path)
    with pytest.raises(KeyUnavailable, match="cannot be written"):
        ReceiptSigner.open(tmp_path / "missing" / "key")


def test_key_lies_beside_the_database_or_its_master_key() -> None:
    assert receipt_key_path(EngineSettings(database=Path("a/v.db"))) == Path("a/v.db.receipts")
    server = EngineSettings(database="postgresql://db/vantay", key_file=Path("/k/master.key"))
    assert receipt_key_path(server) == Path("/k/master.key.receipts")
    with pytest.raises(KeyUnavailable):
        receipt_key_path(EngineSettings(database="postgresql://db/vantay"))


def test_canonical_form_does_not_depend_on_order() -> None:
    assert canonical_json({"b": 1, "a": "ệ"}) == '{"a":"ệ","b":1}'.encode()
    assert json.loads(canonical_json(dict(BODY))) == BODY
