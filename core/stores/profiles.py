"""Stores themselves: created by the operator, edited, closed and opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct, structs

from ..accounts import queries as accounts
from ..errors import NotFound, PreconditionFailed
from ..ids import new_id
from ..mall import Mall
from ..storage import db
from . import queries, rules
from .locations import NewLocation, insert
from .problems import SlugTaken
from .queries import PROFILE, StoreProfile, StoreRow

Texts = Mapping[str, str]

WAREHOUSE = {"zh-CN": "主仓库", "en": "Main warehouse"}


class Details(Struct, frozen=True, kw_only=True):
    """What a store may be created with. `shipping_fee` is minor units, `tax_rate_ppm` parts per million."""

    description: Texts = {}
    story: Texts = {}
    logo_url: str = ""
    locale: str = "zh-CN"
    time_zone: str = "Asia/Shanghai"
    shipping_fee: int = 0
    tax_rate_ppm: int = 0
    is_brand: bool = False
    is_featured: bool = False
    position: int = 0


class Changes(Struct, frozen=True, kw_only=True):
    """What an edit changes; None stays as it is. The currency and the slug never change."""

    name: Texts | None = None
    description: Texts | None = None
    story: Texts | None = None
    logo_url: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    shipping_fee: int | None = None
    tax_rate_ppm: int | None = None
    is_brand: bool | None = None
    is_featured: bool | None = None
    position: int | None = None


_INSERT = """
INSERT INTO store (id, slug, name, currency, default_location_id, description, story, logo_url, locale, time_zone,
  shipping_fee, tax_rate_ppm, is_brand, is_featured, position, state, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'open', 1, $6, $6)
ON CONFLICT (slug) DO NOTHING RETURNING id
"""
_OWNER = """
INSERT INTO store_member (id, store_id, account_id, role, permissions, created_at)
VALUES ($1, $2, $3, 'owner', '{}', $4)
"""
_EDIT = f"""
UPDATE store SET name = coalesce($4, name), description = coalesce($5, description), story = coalesce($6, story),
  logo_url = coalesce($7, logo_url), locale = coalesce($8, locale), time_zone = coalesce($9, time_zone),
  shipping_fee = coalesce($10, shipping_fee), tax_rate_ppm = coalesce($11, tax_rate_ppm),
  is_brand = coalesce($12, is_brand), is_featured = coalesce($13, is_featured), position = coalesce($14, position),
  version = version + 1, updated_at = $3
WHERE id = $1 AND version = $2 RETURNING {PROFILE}
"""  # noqa: S608  names of fields
_STATE = "UPDATE store SET state = $2, version = version + 1, updated_at = $3 WHERE id = $1 AND state <> $2"

_RULES: Mapping[str, Callable[[Any], Any]] = {
    "name": rules.name,
    "description": lambda texts: rules.languages(texts, "description", rules.LONGEST_DESCRIPTION),
    "story": lambda texts: rules.languages(texts, "story"),
    "logo_url": lambda url: rules.https_url(url, "logo_url"),
    "locale": rules.locale,
    "time_zone": rules.time_zone,
    "shipping_fee": rules.shipping_fee,
    "tax_rate_ppm": rules.tax_rate,
}


@db.atomic
async def create_store(
    mall: Mall, *, slug: str, name: Texts, currency: str, owner_id: UUID, details: Details | None = None
) -> StoreRow:
    """Open a store with its owner and a default warehouse.

    Raises SlugTaken, and Invalid for values that cannot be (`unknown_account` for an owner who is not there).
    """
    chosen = _checked(structs.asdict(details or Details()))
    identity, warehouse, now = new_id(), new_id(), mall.now()
    await _require_account(owner_id)
    made = await db.fetch_value(
        _INSERT, identity, rules.slug(slug), rules.name(name), rules.currency(currency), warehouse, now,
        *chosen.values(),
    )  # fmt: skip
    if made is None:
        raise SlugTaken(slug=slug)
    first = NewLocation(kind="warehouse", name=WAREHOUSE[chosen["locale"]], time_zone=chosen["time_zone"])
    await insert(identity, first, now=now, identity=warehouse)
    await db.execute(_OWNER, new_id(), identity, owner_id, now)
    return await known_profile(identity)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values, each held against its rule; None passes."""
    return {
        field: _RULES[field](value) if value is not None and field in _RULES else value
        for field, value in values.items()
    }


async def _require_account(account_id: UUID) -> None:
    found = await accounts.account(account_id)
    if found is None or found.disabled_at is not None:
        rules.refuse("owner_id", "unknown_account", "There is no such account.")


async def edit_store(mall: Mall, store_id: UUID, version: int, changes: Changes) -> StoreProfile:
    """Change a store that is still at `version`. Raises PreconditionFailed when it is not, Invalid, NotFound."""
    values = _checked(structs.asdict(changes))
    found = await db.row(StoreProfile, _EDIT, store_id, version, mall.now(), *values.values())
    if found is None:
        current = await known_profile(store_id)
        raise PreconditionFailed(version=current.version)
    return found


async def set_state(mall: Mall, store_id: UUID, state: Literal["open", "closed"]) -> StoreProfile:
    """Open or close a store; nothing happens when it is so already. A closed store is shown, but sells nothing."""
    await db.execute(_STATE, store_id, state, mall.now())
    return await known_profile(store_id)


async def known_profile(store_id: UUID) -> StoreProfile:
    """Raises NotFound (`store_not_found`)."""
    found = await queries.profile(store_id)
    if found is None:
        raise NotFound("There is no such store.", code="store_not_found")
    return found
