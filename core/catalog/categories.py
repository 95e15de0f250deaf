"""The platform's tree of categories (`store_id` None), and each store's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec.structs import replace

from ..ids import new_id
from ..mall import Mall
from ..storage import db
from .problems import CategoryNotEmpty, CategoryNotFound, CategoryTooDeep, SlugTaken, refusing
from .slugs import require_slug
from .trees import DEEPEST, CategoryRow, depth, require_place

_TREE = """
SELECT id, store_id, parent_id, slug, name, position FROM category WHERE store_id IS NOT DISTINCT FROM $1 ORDER BY id
"""
_LOCK = " FOR NO KEY UPDATE"
_INSERT = """
INSERT INTO category (id, store_id, parent_id, slug, name, position, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_UPDATE = """
UPDATE category SET parent_id = $3, slug = $4, name = $5, position = $6
WHERE id = $1 AND store_id IS NOT DISTINCT FROM $2
"""
_DELETE = "DELETE FROM category WHERE id = $1 AND store_id IS NOT DISTINCT FROM $2"
_SHELVED = "SELECT EXISTS (SELECT FROM product WHERE store_id = $1 AND store_category_ids @> ARRAY[$2::uuid])"
_KEEP = "SELECT id, store_id FROM category WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE"
_REFUSALS = {
    "category_slug": SlugTaken,
    "category_of": CategoryNotEmpty,
    "product_category_of": CategoryNotEmpty,
}


async def tree(store_id: UUID | None) -> list[CategoryRow]:
    """Every node of one tree."""
    return await db.rows(CategoryRow, _TREE, store_id)


async def lock_tree(store_id: UUID | None) -> dict[UUID, CategoryRow]:
    """Every node by id, as it stays until the transaction ends: moves take turns, so that none makes a circle."""
    return {row.id: row for row in await db.rows(CategoryRow, _TREE + _LOCK, store_id)}


async def keep(category_ids: list[UUID]) -> dict[UUID, UUID | None]:
    """The store (None: the platform) of each category that exists; none of them is deleted meanwhile."""
    return {row["id"]: row["store_id"] for row in await db.fetch(_KEEP, category_ids)} if category_ids else {}


@db.atomic
async def create(mall: Mall, store_id: UUID | None, **fields: Any) -> CategoryRow:
    """Add a node: slug, name, position, parent_id (of the same tree, or None).

    Raises Invalid (`invalid_slug`), CategoryNotFound for the parent, CategoryTooDeep, SlugTaken.
    """
    row = CategoryRow(id=new_id(), store_id=store_id, **fields)
    require_slug(row.slug)
    nodes = await lock_tree(store_id)
    _require_parent(nodes, row.parent_id)
    if depth({node.id: node.parent_id for node in nodes.values()}, row.parent_id) >= DEEPEST:
        raise CategoryTooDeep
    async with refusing(_REFUSALS):
        await db.execute(_INSERT, row.id, store_id, row.parent_id, row.slug, row.name, row.position, mall.now())
    return row


@db.atomic
async def edit(store_id: UUID | None, category_id: UUID, **changes: Any) -> CategoryRow:
    """Rename, order or move (`parent_id`) a node.

    Raises CategoryNotFound, CategoryCycle, CategoryTooDeep, SlugTaken, Invalid (`invalid_slug`).
    """
    nodes = await lock_tree(store_id)
    if category_id not in nodes:
        raise CategoryNotFound
    row = replace(nodes[category_id], **changes)
    require_slug(row.slug)
    _require_parent(nodes, row.parent_id)
    require_place({node.id: node.parent_id for node in nodes.values()}, category_id, row.parent_id)
    async with refusing(_REFUSALS):
        await db.execute(_UPDATE, category_id, store_id, row.parent_id, row.slug, row.name, row.position)
    return row


@db.atomic
async def delete(store_id: UUID | None, category_id: UUID) -> None:
    """Remove a node that has neither subcategories nor products. Raises CategoryNotFound, CategoryNotEmpty."""
    async with refusing(_REFUSALS):
        if not await db.execute(_DELETE, category_id, store_id):
            raise CategoryNotFound
    if store_id is not None and await db.fetch_value(_SHELVED, store_id, category_id):
        raise CategoryNotEmpty


def _require_parent(nodes: dict[UUID, CategoryRow], parent_id: UUID | None) -> None:
    if parent_id is not None and parent_id not in nodes:
        raise CategoryNotFound("There is no such parent category.")
