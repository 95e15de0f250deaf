"""The order of offer classes in a store, or in the mall: one compare-and-set, counted like every change of plugins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..errors import Invalid, PreconditionFailed
from ..ids import new_id
from ..storage import db
from ..types import DEFAULT_CLASSES
from .counting import count
from .states import States

MOST = 50
"""Classes of one order."""
LONGEST = 40
"""Characters of a class."""

_WORD = re.compile(r"[a-z][a-z0-9_]*")
_ONE = """
SELECT classes, revision, changed_at, changed_by FROM offer_class_order WHERE store_id IS NOT DISTINCT FROM $1
"""
_FIRST = """
INSERT INTO offer_class_order (id, store_id, classes, revision, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (store_id) DO NOTHING
"""
_NEXT = """
UPDATE offer_class_order SET classes = $2, revision = $3, changed_at = $4, changed_by = $5
WHERE store_id IS NOT DISTINCT FROM $1 AND revision = $6
"""


class ClassOrder(Struct, frozen=True, kw_only=True):
    """Classes, highest level first. Revision 0: nobody has changed the shipped order there."""

    classes: list[str]
    revision: int = 0
    changed_at: datetime | None = None
    changed_by: UUID | None = None


async def order_of(store_id: UUID | None) -> ClassOrder:
    """The order in a store, or in the mall, for the offers of that place."""
    return await db.row(ClassOrder, _ONE, store_id) or ClassOrder(classes=list(DEFAULT_CLASSES))


async def set_order(
    states: States,
    store_id: UUID | None,
    classes: Sequence[str],
    *,
    revision: int,
    now: datetime,
    by: UUID | None = None,
) -> ClassOrder:
    """Replace the order there; `revision` is that of the order which the change was made on.

    What was priced by the former order is refused when it is to be placed. Raises Invalid
    (`offer_classes_invalid`), and PreconditionFailed when somebody else was faster.
    """
    require_order(classes)
    changed = await _set(store_id, list(classes), revision, now, by)
    await states.forget()
    return changed


def require_order(classes: Sequence[str]) -> None:
    """Raises Invalid (`offer_classes_invalid`) with the path of each class that cannot be."""
    errors = [
        {"path": f"classes.{at}", "code": code, "detail": name[:LONGEST]}
        for at, name in enumerate(classes[: MOST + 1])
        if (code := _fault(name, classes[:at]))
    ]
    if not 1 <= len(classes) <= MOST:
        errors = [{"path": "classes", "code": "invalid_length", "detail": f"1 to {MOST} classes"}]
    if errors:
        detail = "An order of offer classes has 1 to 50 lower-case words, each once."
        raise Invalid(detail, code="offer_classes_invalid", errors=errors)


def _fault(name: str, before: Sequence[str]) -> str:
    if len(name) > LONGEST or not _WORD.fullmatch(name):
        return "invalid_class"
    return "repeated_class" if name in before else ""


@db.atomic
async def _set(store_id: UUID | None, classes: list[str], expected: int, now: datetime, by: UUID | None) -> ClassOrder:
    after = ClassOrder(classes=classes, revision=await count(store_id), changed_at=now, changed_by=by)
    values = (after.classes, after.revision, after.changed_at, after.changed_by)
    if expected:
        written = await db.execute(_NEXT, store_id, *values, expected)
    else:
        written = await db.execute(_FIRST, new_id(), store_id, *values)
    if not written:
        raise PreconditionFailed
    return after
