"""Placing: from baskets to orders, all or nothing for each checkout, any number of them in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from uuid import UUID

from msgspec import to_builtins

from ..cart import service as carts
from ..errors import GalleriaError, Problem
from ..inventory import service as inventory
from ..mall import Mall
from ..orders import participants
from ..orders import placing as orders
from ..orders.participants import Participant
from ..payments import service as payments
from ..payments.service import OpenPayment
from ..storage import bulk, db
from ..storage.outbox import Fact
from . import comparing
from .claiming import Round
from .drafts import Draft
from .settling import pay_orders


@db.atomic
async def place(mall: Mall, drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    """Write the checkouts; return the refused ones with their reason, by checkout id. Those leave no trace.

    Carts are compared by version, prices and plugins by revision; plugins claim and stock is held by
    compare-and-set, whatever was read before. One that was refused after something of it was written is left
    out and the others are placed again; then it gets another try by itself, against what was in fact placed.
    """
    refused: dict[UUID, Problem] = {}
    undone: dict[UUID, Problem] = {}
    waiting = list(drafts)
    while waiting:
        try:
            refused = await _attempt(mall, waiting)
            break
        except _Undone as found:
            undone |= found.refused
            waiting = [entry for entry in waiting if entry.id not in found.refused]
    if len(drafts) > 1:
        for entry in drafts:
            if entry.id in undone:
                refused |= await _alone(mall, entry)
        return refused
    return refused | undone


class _Undone(GalleriaError):
    """Some checkouts were refused after something of them was written: all of the attempt is rolled back."""

    def __init__(self, refused: Mapping[UUID, Problem]) -> None:
        super().__init__("an attempt to place was undone")
        self.refused = refused


async def _alone(mall: Mall, entry: Draft) -> Mapping[UUID, Problem]:
    try:
        return await _attempt(mall, [entry])
    except _Undone as found:
        return found.refused


async def _attempt(mall: Mall, drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    """Raises _Undone when the attempt has to be made again without some."""
    now = mall.now()
    refused = await comparing.changed(mall, drafts)
    round_ = await Round.of(mall, [entry for entry in drafts if entry.id not in refused], now)
    async with db.savepoint() if round_.claims else nullcontext():
        refused |= await round_.claim()
        fresh = [entry for entry in drafts if entry.id not in refused]
        for group in _by_expiry(fresh).values():
            refused |= await inventory.hold(
                [(entry.id, entry.holds) for entry in group], expires_at=group[0].expires_at, now=now
            )
        undone = {key: problem for key, problem in refused.items() if key in round_.touched}
        if undone:
            raise _Undone(undone)
        await _settle_in(mall, [entry for entry in drafts if entry.id not in refused], round_.participants, now)
    return refused


async def _settle_in(mall: Mall, placed: Sequence[Draft], told: Sequence[Participant], now: datetime) -> None:
    """Everything that is written of the checkouts that are placed."""
    await _write(placed, now)
    here = {order.id for entry in placed for order in entry.orders}
    told = [one for one in told if one.order_id in here]
    await participants.insert(told)
    await _publish(mall, placed, told, now)
    await pay_orders(mall, [order.id for entry in placed if not entry.due for order in entry.orders])
    for entry in placed:
        if entry.basket.cart_id is not None:
            await carts.remove_lines(entry.basket.cart_id, entry.basket.cart_lines)


def _by_expiry(drafts: Sequence[Draft]) -> dict[datetime, list[Draft]]:
    """Holds of one statement expire together; a batch made at one moment is one group."""
    groups: dict[datetime, list[Draft]] = {}
    for entry in drafts:
        groups.setdefault(entry.expires_at, []).append(entry)
    return groups


async def _write(drafts: Sequence[Draft], now: datetime) -> None:
    await bulk.insert("checkout", [_row(entry, now) for entry in drafts])
    await orders.insert([order for entry in drafts for order in entry.orders], now)
    due = [
        OpenPayment(
            id=entry.payment_id,
            checkout_id=entry.id,
            account_id=entry.account_id,
            currency=entry.currency,
            amount=entry.due,
            expires_at=entry.expires_at,
        )
        for entry in drafts
        if entry.payment_id is not None
    ]
    if due:
        await payments.open_payments(due, now=now)


def _row(entry: Draft, now: datetime) -> dict[str, object]:
    return {
        "id": entry.id,
        "account_id": entry.account_id,
        "payment_id": entry.payment_id,
        "state": "placed" if entry.due else "paid",
        "currency": entry.currency,
        "total": entry.total,
        "due": entry.due,
        "fingerprint": entry.fingerprint,
        "quote": to_builtins(entry.quote),
        "address": entry.basket.address,
        "expires_at": entry.expires_at,
        "created_at": now,
        "settled_at": None if entry.due else now,
    }


async def _publish(mall: Mall, drafts: Sequence[Draft], told: Sequence[Participant], now: datetime) -> None:
    names: dict[UUID, list[str]] = {}
    for one in told:
        names.setdefault(one.order_id, []).append(one.recipient)
    facts = [
        Fact(
            subject_id=order.id,
            store_id=order.store_id,
            payload={"order_id": order.id, "checkout_id": entry.id, "number": order.number},
            recipients=names.get(order.id, ()),
        )
        for entry in drafts
        for order in entry.orders
    ]
    await mall.outbox.publish_many("order.placed", facts, now=now)
