"""Placing: from baskets to orders, all or nothing for each checkout, any number of them in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from uuid import UUID

from msgspec import Struct, to_builtins

from ..cart import queries as cart_queries
from ..cart import service as carts
from ..catalog import queries as catalog
from ..dispatch.failures import refusal_for
from ..errors import Conflict, GalleriaError, Invalid, Problem
from ..ids import new_id
from ..inventory import service as inventory
from ..mall import Mall
from ..orders import participants
from ..orders import placing as orders
from ..orders.numbers import new_number
from ..orders.participants import Participant
from ..payments import service as payments
from ..payments.service import OpenPayment
from ..plugins import queries as plugins
from ..pricing.service import SHIPPING, Priced
from ..pricing.views import refused_error
from ..storage import bulk, db
from ..storage.outbox import Fact
from ..stores import queries as stores
from ..stores.queries import StoreRow
from ..types import Money
from . import views
from .basket import Basket, method_of, price_basket
from .claiming import Round
from .drafts import Draft, Makers, draft
from .settling import pay_orders

_MAKERS = Makers(new_id, new_number)


class PlaceRequest(Struct, frozen=True, kw_only=True):
    """What one buyer wants to place, and the total that was shown to them."""

    account_id: UUID
    basket: Basket
    expected_total: Money
    remarks: Mapping[UUID, str]
    locale: str


async def prepare(mall: Mall, request: PlaceRequest) -> Draft:
    """Price once more and lay out the orders, outside any transaction.

    Raises Conflict (`lines_unavailable`, `check_refused`, `total_changed`, each with the new quote), Invalid
    (`address_required`), PluginUnavailable.
    """
    priced = await price_basket(mall, request.basket, request.account_id, request.locale)
    _require_available(priced)
    _require_plugins(priced)
    _require_total(priced, request.expected_total)
    _require_address(priced, request.basket)
    _require_remarks(priced, request.remarks)
    now = mall.now()
    return draft(
        priced,
        request.basket,
        request.account_id,
        request.remarks,
        now=now,
        ttl=mall.settings.payment_ttl,
        make=_MAKERS,
    )


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
    refused: dict[UUID, Problem] = await _changed_carts(drafts)
    refused |= await _stale(drafts)
    refused |= await _changed_stores(drafts)
    refused |= await _changed_plugins(mall, drafts)
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


async def _changed_carts(drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    """A cart is bought once, as it was when it was priced."""
    versions = await cart_queries.lock([entry.basket.cart_id for entry in drafts if entry.basket.cart_id])
    return {
        entry.id: Conflict("The cart has changed just now; look at it again.", code="cart_changed")
        for entry in drafts
        if entry.basket.cart_id and versions.pop(entry.basket.cart_id, None) != entry.basket.cart_version
    }


async def _changed_stores(drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    """A store that has closed, or sends or taxes at other terms than were priced, sells nothing on the old ones."""
    now = await stores.stores_by_ids(list({store.id for entry in drafts for store in entry.stores}))
    return {
        entry.id: Conflict("A store has changed its terms just now; look at the new total.", code="store_changed")
        for entry in drafts
        if any(store.id not in now or _terms(now[store.id]) != _terms(store) for store in entry.stores)
    }


def _terms(store: StoreRow) -> tuple[object, ...]:
    return store.state, store.shipping_fee, store.tax_rate_ppm, store.default_location_id


async def _changed_plugins(mall: Mall, drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    """What was priced by plugins, settings or rules that have changed since is priced anew."""
    now = await plugins.places_of(list({store.id for entry in drafts for store in entry.stores}))
    changed: dict[UUID, Problem] = {
        entry.id: Conflict("An offer has changed just now; look at the new total.", code="offers_changed")
        for entry in drafts
        if any(now.get(place, 0) != revision for place, revision in entry.revisions.items())
    }
    if changed:
        await mall.plugins.states.forget()
    return changed


async def _stale(drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    changed = await catalog.changed_prices([pair for entry in drafts for pair in entry.prices])
    return {
        entry.id: Conflict("A price has changed just now; look at the new total.", code="price_changed")
        for entry in drafts
        if any(sku_id in changed for sku_id, _ in entry.prices)
    }


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


def _require_available(priced: Priced) -> None:
    if priced.unavailable or not priced.quote.lines:
        errors = [
            {"path": line.line_id, "code": line.reason, "detail": "", "available": line.available}
            for line in priced.unavailable
        ]
        raise Conflict(
            "Some of this cannot be sold now.", code="lines_unavailable", errors=errors, quote=_quote(priced)
        )


def _require_plugins(priced: Priced) -> None:
    """Raises PluginUnavailable where one that has a say has failed, Conflict (`check_refused`) where one refuses."""
    for failure in priced.failures:
        raise refusal_for(failure)
    if priced.refused:
        errors = [refused_error(each) for each in priced.refused]
        raise Conflict(errors[0]["detail"], code="check_refused", errors=errors, quote=_quote(priced))


def _require_total(priced: Priced, expected: Money) -> None:
    if Money(priced.quote.totals.total, priced.quote.currency) != expected:
        raise Conflict("The total is another one than was shown.", code="total_changed", quote=_quote(priced))


def _require_address(priced: Priced, basket: Basket) -> None:
    sent = any(method_of(basket, totals.store_id).method == SHIPPING for totals in priced.quote.stores)
    if sent and basket.address is None:
        raise Invalid(
            "Goods that are sent need an address.",
            code="address_required",
            errors=[{"path": "address_id", "code": "required", "detail": ""}],
        )


def _require_remarks(priced: Priced, remarks: Mapping[UUID, str]) -> None:
    strangers = remarks.keys() - {totals.store_id for totals in priced.quote.stores}
    if strangers:
        errors = [
            {"path": "remarks", "code": "unknown_store", "detail": str(store_id)} for store_id in sorted(strangers)
        ]
        raise Invalid("A remark is for a store that nothing is bought from.", code="remark_misses", errors=errors)


def _quote(priced: Priced) -> object:
    return to_builtins(views.quote_view(priced))
