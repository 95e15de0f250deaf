"""The order of offer classes: a store's for its own offers, the operator's for the mall's."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from ..http.access import OPERATOR, staff
from ..http.caller import Caller
from ..http.etag import required_version
from ..http.schemas import Body
from ..mall import Mall
from ..plugins.classes import ClassOrder, order_of, set_order
from .parameters import IfMatch, versioned
from .queries import StoreRow

MANAGE = staff("plugins.manage")


class OfferClassesBody(Body):
    """Classes, highest level first: 1 to 50 lower-case words. What is not named comes after all that are."""

    classes: list[str]


@get("/api/stores/{store_ref:str}/staff/offer-classes", access=MANAGE, tags=["stores"])
async def get_store_classes(store: NamedDependency[StoreRow]) -> Response[ClassOrder]:
    """In which order the classes of the store's own offers go before each other."""
    return _answer(await order_of(store.id))


@put("/api/stores/{store_ref:str}/staff/offer-classes", access=MANAGE, tags=["stores"])
async def set_store_classes(
    data: JSONBody[OfferClassesBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
    if_match: IfMatch = None,
) -> Response[ClassOrder]:
    """Replace the order, in force within a second. Needs If-Match. 422 `offer_classes_invalid`."""
    return await _set(mall, store.id, data, if_match, caller)


@get("/api/mall/offer-classes", access=OPERATOR, tags=["mall"])
async def get_mall_classes() -> Response[ClassOrder]:
    """In which order the classes of the mall's offers go before each other."""
    return _answer(await order_of(None))


@put("/api/mall/offer-classes", access=OPERATOR, tags=["mall"])
async def set_mall_classes(
    data: JSONBody[OfferClassesBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    if_match: IfMatch = None,
) -> Response[ClassOrder]:
    """Replace the order, as a store's staff does for their store."""
    return await _set(mall, None, data, if_match, caller)


def _answer(order: ClassOrder) -> Response[ClassOrder]:
    return versioned(order, order.revision)


async def _set(
    mall: Mall, store_id: UUID | None, data: OfferClassesBody, if_match: str | None, caller: Caller
) -> Response[ClassOrder]:
    revision, states = required_version(if_match), mall.plugins.states
    changed = await set_order(states, store_id, data.classes, revision=revision, now=mall.now(), by=caller.shopper_id)
    return _answer(changed)


ROUTES = (get_store_classes, set_store_classes, get_mall_classes, set_mall_classes)
