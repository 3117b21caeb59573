"""A stream of messages, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from google.protobuf.message import Message

_Message = TypeVar("_Message", bound=Message)

LINGER_S = 0.02
"""How long a batch waits for another message before it is answered as it is."""


async def read_batches(
    messages: AsyncIterator[_Message], *, n_messages: int, n_bytes: int
) -> AsyncIterator[list[_Message]]:
    """Collect messages until there are enough of them, or no more come for a moment.

    Parameters
    ----------
    messages : async iterator
    n_messages : int
        In a batch, at most.
    n_bytes : int
        A batch of at least this size is full.
    """
    batch: list[_Message] = []
    size = 0
    coming = asyncio.ensure_future(_next(messages))
    try:
        while True:
            await asyncio.wait({coming}, timeout=LINGER_S if batch else None)
            is_full = len(batch) >= n_messages or size >= n_bytes
            if is_full or (batch and not coming.done()):
                yield batch
                batch, size = [], 0
            elif (message := coming.result()) is not None:
                batch.append(message)
                size += message.ByteSize()
                coming = asyncio.ensure_future(_next(messages))
            else:
                break
    finally:
        coming.cancel()
    if batch:
        yield batch


async def _next(messages: AsyncIterator[_Message]) -> _Message | None:
    return await anext(messages, None)
