"""A new development authority."""

from __future__ import annotations

from pathlib import Path

import pytest

from vantay_service.access.certificates import Authority, make_authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path / "certs")
