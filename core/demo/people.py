"""The demo's people. An account that is there already stays as it is."""

from __future__ import annotations

from uuid import UUID

from msgspec.structs import asdict

from ..accounts import addresses, queries, service
from ..accounts.addresses import Place
from ..storage import db
from .reading import PersonData, ShopperData
from .work import Work


async def operator(work: Work, email: str) -> UUID:
    """Who runs the mall."""
    found = await queries.account_by_identifier(email)
    if found is not None and "operator" in found.roles:
        return found.id
    work.made["operators"] += 1
    return await service.make_operator(work.mall, email=email, password=work.password)


async def person(work: Work, data: PersonData) -> UUID:
    """An account; every one has the demo's password."""
    found = await queries.account_by_identifier(data.email)
    if found is not None:
        return found.id
    work.made["accounts"] += 1
    return await service.register(
        work.mall, email=data.email, password=work.password, name=data.name, locale=data.locale
    )


async def shopper(work: Work, data: ShopperData) -> UUID:
    """An account with its addresses: both or neither are written."""
    found = await queries.account_by_identifier(data.email)
    return found.id if found is not None else await _new_shopper(work, data)


@db.atomic
async def _new_shopper(work: Work, data: ShopperData) -> UUID:
    account_id = await person(work, data)
    for address in data.addresses:
        await addresses.add(work.mall, account_id, Place(**asdict(address)))
    return account_id
