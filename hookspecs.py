"""Every hook of Galleria: the contract between core and plugins, grouped by the moment of the call.

`docs/hooks.md` has a section for each; a test compares the two. All hooks take `ctx` first. Startup hooks are plain
functions, the others are coroutine functions; an implementation may leave out arguments that it does not need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import pluggy

from .core.dispatch.context import Context
from .core.plugins.registration import Permission, Routes, StartupContext
from .core.providers import PaymentProvider
from .core.snapshots import OrderFact, OrderSnapshot, RefundFact, Refusal
from .core.storage.invariants import Invariant
from .core.types import Offer, Parcel, PricedLine, PriceRequest, ShippingQuote, TaxRow, Totals

PROJECT = "galleria"
VERSIONS = {"startup": 1, "pricing": 1, "checkout": 1, "orders": 1}
"""The version of each group of hooks; a plugin's `requires` is checked against it at load."""

hookimpl = pluggy.HookimplMarker(PROJECT)
_pluggy_spec = pluggy.HookspecMarker(PROJECT)

F = TypeVar("F", bound=Callable[..., Any])


class Kind(StrEnum):
    """When a hook is called and what its failure means (docs/hooks.md)."""

    STARTUP = "startup"
    PROPOSAL = "proposal"
    CHECK = "check"
    CLAIM = "claim"
    FACT = "fact"


def spec(kind: Kind, group: str) -> Callable[[F], F]:
    """Mark a hook specification; say its kind, and the group whose version a plugin requires to implement it."""

    def mark(function: F) -> F:
        function.kind = kind  # type: ignore[attr-defined]  # read by the manager and by the documentation's test
        function.group = group  # type: ignore[attr-defined]
        return _pluggy_spec(function)

    return mark


# Startup: once, while the process starts.


@spec(Kind.STARTUP, "startup")
def register_routes(ctx: StartupContext) -> Routes:  # type: ignore[empty-body]
    """Add HTTP routes. Called once, while the application is built.

    Each handler states its access policy (`access=`). A handler that clashes with another one stops the
    start, and the message names both plugins.

    Example: `return Routes(mall=[pay_page, confirm])`
    """


@spec(Kind.STARTUP, "startup")
def register_tables(ctx: StartupContext) -> str:  # type: ignore[empty-body]
    """Name the plugin's Piccolo app, as a module path. Called once, before migrations run.

    The app bears the plugin's name; table names begin with it; each table has `store_id` or the tag `mall`;
    migrations are named `<plugin>_<number>`.

    Example: `return "galleria_sandbox_pay.piccolo_app"`
    """


@spec(Kind.STARTUP, "startup")
def register_payment_providers(ctx: StartupContext) -> Sequence[PaymentProvider]:  # type: ignore[empty-body]
    """Add ways to pay. Called once, while the application is built; two providers of one code stop the start.

    Return [] where the plugin is installed but must not offer payment (a sandbox in production).

    Example: `return [SandboxProvider(ctx)] if not ctx.settings.production else []`
    """


@spec(Kind.STARTUP, "startup")
def register_permissions(ctx: StartupContext) -> Sequence[Permission]:  # type: ignore[empty-body]
    """Add permissions that a store's owner can give to staff. Called once, while the application is built.

    A code is `<plugin>.<word>`; handlers use it as `access=staff("<plugin>.<word>")`. An owner has all of them.

    Example: `return [Permission(code="coupons.issue", label={"zh-CN": "发券", "en": "Issue coupons"})]`
    """


@spec(Kind.STARTUP, "startup")
def register_invariants(ctx: StartupContext) -> Sequence[Invariant]:  # type: ignore[empty-body]
    """Add statements that must return no row, whatever happens. Called once; `galleria check` runs them all.

    They may read core's tables, and write nothing.

    Example: `return [Invariant("no coupon is used twice", "SELECT ... HAVING count(*) > 1")]`
    """


# Pricing: proposals, on each quote. They read, and never write: their connections cannot.


@spec(Kind.PROPOSAL, "pricing")
async def propose_offers(ctx: Context, request: PriceRequest) -> Sequence[Offer]:  # type: ignore[empty-body]
    """Offer price changes for a checkout. Called once a quote and place: with a store's lines where the plugin is on in
    the store (`ctx.store_id`), and with all lines where it is on for the mall (`ctx.store_id` None).

    `request.asks` are the buyer's asks of this plugin in this place. Return [] when nothing applies. An offer
    is a proposal: core chooses which combination applies, so never assume that yours, or another's, is used.
    `plugin` and `store_id` of an offer are filled in. A failing plugin's offers are dropped, which the trace
    and the operator are told; a price that was shown stays what is charged, or the order is refused.

    Example: `return [rules.offer_for(coupon) for coupon in await queries.asked(ctx, request)]`
    """


