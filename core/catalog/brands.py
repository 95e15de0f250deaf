"""Brands: of the whole mall, sold in any number of stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from ..ids import new_id
from ..mall import Mall
from ..storage import db
from .problems import BrandNotFound, SlugTaken, refusing
from .slugs import require_slug


class BrandRow(Struct, frozen=True, kw_only=True):
    """A brand; texts by language."""

    id: UUID
    slug: str
    name: Mapping[str, str]
    story: Mapping[str, str]
    logo_url: str
    position: int
    created_at: datetime


_COLUMNS = "id, slug, name, story, logo_url, position, created_at"
_INSERT = f"INSERT INTO brand ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608  a constant
_UPDATE = "UPDATE brand SET slug = $2, name = $3, story = $4, logo_url = $5, position = $6 WHERE id = $1"
_PAGE = f"""
SELECT {_COLUMNS} FROM brand WHERE (position, id) > ($1, $2) ORDER BY position, id LIMIT $3
"""  # noqa: S608  a constant
_TAKEN = {"brand_slug": SlugTaken}
_FIRST = (-(2**31), UUID(int=0))


@db.atomic
async def create(mall: Mall, **fields: Any) -> BrandRow:
    """Add a brand: slug, name, story, logo_url, position. Raises Invalid (`invalid_slug`), SlugTaken."""
    brand = BrandRow(id=new_id(), created_at=mall.now(), **fields)
    require_slug(brand.slug)
    async with refusing(_TAKEN):
        await db.execute(_INSERT, *_values(brand), brand.created_at)
    return brand


@db.atomic
async def edit(brand_id: UUID, **changes: Any) -> BrandRow:
    """Set the fields that are given. Raises BrandNotFound, Invalid (`invalid_slug`), SlugTaken."""
    found = await db.row(BrandRow, f"SELECT {_COLUMNS} FROM brand WHERE id = $1 FOR UPDATE", brand_id)  # noqa: S608  a constant
    if found is None:
        raise BrandNotFound
    brand = replace(found, **changes)
    require_slug(brand.slug)
    async with refusing(_TAKEN):
        await db.execute(_UPDATE, *_values(brand))
    return brand


async def by_slug(slug: str) -> BrandRow:
    """Raises BrandNotFound."""
    found = await db.row(BrandRow, f"SELECT {_COLUMNS} FROM brand WHERE slug = $1", slug)  # noqa: S608  a constant
    if found is None:
        raise BrandNotFound
    return found


async def page(after: tuple[int, UUID] | None, limit: int) -> list[BrandRow]:
    """Brands in the mall's order, one more than `limit`."""
    return await db.rows(BrandRow, _PAGE, *(after or _FIRST), limit + 1)


def _values(brand: BrandRow) -> tuple[Any, ...]:
    return brand.id, brand.slug, brand.name, brand.story, brand.logo_url, brand.position
