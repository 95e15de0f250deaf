"""Calls to providers: with a deadline, and never inside a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import structlog

from ..errors import Invalid
from ..mall import Mall
from ..providers import PaymentProvider
from ..storage import db

log = structlog.get_logger(__name__)

T = TypeVar("T")

DEADLINE = 15
"""Seconds that a provider may take to answer."""

LEASE = timedelta(seconds=4 * DEADLINE)
"""How long work that a sweep has taken is nobody else's."""

BATCH = 5
LIMIT = 200


def provider_of(mall: Mall, code: str) -> PaymentProvider:
    """An installed provider, for what was begun with it. Raises Invalid (`unknown_provider`)."""
    return _known(mall.plugins.providers.get(code))


async def offered_provider(mall: Mall, code: str) -> PaymentProvider:
    """A provider that may be chosen now: its plugin is on for the mall. Raises Invalid (`unknown_provider`)."""
    return _known((await mall.plugins.offered()).get(code))


def _known(found: PaymentProvider | None) -> PaymentProvider:
    if found is None:
        raise Invalid(
            "There is no such way to pay.",
            code="unknown_provider",
            errors=[{"path": "provider", "code": "unknown_provider", "detail": "This provider is not offered."}],
        )
    return found


def notify_url(mall: Mall, code: str) -> str:
    return f"{mall.settings.base_url}/api/payments/notifications/{code}"


async def answer_of(call: Callable[[], Awaitable[T]]) -> T:
    """The provider's answer. Raises what it raises, and TimeoutError after DEADLINE seconds."""
    if db.current_transaction() is not None:
        raise RuntimeError("a provider is called outside transactions")
    async with asyncio.timeout(DEADLINE):
        return await call()


async def work_off(claim: Callable[[int], Awaitable[Sequence[T]]], carry_out: Callable[[T], Awaitable[None]]) -> int:
    """Take due work in batches and carry it out until nothing is due; return how much that was."""
    done = 0
    while done < LIMIT:
        batch = await claim(BATCH)
        await asyncio.gather(*(_safely(carry_out, item) for item in batch))
        done += len(batch)
        if len(batch) < BATCH:
            break
    return done


async def _safely(carry_out: Callable[[T], Awaitable[None]], item: T) -> None:
    try:
        await carry_out(item)
    except Exception as error:  # one item must not stop the others; its lease brings it back
        log.error("payment_work_failed", exc_info=error)
