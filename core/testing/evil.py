"""A pack of plugins that do what plugins must not do, to show that the mall stands it. Never to be installed.

Each is a set of hooks by name, for one moment: `PROPOSALS` spoil a quote, `QUOTES` shipping and tax, `CHECKS` and
`CLAIMS` an order. `ROBBERS` commit what core has written so far, and are found out. `HARMLESS` ones among the claims
must not stand in the way of an order.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from ...hookspecs import hookimpl
from ..snapshots import Refusal
from ..storage import db
from ..types import Amount, Offer, Per, Percent, Phase, PriceLine, ShippingQuote, TaxRow

Hooks = Mapping[str, Callable[..., Any]]


def _offer(effect: Any, **more: Any) -> Offer:
    fields: dict[str, Any] = {"code": "evil", "label": "evil", "offer_class": "activity", "phase": Phase.ORDER_DISCOUNT}
    return Offer(**{**fields, "effect": effect, **more})


async def _raise(error: BaseException) -> Any:
    raise error


async def _hang() -> Any:
    await asyncio.Event().wait()


async def _hang_on() -> Any:
    """Swallow every cancellation for three seconds."""
    ends = asyncio.get_running_loop().time() + 3
    while asyncio.get_running_loop().time() < ends:
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            continue
    return []


async def _give_up() -> Any:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  hooks run in tasks
    task.cancel()
    await asyncio.sleep(1)


def _recurse() -> Any:
    return _recurse()


async def _recursing() -> Any:
    return _recurse()


async def _write() -> Any:
    await db.execute("UPDATE sku SET price = 1")
    return []


@db.atomic
async def _write_inside() -> Any:
    return await _write()


async def _leave_tasks() -> Any:
    for _ in range(20):
        asyncio.get_running_loop().create_task(_later())
    return []


async def _later() -> None:
    await asyncio.sleep(0.05)
    await db.execute("UPDATE sku SET price = 1")


async def _spoil(request: Any) -> Any:
    for line in request.lines:
        PriceLine.list_price.__set__(line, 0)  # type: ignore[attr-defined]  # a way round frozen fields
        PriceLine.quantity.__set__(line, 1)  # type: ignore[attr-defined]
        line.extra.clear()
    if request.destination:
        request.destination.clear()
    return []


class _Trap(Offer, frozen=True, kw_only=True):
    """It looks like an offer, and is none."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("trap")


def _proposing(answer: Callable[[Any], Any]) -> Hooks:
    @hookimpl
    async def propose_offers(request: Any) -> Any:
        found = answer(request)
        return await found if asyncio.iscoroutine(found) else found

    return {"propose_offers": propose_offers}


def _strangers_lines(_: Any) -> Any:
    return [_offer(Percent(1_000_000), benefit=(str(uuid4()), "shipping:1"), qualify=("nothing",))]


