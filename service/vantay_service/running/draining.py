"""Streams that end when the server does: feeds and bulk loads have no end of their own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TypeVar

_Item = TypeVar("_Item")


async def ended_by(event: asyncio.Event, items: AsyncIterator[_Item]) -> AsyncIterator[_Item]:
    """Pass items on until there are no more, or the event is set: then nothing is waited for any more.

    Parameters
    ----------
    event : asyncio.Event
    items : async iterator
        Closed when the event ends it.
    """
    ended = asyncio.ensure_future(event.wait())
    try:
        while True:
            coming = asyncio.ensure_future(_next(items))
            try:
                await asyncio.wait({coming, ended}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not coming.done():
                    coming.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await coming
            if coming.cancelled() or (item := coming.result()) is None:
                return
            yield item[0]
    finally:
        ended.cancel()
        await _close(items)


async def _next(items: AsyncIterator[_Item]) -> tuple[_Item] | None:
    try:
        return (await anext(items),)
    except StopAsyncIteration:  # a task cannot raise it
        return None


async def _close(items: object) -> None:
    if close := getattr(items, "aclose", None):
        await close()
