"""Parcels: units leave the shelf when they are sent, and the order is completed when all have arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from msgspec import Struct
from msgspec.structs import replace

from ..errors import Conflict, Invalid, NotFound
from ..ids import new_id
from ..inventory import service as inventory
from ..inventory.service import CommitRequest
from ..mall import Mall
from ..storage import bulk, db
from . import queries, rules, transitions
from .actors import SYSTEM, Actor
from .asking import ask
from .queries import LineRow, OrderRow
from .refunds import Refund

log = structlog.get_logger(__name__)


class Shipped(Struct, frozen=True):
    """Units of one order line to be sent."""

    line_id: UUID
    quantity: int


@db.atomic
async def ship(
    mall: Mall,
    store_id: UUID,
    order_id: UUID,
    actor: Actor,
    *,
    carrier: str,
    tracking_number: str,
    units: Sequence[Shipped],
) -> UUID:
    """Send a parcel; without `units`, everything that is still to be sent. Returns the parcel's id.

    Raises NotFound, Conflict (`order_state`, `order_blocked`, `step_refused`, `units_not_to_ship`), Invalid.
    """
    order = await _locked(store_id, order_id)
    if order.state not in rules.SHIPPABLE:
        raise Conflict("Only a paid order can be sent.", code="order_state", state=order.state)
    lines = {line.id: line for line in await queries.lines([order_id]) if line.kind == "goods"}
    chosen = _chosen(units, lines)
    if order.state == "paid":
        await transitions.move(mall, "fulfil", [order_id], actor)
        order = replace(order, state="fulfilling")
    else:
        await transitions.require_unblocked("fulfil", [order_id])
        await ask(mall, "fulfil", [order_id])
    parcel_id = await _write_parcel(mall, order, chosen, carrier, tracking_number)
    await _log(mall, order, "shipped", actor, {"parcel_id": parcel_id, "carrier": carrier, "number": tracking_number})
    return parcel_id


async def _locked(store_id: UUID, order_id: UUID) -> OrderRow:
    order = await queries.lock_store_order(store_id, order_id)
    if order is None:
        raise NotFound("There is no such order in this store.", code="order_not_found")
    return order


def _chosen(units: Sequence[Shipped], lines: Mapping[UUID, LineRow]) -> dict[UUID, int]:
    open_units = {line.id: rules.Units(line.quantity, line.shipped, line.cancelled).to_ship for line in lines.values()}
    chosen = {unit.line_id: unit.quantity for unit in units} or {key: n for key, n in open_units.items() if n}
    if len(chosen) < len(units):
        raise Invalid("A line is named twice.", code="line_twice")
    if any(line_id not in lines for line_id in chosen):
        raise NotFound("There is no such line in this order.", code="line_not_found")
    if not chosen or any(count > open_units[line_id] for line_id, count in chosen.items()):
        raise Conflict("So many units are not waiting to be sent.", code="units_not_to_ship")
    return chosen


async def _write_parcel(
    mall: Mall, order: OrderRow, chosen: Mapping[UUID, int], carrier: str, tracking_number: str
) -> UUID:
    parcel_id, now = new_id(), mall.now()
    taken = await db.fetch_value(
        "INSERT INTO parcel (id, store_id, order_id, carrier, tracking_number, shipped_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (order_id, carrier, tracking_number) DO NOTHING RETURNING id",
        parcel_id, order.store_id, order.id, carrier, tracking_number, now,
    )  # fmt: skip
    if taken is None:
        raise Conflict("This parcel is on record already.", code="parcel_exists")
    commits = [
        CommitRequest(store_id=order.store_id, owner=line_id, cause=new_id(), quantity=count)
        for line_id, count in chosen.items()
    ]
    await bulk.insert("parcel_line", [_parcel_line(parcel_id, commit) for commit in commits])
    await _count_shipped(order.store_id, chosen)
    await inventory.commit(commits, now=now)
    return parcel_id


def _parcel_line(parcel_id: UUID, commit: CommitRequest) -> dict[str, object]:
    """The stock movement's cause is the parcel's line, so that a parcel takes its units once."""
    return {
        "id": commit.cause,
        "store_id": commit.store_id,
        "parcel_id": parcel_id,
        "line_id": commit.owner,
        "quantity": commit.quantity,
    }


async def _count_shipped(store_id: UUID, chosen: Mapping[UUID, int]) -> None:
    changed = await db.execute(
        "UPDATE order_line l SET shipped = l.shipped + n.count "
        "FROM unnest($2::uuid[], $3::int[]) AS n (id, count) "
        "WHERE l.id = n.id AND l.store_id = $1 AND l.quantity - l.shipped - l.cancelled >= n.count",
        store_id,
        list(chosen),
        list(chosen.values()),
    )
    if changed != len(chosen):
        raise Conflict("So many units are not waiting to be sent.", code="units_not_to_ship")


@db.atomic
async def receive(mall: Mall, order: OrderRow, actor: Actor, parcel_id: UUID | None = None) -> None:
    """Say that one parcel, or every parcel of the order, has arrived; arriving twice changes nothing.

    The order completes when nothing is left to send and every parcel has arrived.
    Raises NotFound (`parcel_not_found`), Conflict (`order_state`).
    """
    order = await _locked(order.store_id, order.id)
    if order.state not in ("fulfilling", "completed"):
        raise Conflict("Nothing of this order is on its way.", code="order_state", state=order.state)
    known = [parcel for parcel in await queries.parcels([order.id]) if parcel_id in (None, parcel.id)]
    if not known:
        raise NotFound("There is no such parcel in this order.", code="parcel_not_found")
    arrived = await db.execute(
        "UPDATE parcel SET received_at = $3 WHERE store_id = $1 AND id = ANY ($2::uuid[]) AND received_at IS NULL",
        order.store_id,
        [parcel.id for parcel in known],
        mall.now(),
    )
    if arrived:
        await _log(mall, order, "received", actor, {"parcel_id": parcel_id} if parcel_id else {})
    if order.state == "fulfilling" and await all_done(order):
        await transitions.move(mall, "complete", [order.id], actor)


@db.atomic
async def complete(mall: Mall, store_id: UUID, order_id: UUID, actor: Actor) -> None:
    """Staff close an order of which nothing is left to send. Raises NotFound, Conflict (`units_to_ship`)."""
    order = await _locked(store_id, order_id)
    if order.state == "completed":
        return
    if not await nothing_to_send(order):
        raise Conflict("Some units are still to be sent.", code="units_to_ship")
    await transitions.move(mall, "complete", [order_id], actor)


async def all_done(order: OrderRow) -> bool:
    """Nothing is left to send, and every parcel has arrived."""
    parcels = await queries.parcels([order.id])
    return await nothing_to_send(order) and all(parcel.received_at is not None for parcel in parcels)


async def nothing_to_send(order: OrderRow) -> bool:
    return not any(_to_ship(line) for line in await queries.lines([order.id]))


async def anything_sent(order: OrderRow) -> bool:
    return any(line.shipped for line in await queries.lines([order.id]))


async def note_refund(mall: Mall, order: OrderRow, actor: Actor, refund: Refund) -> None:
    """Write the refund into the order's history."""
    await _log(mall, order, "refunded", actor, {"refund_id": refund.id, "amount": refund.amount})


