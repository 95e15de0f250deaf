"""Categories as a tree: the rules that every change has to keep. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from .problems import CategoryCycle, CategoryTooDeep

DEEPEST = 8

Parents = Mapping[UUID, UUID | None]


class CategoryRow(Struct, frozen=True, kw_only=True):
    """A node; `store_id` None: of the platform's tree."""

    id: UUID
    store_id: UUID | None
    parent_id: UUID | None
    slug: str
    name: Mapping[str, str]
    position: int


def depth(parents: Parents, node: UUID | None) -> int:
    """How many nodes there are from a root to this one; 0 for None."""
    count = 0
    while node is not None:
        node, count = parents.get(node), count + 1
    return count


def require_place(parents: Parents, node: UUID, target: UUID | None) -> None:
    """Raises CategoryCycle when `target` lies below `node` or is it, CategoryTooDeep when the branch would not fit."""
    above = target
    while above is not None:
        if above == node:
            raise CategoryCycle
        above = parents.get(above)
    if depth(parents, target) + _height(parents, node) > DEEPEST:
        raise CategoryTooDeep


def children(rows: Sequence[CategoryRow]) -> dict[UUID | None, list[CategoryRow]]:
    """The nodes below each node, in their order; the roots below None."""
    found: dict[UUID | None, list[CategoryRow]] = {}
    for row in sorted(rows, key=lambda row: (row.position, row.id)):
        found.setdefault(row.parent_id, []).append(row)
    return found


def _height(parents: Parents, node: UUID) -> int:
    below = [child for child, parent in parents.items() if parent == node]
    return 1 + max((_height(parents, child) for child in below), default=0)
