"""The demo's stores: each is written with its people, its branch and its categories, or not at all."""

from __future__ import annotations

from uuid import UUID

from ..accounts import queries as accounts
from ..errors import StartupError
from ..http.caller import Caller
from ..storage import db
from ..stores import queries, service
from ..stores.members import Appointment
from ..stores.queries import StoreRow
from ..stores.service import Details, NewLocation
from . import people, shelves
from .reading import BranchData, StoreData
from .work import Work

CURRENCY = "CNY"
"""What the prices in the data files are in, whatever the mall's own currency is."""


async def shop(work: Work, data: StoreData, position: int) -> StoreRow:
    """Have the store. Raises StartupError when somebody else's bears its name."""
    found = await queries.store_by_ref(data.slug)
    if found is None:
        return await _new(work, data, position)
    owner = await accounts.account_by_identifier(data.owner.email)
    if owner is None or await queries.membership(found.id, owner.id) is None:
        raise StartupError(f"The store {data.slug!r} is not the demo's. Load the demo into another database.")
    return found


@db.atomic
async def _new(work: Work, data: StoreData, position: int) -> StoreRow:
    owner_id = await people.person(work, data.owner)
    store = await service.create_store(
        work.mall,
        slug=data.slug,
        name=data.name,
        currency=CURRENCY,
        owner_id=owner_id,
        details=_details(data, position),
    )
    await _hire(work, store.id, Caller(account_id=owner_id), data)
    await service.add_location(work.mall, store.id, _branch(data.branch))
    await shelves.tree(work, store.id, data.categories)
    work.made["stores"] += 1
    return store


def _details(data: StoreData, position: int) -> Details:
    return Details(
        description=data.description,
        story=data.story,
        shipping_fee=data.shipping_fee,
        tax_rate_ppm=data.tax_rate_ppm,
        is_brand=data.is_brand,
        is_featured=data.is_featured,
        position=position,
    )


async def _hire(work: Work, store_id: UUID, owner: Caller, data: StoreData) -> None:
    for staff in data.staff:
        await people.person(work, staff)
        appointment = Appointment(role="staff", permissions=sorted(staff.permissions))
        await service.add_member(work.mall, store_id, owner, staff.email, appointment)


def _branch(data: BranchData) -> NewLocation:
    return NewLocation(
        kind="branch",
        name=data.name,
        address=data.address,
        latitude=data.latitude,
        longitude=data.longitude,
        opening_hours=data.opening_hours,
    )
