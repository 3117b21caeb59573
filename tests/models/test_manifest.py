"""The manifest is read strictly."""

from __future__ import annotations

import pytest

from vantay_models.errors import ManifestError
from vantay_models.manifest import parse_manifest, read_manifest

ENTRY = "\n".join(
    [
        "[m]",
        *(
            f'{key} = "text"'
            for key in (
                *("purpose", "file", "source_package", "source_file", "licence", "reference"),
                *("training_data", "input", "output"),
            )
        ),
        f'source_sha256 = "{"0" * 64}"',
    ]
)


def test_committed_manifest_names_leader_with_licence_and_provenance() -> None:
    entry = read_manifest()["leader"]
    assert (entry.file, entry.source_package, entry.licence) == ("leader.onnx", "pyfing", "MIT")
    assert "not known" in entry.training_data


def test_entry_is_read() -> None:
    assert parse_manifest(ENTRY)["m"].source_sha256 == "0" * 64


def test_unknown_key_is_refused() -> None:
    with pytest.raises(ManifestError, match="unknown keys: colour"):
        parse_manifest(f'{ENTRY}\ncolour = "red"')


def test_missing_key_is_refused() -> None:
    with pytest.raises(ManifestError, match="lacks keys: licence"):
        parse_manifest(ENTRY.replace('licence = "text"\n', ""))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('licence = "text"', "licence = 3", "licence is 3, expected text"),
        ('licence = "text"', 'licence = ""', "licence is '', expected text"),
        ("0" * 64, "0" * 63, "expected 64 digits"),
        ("[m]", "[m", "not TOML"),
        ("[m]", 'name = "x"\n[m]', "name is 'x', expected a table"),
    ],
)
def test_wrong_value_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        parse_manifest(ENTRY.replace(old, new))
