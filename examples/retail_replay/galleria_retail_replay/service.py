"""Keeping what receipts say, and using each receipt once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from galleria.core.plugin_api import Conflict, Context, Invalid, OrderSnapshot, Refusal, db, text_of

from . import queries, rules
from .rules import Key
from .schemas import ReceiptLineBody

_USED = {"zh-CN": "这张小票已经买过。", "en": "This receipt was bought already."}


async def keep(store_id: UUID, rows: Sequence[ReceiptLineBody], now: datetime) -> int:
    """Keep lines of receipts; return how many were not there yet. Sending the same again changes nothing.

    Raises Invalid (`receipt_line_twice`, `receipt_line_below_zero`) and Conflict (`receipt_line_differs`) when a
    line is there already and says something else; nothing is written then.
    """
    wanted = _by_key(rows)
    _require_worth(rows)
    return await _keep(store_id, wanted, now)


@db.atomic
async def _keep(store_id: UUID, wanted: Mapping[Key, ReceiptLineBody], now: datetime) -> int:
    added = await queries.add(store_id, list(wanted.values()), now)
    if added < len(wanted):
        kept = await queries.lines(store_id, wanted)
        differing = [row for row in kept if wanted[row.receipt, row.line] != row]
        if differing:
            raise Conflict(
                "Receipts do not change: some lines are here already, and say something else.",
                code="receipt_line_differs",
                errors=[_error(row, "differs") for row in differing[:20]],
            )
    return added


def _by_key(rows: Sequence[ReceiptLineBody]) -> dict[Key, ReceiptLineBody]:
    found: dict[Key, ReceiptLineBody] = {}
    for row in rows:
        if found.setdefault((row.receipt, row.line), row) is not row:
            raise Invalid("A line is sent twice.", code="receipt_line_twice", errors=[_error(row, "twice")])
    return found


def _require_worth(rows: Sequence[ReceiptLineBody]) -> None:
    below = [row for row in rows if rules.worth(row) < 0]
    if below:
        raise Invalid(
            "Discounts of a line are larger than the line.",
            code="receipt_line_below_zero",
            errors=[_error(row, "below_zero") for row in below[:20]],
        )


def _error(row: ReceiptLineBody, code: str) -> dict[str, str]:
    return {"path": "lines", "code": code, "detail": f"{row.receipt}:{row.line}"}


async def claim(ctx: Context, store_id: UUID, orders: Sequence[OrderSnapshot]) -> dict[UUID, Refusal]:
    """Use up the receipts of these orders; refuse an order of which another one was faster."""
    wanted = {receipt for order in orders for receipt in rules.receipts_of(order)}
    taken, lacking = rules.share_out(orders, await queries.lock_free(store_id, wanted))
    if await queries.take(store_id, taken, ctx.now) < len(taken):
        raise RuntimeError("a receipt that was locked is not free any more")
    detail = text_of(_USED, ctx.locale)
    return {
        order_id: Refusal(code="receipt_used", detail=detail, params={"receipts": sorted(receipts)})
        for order_id, receipts in lacking.items()
    }