@spec(Kind.PROPOSAL, "pricing")
async def quote_shipping(ctx: Context, parcels: Sequence[Parcel]) -> Sequence[ShippingQuote]:  # type: ignore[empty-body]
    """Price the sending of parcels. Called once a quote and place, after goods are priced, with one parcel a store.

    Leave out a parcel that is not yours to price. A store's own plugins go before the mall's; of several
    quotes the cheapest counts, then the first by plugin and code. Without any, the store's flat fee counts.
    `plugin` of a quote is filled in. While a plugin fails here, nothing can be ordered from that place.

    Example: `return [ShippingQuote(store_id=p.store_id, amount=800, code="flat", label="运费") for p in parcels]`
    """


@spec(Kind.PROPOSAL, "pricing")
async def quote_tax(ctx: Context, bases: Sequence[PricedLine]) -> Sequence[TaxRow]:  # type: ignore[empty-body]
    """Say what tax lies on rows. Called once a quote and place, when goods, shipping and fees are priced.

    The rows are those of the place, at their running amounts. Several taxes on a row add up. A row that no
    plugin taxes has the store's own tax. `plugin` is filled in. While a plugin fails here, nothing can be ordered.

    Example: `return [TaxRow(line_id=b.id, rate_ppm=60_000, included=False, code="vat", label="VAT") for b in bases]`
    """


# Checks and claims: around an order's placing and its transitions.


@spec(Kind.CHECK, "checkout")
async def check_cart(ctx: Context, request: PriceRequest, totals: Totals) -> Sequence[Refusal]:  # type: ignore[empty-body]
    """Say why this cannot be bought. Called when a cart or a quote is shown, and before an order is placed.

    `request` and `totals` are those of the place: a store's lines, or all. Return [] when it may be bought.
    What is shown is a hint to the buyer; when placing, any refusal refuses the checkout (409 `check_refused`).
    It reads and never writes: a limit that must hold against others is a claim. A failing check refuses.

    Example: `return [Refusal(code="minimum_order", detail="起订 50 元")] if totals.goods < 5000 else []`
    """


@spec(Kind.CHECK, "orders")
async def check_transition(  # type: ignore[empty-body]
    ctx: Context, transition: str, orders: Sequence[OrderSnapshot]
) -> Mapping[UUID, Refusal]:
    """Say which orders must not take a step. Called before `fulfil` (each parcel), `complete`, `cancel` and `refund`.

    It is asked whoever takes the step, and never about `pay`, nor about the expiry of an unpaid order. Return the
    refusals by order id. It reads and never writes; it sees what was committed before the step. A failing check
    refuses the step.

    Example: `return {order.id: Refusal(code="review", detail="待审核") for order in orders if await waits(order.id)}`
    """


@spec(Kind.CLAIM, "checkout")
async def claim_orders(ctx: Context, orders: Sequence[OrderSnapshot]) -> Mapping[UUID, Refusal]:  # type: ignore[empty-body]
    """Take what these orders use up: coupons, quota. Called inside the placing transaction, before stock is held.

    The orders are those of the place that carry the plugin's adjustments, or, if the plugin says
    `takes_part="every"`, all; they may be of one checkout or of five hundred, in order of arrival. Decide by
    compare-and-set, write the plugin's own tables only, and nothing for an order that is refused. A refusal
    refuses its whole checkout (409 `claim_refused`). What is raised, and a time-out, refuses too.
    For the mall (`ctx.store_id` None), orders of one checkout share its adjustments: see `checkout_id`.

    Example: `return await coupons.hold(ctx, orders)`
    """


# Facts: after commit, from the outbox, in order for each order. Told until done; they never undo the fact.


@spec(Kind.FACT, "orders")
async def after_order_placed(ctx: Context, fact: OrderFact) -> None:
    """Learn that an order was placed. Called after the commit, for plugins that took part in the order.

    A plugin takes part when the order carries its adjustments, or, if it says `takes_part="every"`, where it
    was on. It is told of the order for good, also when it is draining or off; while its package is missing,
    facts wait. It may write its own tables, in the transaction of the delivery, and may be told again: be
    idempotent. What is raised is tried again with growing pauses, then parked for the operator.

    Example: `await alerts.low_stock(ctx, [line.sku_id for line in fact.order.lines])`
    """


@spec(Kind.FACT, "orders")
async def after_order_paid(ctx: Context, fact: OrderFact) -> None:
    """Learn that an order is paid. Called after the commit, as `after_order_placed` is.

    Example: `await queries.mark_used(ctx.store_id, fact.order.id)`
    """


@spec(Kind.FACT, "orders")
async def after_order_cancelled(ctx: Context, fact: OrderFact) -> None:
    """Learn that an order was cancelled: by somebody, by its expiry, or since all of it was refunded unsent.

    Called after the commit, as `after_order_placed` is. `fact.reason` says why.

    Example: `await queries.give_back(ctx.store_id, fact.order.id)`
    """


@spec(Kind.FACT, "orders")
async def after_refund(ctx: Context, fact: RefundFact) -> None:
    """Learn that units of an order were refunded. Called after the commit, as `after_order_placed` is.

    `fact.tenders` are the plugin's own tenders that go back to the buyer: credit them, once per `refund_id`.

    Example: `if fact.whole: await queries.give_back(ctx.store_id, fact.order.id)`
    """
