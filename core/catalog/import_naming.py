"""What the names in a file stand for: brands of the mall and categories of the store, made where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ..ids import new_id
from ..storage import db
from . import categories
from .csv_format import read_path
from .slugs import slug_of
from .trees import CategoryRow

_BY_SLUG = "SELECT slug, id FROM brand WHERE slug = ANY ($1::text[])"
_BY_NAME = """
SELECT DISTINCT ON (n.value) n.value AS name, b.id FROM brand b CROSS JOIN jsonb_each_text(b.name) AS n
WHERE n.value = ANY ($1::text[]) ORDER BY n.value, b.id
"""
_NEW_BRANDS = """
INSERT INTO brand (id, slug, name, story, logo_url, position, created_at)
SELECT n.id, n.slug, jsonb_build_object($1::text, n.name), '{}', '', 0, $2
FROM unnest($3::uuid[], $4::text[], $5::text[]) AS n (id, slug, name)
ON CONFLICT (slug) DO NOTHING
"""
_NEW_CATEGORY = """
INSERT INTO category (id, store_id, parent_id, slug, name, position, created_at)
VALUES ($1, $2, $3, $4, jsonb_build_object($5::text, $6::text), 0, $7)
"""


async def brand_ids(names: Sequence[str], locale: str, now: datetime) -> dict[str, UUID]:
    """The brand of each name: by the slug that the name gives, else by a name in any language, else a new one."""
    slugs = {name: slug_of(name) for name in names}
    known = await _by_slug(list(slugs.values()))
    rest = [name for name in names if slugs[name] not in known]
    by_name = {row["name"]: row["id"] for row in await db.fetch(_BY_NAME, rest)} if rest else {}
    fresh = {slugs[name]: name for name in sorted(rest, reverse=True) if name not in by_name}
    if fresh:
        order = sorted(fresh)
        await db.execute(_NEW_BRANDS, locale, now, [new_id() for _ in order], order, [fresh[slug] for slug in order])
        known |= await _by_slug(order)
    return {name: by_name.get(name) or known[slugs[name]] for name in names}


async def category_ids(store_id: UUID, paths: Sequence[str], locale: str, now: datetime) -> dict[str, UUID]:
    """The store's category at the end of each path: nodes by slug, else by a name in any language, else new ones."""
    if not paths:
        return {}
    tree = _Tree(store_id, list((await categories.lock_tree(store_id)).values()))
    return {path: await tree.node_at(read_path(path), locale, now) for path in sorted(paths)}


async def _by_slug(slugs: list[str]) -> dict[str, UUID]:
    return {row["slug"]: row["id"] for row in await db.fetch(_BY_SLUG, slugs)}


class _Tree:
    """A store's categories, found by what stands in a path, and growing."""

    def __init__(self, store_id: UUID, rows: Sequence[CategoryRow]) -> None:
        self._store_id = store_id
        self._slugs = {(row.parent_id, row.slug): row.id for row in rows}
        self._names = {(row.parent_id, name): row.id for row in reversed(rows) for name in row.name.values()}

    async def node_at(self, path: Sequence[str], locale: str, now: datetime) -> UUID:
        node: UUID | None = None
        for name in path:
            node = self._child(node, name) or await self._grow(node, name, locale, now)
        if node is None:
            raise ValueError("a path has at least one name")
        return node

    def _child(self, parent: UUID | None, name: str) -> UUID | None:
        return self._slugs.get((parent, slug_of(name))) or self._names.get((parent, name))

    async def _grow(self, parent: UUID | None, name: str, locale: str, now: datetime) -> UUID:
        identity, slug = new_id(), slug_of(name)
        await db.execute(_NEW_CATEGORY, identity, self._store_id, parent, slug, locale, name, now)
        self._slugs[(parent, slug)] = identity
        return identity
