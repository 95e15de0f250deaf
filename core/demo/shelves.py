"""The demo's categories, the platform's and the stores', and its brands."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ..catalog import brands, categories
from ..catalog.problems import BrandNotFound
from .reading import BrandData, CategoryData
from .work import Work

Ids = dict[str, UUID]


async def tree(work: Work, store_id: UUID | None, wanted: Sequence[CategoryData]) -> Ids:
    """Have these categories in a tree (None: the platform's); their ids by slug. Others stay as they are."""
    known = {(row.parent_id, row.slug): row.id for row in await categories.tree(store_id)}
    return await _below(work, store_id, None, wanted, known)


async def _below(
    work: Work,
    store_id: UUID | None,
    parent_id: UUID | None,
    wanted: Sequence[CategoryData],
    known: dict[tuple[UUID | None, str], UUID],
) -> Ids:
    ids: Ids = {}
    for position, data in enumerate(wanted):
        found = known.get((parent_id, data.slug)) or await _new(work, store_id, parent_id, data, position)
        ids |= {data.slug: found, **await _below(work, store_id, found, data.children, known)}
    return ids


async def _new(work: Work, store_id: UUID | None, parent_id: UUID | None, data: CategoryData, position: int) -> UUID:
    made = await categories.create(
        work.mall, store_id, slug=data.slug, name=data.name, position=position, parent_id=parent_id
    )
    work.made["categories"] += 1
    return made.id


async def all_brands(work: Work, wanted: Sequence[BrandData]) -> Ids:
    """Have these brands; their ids by slug."""
    return {data.slug: await _brand(work, data, position) for position, data in enumerate(wanted)}


async def _brand(work: Work, data: BrandData, position: int) -> UUID:
    try:
        return (await brands.by_slug(data.slug)).id
    except BrandNotFound:
        work.made["brands"] += 1
        made = await brands.create(
            work.mall, slug=data.slug, name=data.name, story=data.story, logo_url="", position=position
        )
        return made.id
