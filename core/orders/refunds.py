"""Refunds of any lines and quantities, computed from what was frozen at placement and never spread anew.

Units of a line are refunded in order; each refund reads the same function of the line's balances, so all
refunds together return exactly what was paid, in whatever order and grouping (docs/pricing.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..errors import Conflict, Invalid, NotFound
from ..ids import new_id
from ..pricing.units import adjustment_shares, repay, units_worth
from ..storage import bulk, db
from . import queries, rules
from .actors import Actor
from .numbers import new_number
from .queries import AdjustmentRow, LineRow, OrderRow
from .tenders import TENDER, Repaid, repayments


class RefundUnits(Struct, frozen=True):
    """Units of one row (goods, shipping or fee) to be refunded."""

    line_id: UUID
    quantity: int


class Part(Struct, frozen=True, kw_only=True):
    """One row's part of a refund. `unsent` units were never shipped and go back to the shelf by themselves."""

    id: UUID
    line: LineRow
    quantity: int
    unsent: int
    amount: int
    shares: Sequence[int]

    @property
    def returned(self) -> int:
        return self.quantity - self.unsent


class Refund(Struct, frozen=True, kw_only=True):
    """A refund that was recorded. `money` goes back by the provider, `tenders` as what they were: see `repaid`."""

    id: UUID
    number: str
    amount: int
    money: int
    tenders: int
    parts: Sequence[Part]
    repaid: Sequence[Repaid]


async def record(
    order: OrderRow, units: Sequence[RefundUnits], actor: Actor, *, reason: str, restock: bool, now: datetime
) -> Refund:
    """Write a refund of a locked order; without `units`, of everything that is left.

    A paid order stays refundable whatever becomes of it: the shipping fee, after all its goods were refunded.

    Raises Conflict (`order_state`, `units_not_refundable`), Invalid (`line_twice`), NotFound (`line_not_found`).
    """
    if order.paid_at is None:
        raise Conflict("Only a paid order can be refunded.", code="order_state", state=order.state)
    lines = {line.id: line for line in await queries.lines([order.id])}
    parts = [_part(lines[line_id], count) for line_id, count in _chosen(units, lines).items()]
    refund = await _split(order, parts, now)
    await _write(order, refund, actor, reason, restock, now)
    await _count(order, refund)
    await _reverse(order, refund)
    return refund


async def nothing_left(order: OrderRow) -> bool:
    """Whether every unit of every row is refunded now."""
    left: int = await db.fetch_value(
        "SELECT count(*) FROM order_line WHERE order_id = $1 AND store_id = $2 AND refunded < quantity",
        order.id,
        order.store_id,
    )
    return left == 0


def _chosen(units: Sequence[RefundUnits], lines: Mapping[UUID, LineRow]) -> dict[UUID, int]:
    left = {line.id: line.quantity - line.refunded for line in lines.values()}
    chosen = {unit.line_id: unit.quantity for unit in units} or {key: n for key, n in left.items() if n}
    if len(chosen) < len(units):
        raise Invalid("A line is named twice.", code="line_twice")
    if any(line_id not in lines for line_id in chosen):
        raise NotFound("There is no such line in this order.", code="line_not_found")
    if not chosen or any(count > left[line_id] for line_id, count in chosen.items()):
        raise Conflict("So many units are not left to refund.", code="units_not_refundable")
    return chosen


def _part(line: LineRow, count: int) -> Part:
    worth = units_worth(line.balances, line.quantity, line.refunded, count)
    goods = line.kind == "goods"
    unsent = rules.split_refund(rules.Units(line.quantity, line.shipped, line.cancelled), count)[0] if goods else 0
    return Part(
        id=new_id(), line=line, quantity=count, unsent=unsent, amount=worth[-1], shares=adjustment_shares(worth)
    )


async def _split(order: OrderRow, parts: Sequence[Part], now: datetime) -> Refund:
    """Provider money first, then tenders, the last one used first."""
    earlier = await db.fetch_value(
        "SELECT COALESCE(sum(money), 0)::bigint FROM order_refund WHERE order_id = $1 AND store_id = $2",
        order.id,
        order.store_id,
    )
    tenders = await queries.tenders(order.store_id, order.id)
    amount = sum(part.amount for part in parts)
    split = repay(amount, order.due - earlier, [tender.left for tender in tenders])
    return Refund(
        id=new_id(),
        number=new_number(now),
        amount=amount,
        money=split.provider,
        tenders=amount - split.provider,
        parts=parts,
        repaid=repayments(tenders, split.tenders),
    )


