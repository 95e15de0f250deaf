"""HTTP routes of carts. The cart is that of the signed-in account, else that of the sent X-Cart-Token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler
from msgspec import UNSET, to_builtins
from msgspec.structs import asdict

from ..errors import Invalid, NotFound
from ..http.access import PUBLIC, SHOPPER
from ..http.caller import Caller
from ..http.etag import required_version, tagged
from ..http.idempotency import once, slot_of
from ..mall import Mall
from ..pricing.views import ExplanationView
from ..stores.queries import store_by_ref
from ..types import Ask
from . import choices, merging, service
from .contents import DeliveryChoice
from .holders import Holder, holder_of
from .schemas import AskBody, CartView, DeliveryBody, LineChange, NewLine, OpenedCart
from .views import explained, show

AnyRequest = Request[Any, Any, Any]

_VARY = "Accept-Language, Authorization, X-Cart-Token"


@get("/api/cart", access=PUBLIC, tags=["cart"])
async def read_cart(
    request: AnyRequest, mall: NamedDependency[Mall], caller: NamedDependency[Caller], locale: NamedDependency[str]
) -> Response[CartView]:
    """The cart, priced now: per store what can be bought, and apart what cannot and why."""
    response = tagged(request, await show(mall, holder_of(mall, caller), locale), vary=_VARY)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@get("/api/cart/quote/explain", access=PUBLIC, tags=["cart"])
async def explain_cart(
    mall: NamedDependency[Mall], caller: NamedDependency[Caller], locale: NamedDependency[str]
) -> ExplanationView:
    """Why the cart costs what it costs now: what applies, what does not and why, sentence by sentence."""
    return ExplanationView(sentences=await explained(mall, holder_of(mall, caller), locale))


@post("/api/cart", access=PUBLIC, tags=["cart"])
async def open_cart(
    request: AnyRequest, mall: NamedDependency[Mall], caller: NamedDependency[Caller], locale: NamedDependency[str]
) -> Response[OpenedCart]:
    """Make a cart for a caller who is not signed in. The token is answered to this request only."""
    if caller.account_id is not None:
        raise Invalid("You are signed in, and have a cart at /api/cart.", code="signed_in")
    slot = await slot_of(request, caller)
    status, made, replayed = await once(slot, lambda: service.open_cart(mall, slot.key), mall.now())
    token = service.token_of(mall, UUID(made["cart_id"]), slot.key)
    cart = await show(mall, holder_of(mall, Caller(cart_token=token)), locale)
    return _answer(OpenedCart(token=token, cart=cart), status, replayed)


@post("/api/cart/lines", access=PUBLIC, tags=["cart"])
async def add_line(
    request: AnyRequest,
    data: JSONBody[NewLine],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
) -> Response[CartView]:
    """Add units of a SKU. A repeated request adds nothing, and answers the cart as it is by then."""
    holder, slot = holder_of(mall, caller), await slot_of(request, caller)
    status, _, replayed = await once(slot, lambda: service.add_line(mall, holder, **asdict(data)), mall.now())
    return _answer(await show(mall, holder, locale), status, replayed)


@patch("/api/cart/lines/{line_id:uuid}", access=PUBLIC, tags=["cart"])
async def change_line(
    request: AnyRequest,
    line_id: FromPath[UUID],
    data: JSONBody[LineChange],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
) -> CartView:
    """Set a line's quantity, or select it for buying. Needs If-Match."""
    changes = {name: value for name, value in asdict(data).items() if value is not UNSET}
    if not changes:
        raise Invalid("Say a quantity, or whether the line is selected.", code="nothing_to_change")
    holder = holder_of(mall, caller)
    await service.change_line(mall, holder, _version(request), line_id, **changes)
    return await show(mall, holder, locale)


@delete("/api/cart/lines/{line_id:uuid}", access=PUBLIC, tags=["cart"], status_code=200)
async def take_out(
    request: AnyRequest,
    line_id: FromPath[UUID],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
) -> CartView:
    """Remove a line. Needs If-Match."""
    holder = holder_of(mall, caller)
    await service.take_out(mall, holder, _version(request), line_id)
    return await show(mall, holder, locale)


@put("/api/cart/asks", access=PUBLIC, tags=["cart"])
async def put_asks(
    request: AnyRequest,
    data: JSONBody[list[AskBody]],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
) -> CartView:
    """Replace what is asked of plugins: a coupon to use, points to spend. Needs If-Match."""
    holder = holder_of(mall, caller)
    await choices.put_asks(mall, holder, _version(request), [Ask(**asdict(ask)) for ask in data])
    return await show(mall, holder, locale)


@put("/api/cart/delivery/{store_ref:str}", access=PUBLIC, tags=["cart"])
async def put_delivery(
    request: AnyRequest,
    store_ref: FromPath[str],
    data: JSONBody[DeliveryBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
) -> CartView:
    """Choose how one store's goods (its id, or its slug) are to be delivered. Needs If-Match."""
    holder, choice = holder_of(mall, caller), DeliveryChoice(data.method, data.location_id)
    store = await store_by_ref(store_ref)
    if store is None:
        raise NotFound("There is no such store.", code="store_not_found")
    await choices.put_delivery(mall, holder, _version(request), store.id, choice)
    return await show(mall, holder, locale)


@post("/api/cart/merge", access=SHOPPER, tags=["cart"], status_code=200)
async def merge(mall: NamedDependency[Mall], caller: NamedDependency[Caller], locale: NamedDependency[str]) -> CartView:
    """Put the anonymous cart of the sent X-Cart-Token into the account's. Doing it twice changes nothing."""
    if not caller.cart_token:
        raise Invalid("Send the anonymous cart's X-Cart-Token.", code="cart_token_required")
    await merging.merge(mall, caller.shopper_id, caller.cart_token)
    return await show(mall, Holder(caller.shopper_id), locale)


def _version(request: AnyRequest) -> int:
    return required_version(request.headers.get("if-match"))


def _answer(content: Any, status: int, replayed: bool) -> Response[Any]:
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Response(to_builtins(content), status_code=status, headers=headers)


ROUTES: Sequence[ControllerRouterHandler] = (
    read_cart,
    explain_cart,
    open_cart,
    add_line,
    change_line,
    take_out,
    put_asks,
    put_delivery,
    merge,
)
