"""Limits, alerts and reviews, for the store's staff."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from galleria.core.plugin_api import (
    Caller,
    Mall,
    Page,
    StoreRow,
    cursors,
    idempotent,
    required_version,
    staff,
    version_tag,
)
from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from msgspec.structs import asdict

from . import alerts, keeping, queries, reviews, views
from .keeping import PLUGIN, NewLimit
from .schemas import LowStockAlert, LowStockStanding, OrderReview, PurchaseLimit, PurchaseLimitBody, PurchaseLimitEdit
from .settings import PurchaseRules

MANAGE = staff("purchase_rules.manage")
RELEASE = staff("purchase_rules.release")

Limit = Annotated[int, QueryParameter(ge=1, le=cursors.MAX_LIMIT)]
Cursor = Annotated[str | None, QueryParameter(max_length=400)]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


def _versioned(row: queries.LimitRow) -> Response[PurchaseLimit]:
    return Response(views.limit(row), headers={"ETag": version_tag(row.version)})


@get("/limits", access=MANAGE)
async def list_limits(
    store: NamedDependency[StoreRow], limit: Limit = cursors.DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[PurchaseLimit]:
    """The limits that are in force, the oldest first."""
    found = await queries.limit_page(store.id, after=cursors.decode(cursor, UUID), limit=limit)
    return cursors.page(found, limit, lambda row: row.id, views.limit)


@post("/limits", access=MANAGE)
@idempotent
async def create_limit(
    request: Request[Any, Any, Any],  # noqa: ARG001  `idempotent` reads it
    data: JSONBody[PurchaseLimitBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],  # noqa: ARG001  `idempotent` reads it
    store: NamedDependency[StoreRow],
) -> PurchaseLimit:
    """Limit a SKU or a product from now on. 409 `purchase_rules_limit_exists`; 422 `purchase_rules_target`."""
    return views.limit(await keeping.create(mall, store.id, NewLimit(**asdict(data))))


@get("/limits/{limit:uuid}", access=MANAGE)
async def get_limit(store: NamedDependency[StoreRow], limit: FromPath[UUID]) -> Response[PurchaseLimit]:
    """One limit; its ETag is what a change sends as If-Match. 404 `purchase_rules_limit_not_found`."""
    return _versioned(await keeping.known(store.id, limit))


@put("/limits/{limit:uuid}", access=MANAGE)
async def edit_limit(
    data: JSONBody[PurchaseLimitEdit],
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    limit: FromPath[UUID],
    if_match: IfMatch = None,
) -> Response[PurchaseLimit]:
    """Allow more or less; what was bought stays counted. Needs If-Match. 412 when somebody else was faster."""
    version = required_version(if_match)
    return _versioned(await keeping.edit(mall, store.id, limit, version, data.quantity))


@delete("/limits/{limit:uuid}", access=MANAGE)
async def remove_limit(
    mall: NamedDependency[Mall], store: NamedDependency[StoreRow], limit: FromPath[UUID], if_match: IfMatch = None
) -> None:
    """Take a limit away. Needs If-Match. A limit that is made anew counts from nothing."""
    await keeping.remove(mall, store.id, limit, required_version(if_match))


@get("/alerts", access=MANAGE)
async def list_alerts(
    store: NamedDependency[StoreRow], limit: Limit = cursors.DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[LowStockStanding]:
    """SKUs whose stock is low, by SKU. One of which there is more again is left out, so a page may be short."""
    found = await alerts.page(store, after=cursors.decode(cursor, UUID), limit=limit)
    page = cursors.page(found, limit, lambda each: each.alert.sku_id, views.standing)
    page.items = [item for item in page.items if item.available_now <= item.low_at]
    return page


@post("/alerts/{sku_id:uuid}/acknowledge", access=MANAGE, status_code=200)
async def acknowledge_alert(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
    sku_id: FromPath[UUID],
) -> LowStockAlert:
    """Close the alert of a SKU; the next order that leaves it low raises another. 404 without an open one."""
    return views.alert(await alerts.acknowledge(store.id, sku_id, by=caller.shopper_id, now=mall.now()))


@get("/reviews", access=RELEASE)
async def list_reviews(
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[OrderReview]:
    """The orders that wait for a release, the oldest first; paid or not."""
    settings, after = await _settings(mall, store), cursors.decode(cursor, UUID)
    if settings.review_above is None:
        return Page(items=[])
    found = await queries.waiting_page(store.id, least=settings.review_above, after=after, limit=limit)
    return cursors.page(found, limit, lambda row: row.order_id, views.review)


@post("/reviews/{order_id:uuid}/release", access=RELEASE, status_code=200)
async def release_order(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
    order_id: FromPath[UUID],
) -> OrderReview:
    """Let an order be sent; again changes nothing.

    404 `order_not_found`; 409 `purchase_rules_review_not_needed`, `purchase_rules_order_cancelled`.
    """
    least = (await _settings(mall, store)).review_above
    return views.review(await reviews.release(store.id, order_id, least=least, by=caller.shopper_id, now=mall.now()))


async def _settings(mall: Mall, store: StoreRow) -> PurchaseRules:
    return await mall.plugins.states.settings(PLUGIN, PurchaseRules, store.id)


ROUTES = (
    list_limits,
    create_limit,
    get_limit,
    edit_limit,
    remove_limit,
    list_alerts,
    acknowledge_alert,
    list_reviews,
    release_order,
)