PROPOSALS: dict[str, Hooks] = {
    "raises": _proposing(lambda _: _raise(RuntimeError("evil"))),
    "exits": _proposing(lambda _: _raise(SystemExit(3))),
    "interrupts": _proposing(lambda _: _raise(KeyboardInterrupt())),
    "stops iteration": _proposing(lambda _: _raise(StopAsyncIteration())),
    "raises a group": _proposing(lambda _: _raise(BaseExceptionGroup("evil", [SystemExit(1), ValueError()]))),
    "cancels itself": _proposing(lambda _: _give_up()),
    "hangs": _proposing(lambda _: _hang()),
    "hangs and cannot be cancelled": _proposing(lambda _: _hang_on()),
    "recurses without end": _proposing(lambda _: _recursing()),
    "answers nothing": _proposing(lambda _: None),
    "answers a text": _proposing(lambda _: "free"),
    "answers a mapping": _proposing(lambda _: {"price": 0}),
    "answers other values": _proposing(lambda _: [1, None, {}]),
    "answers a generator": _proposing(lambda _: (_offer(Percent(1)) for _ in iter(int, 1))),
    "answers a subclass with a trap": _proposing(
        lambda _: [_Trap(code="x", label="x", offer_class="x", phase=Phase.ORDER_DISCOUNT, effect=Percent(1_000_000))]
    ),
    "answers too much": _proposing(lambda _: [_offer(Percent(1), code=str(i)) for i in range(100_000)]),
    "takes not a number off": _proposing(lambda _: [_offer(Amount(math.nan, Per.ONCE))]),  # type: ignore[arg-type]
    "takes infinitely much off": _proposing(lambda _: [_offer(Amount(math.inf, Per.ONCE))]),  # type: ignore[arg-type]
    "takes a negative amount off": _proposing(lambda _: [_offer(Amount(-5000, Per.ONCE))]),
    "takes more than all off": _proposing(lambda _: [_offer(Percent(2_000_000))]),
    "caps below zero": _proposing(lambda _: [_offer(Percent(1_000_000), cap=-1)]),
    "names no effect": _proposing(lambda _: [_offer(None)]),
    "names a phase that takes no offers": _proposing(lambda _: [_offer(Percent(1_000_000), phase=Phase.TAX)]),
    "names a phase that is none": _proposing(lambda _: [_offer(Percent(1_000_000), phase=99)]),
    "offers one thing twice": _proposing(lambda _: [_offer(Percent(1_000_000)), _offer(Percent(1_000_000))]),
    "names the lines of strangers": _proposing(_strangers_lines),
    "raises the price of a unit": _proposing(
        lambda _: [_offer(Amount(-1, Per.UNIT), phase=Phase.UNIT_PRICE)],
    ),
    "spoils its arguments": _proposing(_spoil),
    "writes": _proposing(lambda _: _write()),
    "writes in a transaction of its own": _proposing(lambda _: _write_inside()),
    "leaves tasks that write": _proposing(lambda _: _leave_tasks()),
}


def _quoting(hook: str, make: Callable[[Any], Any]) -> Hooks:
    @hookimpl
    async def quote_shipping(parcels: Any) -> Any:
        return make(parcels)

    @hookimpl
    async def quote_tax(bases: Any) -> Any:
        return make(bases)

    return {hook: quote_shipping if hook == "quote_shipping" else quote_tax}


def _shipping(amount: Any, **more: Any) -> Callable[[Any], Any]:
    def make(parcels: Any) -> Any:
        fields = {"store_id": parcels[0].store_id, "code": "evil", "label": "evil", **more}
        return [ShippingQuote(amount=amount, **fields)]

    return make


def _tax(rate: Any, **more: Any) -> Callable[[Any], Any]:
    def make(bases: Any) -> Any:
        fields = {"line_id": bases[0].id, "included": False, "code": "evil", "label": "evil", **more}
        return [TaxRow(rate_ppm=rate, **fields)]

    return make


QUOTES: dict[str, Hooks] = {
    "ships below zero": _quoting("quote_shipping", _shipping(-800)),
    "ships for not a number": _quoting("quote_shipping", _shipping(math.nan)),
    "ships for a fraction": _quoting("quote_shipping", _shipping(0.5)),
    "ships for more than there is": _quoting("quote_shipping", _shipping(10**40)),
    "ships for another store": _quoting("quote_shipping", _shipping(0, store_id=uuid4())),
    "ships twice": _quoting("quote_shipping", lambda parcels: _shipping(0)(parcels) * 2),
    "ships without a label": _quoting("quote_shipping", _shipping(0, label="")),
    "taxes below zero": _quoting("quote_tax", _tax(-100_000)),
    "taxes not a number": _quoting("quote_tax", _tax(math.nan)),
    "taxes a row that is not there": _quoting("quote_tax", _tax(0, line_id="nothing")),
    "taxes a thousandfold": _quoting("quote_tax", _tax(10**9)),
}


def _checking(answer: Callable[[], Any]) -> Hooks:
    @hookimpl
    async def check_cart() -> Any:
        found = answer()
        return await found if asyncio.iscoroutine(found) else found

    return {"check_cart": check_cart}


