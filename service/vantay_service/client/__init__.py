"""Clients of the service: `VantayClient` blocks, `AsyncVantayClient` does not.

Requests and answers are the messages of `vantay_service.v1`; `samples_from_folder` and
`check_request_from_files` make requests of files.

Examples
--------
>>> from pathlib import Path
>>> tls = TlsFiles.in_folder(Path("certs"), "counter-3")                                  # doctest: +SKIP
>>> with VantayClient("abis.example:8443", tls) as client:                                # doctest: +SKIP
...     request = check_request_from_files(Path("application.json"), Path("captures"))
...     print(Outcome.Name(client.check_applicant(request).outcome))
"""

from vantay_service.client.async_client import AsyncVantayClient
from vantay_service.client.async_feed import AsyncDecisionFeed
from vantay_service.client.connection import TlsFiles
from vantay_service.client.files import (
    check_request_from_files,
    finger_from_file,
    samples_from_files,
    samples_from_folder,
)
from vantay_service.client.retrying import RetryPolicy
from vantay_service.client.service_error import ServiceError
from vantay_service.client.settings import CallSettings
from vantay_service.client.sync_client import VantayClient
from vantay_service.client.sync_feed import DecisionFeed

__all__ = [
    "AsyncDecisionFeed",
    "AsyncVantayClient",
    "CallSettings",
    "DecisionFeed",
    "RetryPolicy",
    "ServiceError",
    "TlsFiles",
    "VantayClient",
    "check_request_from_files",
    "finger_from_file",
    "samples_from_files",
    "samples_from_folder",
]