async def _write(order: OrderRow, refund: Refund, actor: Actor, reason: str, restock: bool, now: datetime) -> None:
    settled = refund.money == 0
    await bulk.insert(
        "order_refund",
        [
            {
                "id": refund.id,
                "store_id": order.store_id,
                "order_id": order.id,
                "number": refund.number,
                "amount": refund.amount,
                "money": refund.money,
                "tenders": refund.tenders,
                "reason": reason,
                "restock": restock,
                "state": "settled" if settled else "pending",
                "actor": actor.kind,
                "actor_id": actor.id,
                "created_at": now,
                "settled_at": now if settled else None,
            }
        ],
    )
    await bulk.insert("refund_line", [_line_row(order, refund, part) for part in refund.parts])


def _line_row(order: OrderRow, refund: Refund, part: Part) -> dict[str, object]:
    return {
        "id": part.id,
        "store_id": order.store_id,
        "refund_id": refund.id,
        "line_id": part.line.id,
        "first": part.line.refunded,
        "quantity": part.quantity,
        "amount": part.amount,
    }


async def _count(order: OrderRow, refund: Refund) -> None:
    """Compare-and-set on every line and on the order: what is refunded twice at once is refunded once."""
    changed = await db.execute(
        "UPDATE order_line l SET refunded = l.refunded + n.count, cancelled = l.cancelled + n.unsent "
        "FROM unnest($2::uuid[], $3::int[], $4::int[], $5::int[]) AS n (id, count, unsent, before) "
        "WHERE l.id = n.id AND l.store_id = $1 AND l.refunded = n.before",
        order.store_id,
        [part.line.id for part in refund.parts],
        [part.quantity for part in refund.parts],
        [part.unsent for part in refund.parts],
        [part.line.refunded for part in refund.parts],
    )
    total = await db.execute(
        "UPDATE shop_order SET refunded = refunded + $3 WHERE id = $1 AND store_id = $2 AND refunded = $4",
        order.id,
        order.store_id,
        refund.amount,
        order.refunded,
    )
    if changed != len(refund.parts) or total != 1:
        raise Conflict("The order was refunded at the same time.", code="units_not_refundable")


async def _reverse(order: OrderRow, refund: Refund) -> None:
    """For each adjustment that these units carry, and each tender repaid, a row that takes that part of it back."""
    adjustments = {row.id: row for row in await queries.adjustments([order.id])}
    shares: dict[UUID, Mapping[UUID, int]] = {entry.adjustment_id: entry.parts for entry in refund.repaid}
    shares |= _shares(adjustments, await queries.allocations(list(adjustments)), refund.parts)
    reversals = [(new_id(), adjustments[key], parts) for key, parts in shares.items() if any(parts.values())]
    await bulk.insert("order_adjustment", [_reversal_row(order, refund, *entry) for entry in reversals])
    rows = [
        {"id": new_id(), "store_id": order.store_id, "adjustment_id": identity, "line_id": line_id, "amount": amount}
        for identity, _, parts in reversals
        for line_id, amount in parts.items()
    ]
    await bulk.insert("adjustment_allocation", rows)


def _shares(
    adjustments: Mapping[UUID, AdjustmentRow], allocations: Sequence[queries.AllocationRow], parts: Sequence[Part]
) -> dict[UUID, dict[UUID, int]]:
    """Signed amounts by adjustment and line: the i-th adjustment of a line made its balance i + 1."""
    touching: dict[UUID, list[UUID]] = defaultdict(list)
    for allocation in sorted(allocations, key=lambda row: adjustments[row.adjustment_id].sequence):
        if adjustments[allocation.adjustment_id].phase != TENDER:
            touching[allocation.line_id].append(allocation.adjustment_id)
    found: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for part in parts:
        for adjustment_id, share in zip(touching[part.line.id], part.shares, strict=True):
            found[adjustment_id][part.line.id] = -share
    return found


def _reversal_row(
    order: OrderRow, refund: Refund, identity: UUID, adjustment: AdjustmentRow, parts: Mapping[UUID, int]
) -> dict[str, object]:
    return {
        "id": identity,
        "store_id": order.store_id,
        "order_id": order.id,
        "refund_id": refund.id,
        "reverses": adjustment.id,
        "phase": adjustment.phase,
        "sequence": adjustment.sequence,
        "plugin": adjustment.plugin,
        "plugin_version": adjustment.plugin_version,
        "code": adjustment.code,
        "label": adjustment.label,
        "scope_store_id": adjustment.scope_store_id,
        "reference": adjustment.reference,
        "definition": adjustment.definition,
        "basis": 0,
        "amount": sum(parts.values()),
        "funder": adjustment.funder,
        "platform_share_ppm": adjustment.platform_share_ppm,
    }


async def settle(refund_id: UUID, state: str, now: datetime) -> bool:
    """pending -> settled (the money is back) or failed (the provider refused for good); False if it was not pending."""
    settled_at = now if state == "settled" else None
    return bool(
        await db.execute(
            "UPDATE order_refund SET state = $2, settled_at = $3 WHERE id = $1 AND state = 'pending'",
            refund_id,
            state,
            settled_at,
        )
    )
