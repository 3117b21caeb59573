"""How large the parts of a request may be is set by the operator."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.running.real_server import Site, client_of, request_of, serving
from service.running.stand_in import COMPILING_S, run
from vantay_service.client import ServiceError
from vantay_service.conversion.limits import RequestLimits
from vantay_service.running.setting_sources import load_service_settings
from vantay_service.running.settings import ServiceSettings


def test_limits_are_those_of_the_settings(tmp_path: Path) -> None:
    assert ServiceSettings().request_limits == RequestLimits()
    file = tmp_path / "service.toml"
    file.write_text(
        "[service]\nmax_image_bytes = 2000\nmax_template_bytes = 3000\n"
        "max_batch_records = 40\nmax_batch_bytes = 5000\n"
    )
    assert load_service_settings(file).request_limits == RequestLimits(2000, 3000, 40, 5000)


def test_a_running_server_keeps_the_limits_that_are_set(tmp_path: Path) -> None:
    async def test() -> None:
        site = Site.make(tmp_path)
        async with serving(site, max_template_bytes=1024) as running, client_of(site, running) as client:
            request = request_of(7)
            request.captures.samples.fingers[0].template_record += bytes(1024)
            with pytest.raises(ServiceError, match="expected at most 1024") as refused:
                await client.check_applicant(request)
            assert refused.value.metadata["field"] == "captures.samples.fingers[0].template_record"

    run(test, COMPILING_S)
