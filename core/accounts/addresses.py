"""Addresses of a shopper: at most fifty, at most one of them the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct, structs

from ..errors import Conflict, NotFound
from ..ids import new_id
from ..mall import Mall
from ..storage import db
from . import queries, rules
from .queries import AddressRow


class Place(Struct, frozen=True, kw_only=True):
    """What a shopper writes on a parcel. `country` is ISO 3166-1 alpha-2; `phone` may be written as there."""

    recipient: str
    phone: str
    street: str
    country: str = "CN"
    province: str = ""
    city: str = ""
    district: str = ""
    postal_code: str = ""


# Changes of one account's addresses wait for each other, so that their number and the default stay right.
_LOCK = "SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE"
_INSERT = """
INSERT INTO address (id, account_id, recipient, phone, street, country, province, city, district, postal_code,
                     is_default, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_UPDATE = """
UPDATE address SET recipient = $3, phone = $4, street = $5, country = $6, province = $7, city = $8, district = $9,
                   postal_code = $10, is_default = $11
WHERE account_id = $1 AND id = $2
"""
_NO_DEFAULT = "UPDATE address SET is_default = false WHERE account_id = $1 AND is_default"


def checked(place: Place) -> Place:
    """The place as it is stored. Raises Invalid."""
    country = rules.country(place.country)
    return Place(
        recipient=rules.plain_text(place.recipient, "recipient", least=1, most=80),
        phone=rules.phone_number(place.phone, region=country),
        street=rules.plain_text(place.street, "street", least=1, most=200),
        country=country,
        province=rules.plain_text(place.province, "province", most=60),
        city=rules.plain_text(place.city, "city", most=60),
        district=rules.plain_text(place.district, "district", most=60),
        postal_code=rules.plain_text(place.postal_code, "postal_code", most=20),
    )


@db.atomic
async def add(mall: Mall, account_id: UUID, place: Place, *, is_default: bool = False) -> AddressRow:
    """Keep an address; the first one becomes the default. Raises Invalid, Conflict (`too_many_addresses`)."""
    row, address_id = checked(place), new_id()
    await db.execute(_LOCK, account_id)
    count = await db.fetch_value("SELECT count(*) FROM address WHERE account_id = $1", account_id)
    if count >= rules.MOST_ADDRESSES:
        raise Conflict(f"You keep {rules.MOST_ADDRESSES} addresses, the most.", code="too_many_addresses")
    default = is_default or count == 0
    if default:
        await db.execute(_NO_DEFAULT, account_id)
    await db.execute(_INSERT, address_id, account_id, *_columns(row), default, mall.now())
    return await known(account_id, address_id)


@db.atomic
async def edit(_: Mall, account_id: UUID, address_id: UUID, changes: Mapping[str, Any]) -> AddressRow:
    """Change fields of a Place, or `is_default`. Raises Invalid, NotFound (`address_not_found`), also for
    somebody else's."""
    await db.execute(_LOCK, account_id)
    fields = structs.asdict(await known(account_id, address_id)) | dict(changes)
    row = checked(Place(**{name: fields[name] for name in Place.__struct_fields__}))
    if fields["is_default"]:
        await db.execute(_NO_DEFAULT, account_id)
    await db.execute(_UPDATE, account_id, address_id, *_columns(row), fields["is_default"])
    return await known(account_id, address_id)


async def remove(account_id: UUID, address_id: UUID) -> None:
    """Forget an address; orders keep their own copy. Raises NotFound (`address_not_found`)."""
    if not await db.execute("DELETE FROM address WHERE account_id = $1 AND id = $2", account_id, address_id):
        raise _unknown()


async def known(account_id: UUID, address_id: UUID) -> AddressRow:
    """Raises NotFound (`address_not_found`)."""
    found = await queries.address(account_id, address_id)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("There is no such address.", code="address_not_found")


def _columns(place: Place) -> tuple[str, ...]:
    """In the order of the fields, as the statements above have them."""
    return structs.astuple(place)