CHECKS: dict[str, Hooks] = {
    "fails to check": _checking(lambda: _raise(RuntimeError("evil"))),
    "never ends checking": _checking(_hang),
    "checks with a word": _checking(lambda: "no"),
    "refuses without a code": _checking(lambda: [Refusal(code="", detail="")]),
    "refuses with what has no encoding": _checking(
        lambda: [Refusal(code="x", detail="x", params={"at": object()})],
    ),
    "writes while checking": _checking(_write),
}


def _claiming(answer: Callable[[Any], Any]) -> Hooks:
    @hookimpl
    async def claim_orders(orders: Any) -> Any:
        found = answer(orders)
        return await found if asyncio.iscoroutine(found) else found

    return {"claim_orders": claim_orders}


async def _remember(word: str) -> None:
    await db.execute("INSERT INTO evil_memory (word) VALUES ($1)", word)


async def _raise_after_writing(_: Any) -> Any:
    await _remember("raised")
    raise RuntimeError("evil")


async def _hang_after_writing(_: Any) -> Any:
    await _remember("hung")
    await _hang()


async def _abort(_: Any) -> Any:
    await _remember("aborted")
    try:
        await db.execute("SELECT 1 / 0")
    except Exception:
        return {}
    return {}


def _control(statement: str) -> Callable[[Any], Any]:
    async def answer(_: Any) -> Any:
        await _remember(statement)
        await db.execute(statement)
        return {}

    return answer


async def _end_in_disguise(_: Any) -> Any:
    await _remember("disguised")
    await db.execute("/* nothing */ COMMIT")
    return {}


async def _begin_anew(_: Any) -> Any:
    await db.execute("/* nothing */ ROLLBACK")
    await db.execute("/* nothing */ BEGIN")
    await _remember("anew")
    return {}


async def _refuse_after_writing(orders: Any) -> Any:
    await _remember("refused")
    return {order.id: Refusal(code="no", detail="no") for order in orders}


async def _gather(_: Any) -> Any:
    await asyncio.gather(_remember("gathered"), _remember("gathered"))
    return {}


async def _leave_writers(_: Any) -> Any:
    async def later() -> None:
        await asyncio.sleep(0.02)
        await _remember("left behind")

    for _one in range(20):
        asyncio.get_running_loop().create_task(later())
    return {}


async def _rob(*statements: str) -> Any:
    """Go round core's functions, straight to the connection."""
    async with db.connection() as link:
        for statement in statements:
            await link.execute(statement)
    return {}


CLAIMS: dict[str, Hooks] = {
    "raises": _claiming(_raise_after_writing),
    "hangs": _claiming(_hang_after_writing),
    "hangs and cannot be cancelled": _claiming(lambda _: _hang_on()),
    "exits": _claiming(lambda _: _raise(SystemExit(3))),
    "cancels itself": _claiming(lambda _: _give_up()),
    "aborts the transaction": _claiming(_abort),
    "commits": _claiming(_control("COMMIT")),
    "rolls back": _claiming(_control("ROLLBACK")),
    "changes the session": _claiming(_control("SET search_path TO nowhere")),
    "commits in disguise": _claiming(_end_in_disguise),
    "begins anew": _claiming(_begin_anew),
    "commits among others": _claiming(_control("SELECT 1; COMMIT")),
    "rolls back on the connection": _claiming(lambda _: _rob("ROLLBACK")),
    "begins anew on the connection": _claiming(lambda _: _rob("ROLLBACK", "BEGIN")),
    "refuses after writing": _claiming(_refuse_after_writing),
    "refuses an order that is not there": _claiming(lambda _: {uuid4(): Refusal(code="no", detail="no")}),
    "answers a word": _claiming(lambda _: "no"),
    "refuses with nothing": _claiming(lambda orders: {order.id: None for order in orders}),
    "gathers inside": _claiming(_gather),
}
ROBBERS: dict[str, Hooks] = {
    "commits on the connection": _claiming(lambda _: _rob("COMMIT")),
    "commits and begins on the connection": _claiming(lambda _: _rob("COMMIT", "BEGIN")),
}
HARMLESS: dict[str, Hooks] = {
    "leaves tasks that write": _claiming(_leave_writers),
}
