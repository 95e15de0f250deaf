"""The caller's addresses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from ..http.access import SHOPPER
from ..http.caller import Caller
from ..http.idempotency import idempotent
from ..http.schemas import Page
from ..mall import Mall
from . import addresses, queries
from .addresses import Place
from .queries import AddressRow
from .schemas import AddressBody, AddressChange


@get("/api/me/addresses", access=SHOPPER, tags=["me"])
async def list_addresses(caller: NamedDependency[Caller]) -> Page[AddressRow]:
    """All addresses of the caller on one page, since there are fifty at most; the default one first."""
    return Page(items=await queries.addresses(caller.shopper_id))


@post("/api/me/addresses", access=SHOPPER, tags=["me"])
@idempotent
async def add_address(
    request: Request[Any, Any, Any],
    data: JSONBody[AddressBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
) -> AddressRow:
    """Keep an address; the first one becomes the default. 409 `too_many_addresses` beyond fifty."""
    fields = msgspec.structs.asdict(data)
    is_default = fields.pop("is_default")
    return await addresses.add(mall, caller.shopper_id, Place(**fields), is_default=is_default)


@get("/api/me/addresses/{address_id:uuid}", access=SHOPPER, tags=["me"])
async def get_address(address_id: FromPath[UUID], caller: NamedDependency[Caller]) -> AddressRow:
    """One address of the caller. 404 `address_not_found` for any other."""
    return await addresses.known(caller.shopper_id, address_id)


@patch("/api/me/addresses/{address_id:uuid}", access=SHOPPER, tags=["me"])
async def edit_address(
    address_id: FromPath[UUID],
    data: JSONBody[AddressChange],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
) -> AddressRow:
    """Change what is sent; `is_default: true` takes it from the address that was the default."""
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not UNSET}
    return await addresses.edit(mall, caller.shopper_id, address_id, sent)


@delete("/api/me/addresses/{address_id:uuid}", access=SHOPPER, tags=["me"])
async def remove_address(address_id: FromPath[UUID], caller: NamedDependency[Caller]) -> None:
    """Forget an address. Orders keep their own copy of it."""
    await addresses.remove(caller.shopper_id, address_id)


ROUTES = (list_addresses, add_address, get_address, edit_address, remove_address)