def _to_ship(line: LineRow) -> int:
    return rules.Units(line.quantity, line.shipped, line.cancelled).to_ship if line.kind == "goods" else 0


async def _log(mall: Mall, order: OrderRow, kind: str, actor: Actor, data: Mapping[str, object]) -> None:
    moved = transitions.Moved(
        id=order.id,
        store_id=order.store_id,
        account_id=order.account_id,
        checkout_id=order.checkout_id,
        number=order.number,
        was=order.state,
    )
    await transitions.record([moved], kind, order.state, actor, mall.now(), data)


_LONG_ON_THE_WAY = """
SELECT o.store_id, o.id FROM shop_order o
WHERE o.state = 'fulfilling'
  AND EXISTS (SELECT FROM parcel p WHERE p.order_id = o.id AND p.received_at IS NULL)
  AND NOT EXISTS (SELECT FROM parcel p WHERE p.order_id = o.id AND p.received_at IS NULL AND p.shipped_at > $1)
  AND NOT EXISTS (SELECT FROM order_block b WHERE b.order_id = o.id AND 'complete' = ANY (b.transitions))
ORDER BY o.id LIMIT 200
"""


async def receive_overdue(mall: Mall) -> int:
    """Take parcels as arrived that nobody confirmed within the setting `receive_ttl`; return how many orders."""
    due = await db.fetch(_LONG_ON_THE_WAY, mall.now() - timedelta(seconds=mall.settings.receive_ttl))
    return sum([await _receive_one(mall, record["store_id"], record["id"]) for record in due])


async def _receive_one(mall: Mall, store_id: UUID, order_id: UUID) -> bool:
    try:
        return await _receive_if_open(mall, store_id, order_id)
    except Conflict as problem:
        log.info("receiving_refused", order=str(order_id), code=problem.code)
        return False


@db.atomic
async def _receive_if_open(mall: Mall, store_id: UUID, order_id: UUID) -> bool:
    order = await _locked(store_id, order_id)
    if order.state == "fulfilling":
        await receive(mall, order, SYSTEM)
    return order.state == "fulfilling"
