"""Paying the demo's orders where no buyer is at hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, runtime_checkable
from uuid import UUID

from ..errors import Unavailable
from ..mall import Mall
from ..payments import attempts, inquiries, queries
from ..storage import db

Pay = Callable[[Mall, UUID, UUID], Awaitable[None]]
"""Pays, as an account, a payment: the mall, the account's id, the payment's id."""


@runtime_checkable
class Sandbox(Protocol):
    """What a payment provider offers beside its own methods when it takes no real money."""

    code: str

    async def pay_as_buyer(self, attempt_id: UUID) -> None:
        """Do what the buyer does on the provider's page: pay all that is due. Again changes nothing."""
        ...


async def in_process(mall: Mall) -> Pay | None:
    """How the first sandbox that the mall offers pays, or None where no provider is one."""
    offered = sorted((await mall.plugins.offered()).items())
    sandboxes = [provider for _, provider in offered if isinstance(provider, Sandbox)]
    return partial(_pay, sandboxes[0]) if sandboxes else None


async def _pay(sandbox: Sandbox, mall: Mall, account_id: UUID, payment_id: UUID) -> None:
    """An attempt as any shopper makes one; the mall then asks the provider what became of it, as it always does."""
    await inquiries.refresh(mall, payment_id)
    if await _is_paid(payment_id):
        return
    attempt_id = await db.atomic(attempts.make)(mall, account_id, payment_id, sandbox.code, "")
    await attempts.start(mall, attempt_id)
    try:
        await sandbox.pay_as_buyer(attempt_id)
    except Exception as error:  # foreign code: the demo goes on without this payment
        raise Unavailable(f"{sandbox.code} could not pay: {error}", code="sandbox_failed") from error
    await inquiries.refresh(mall, payment_id)


async def _is_paid(payment_id: UUID) -> bool:
    found = await queries.payment(payment_id)
    return found is not None and found.state == "paid"
