"""What people say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ..mall import Mall
from ..storage import db
from . import rules
from .queries import AccountRow
from .standing import known

_EDIT = "UPDATE account SET name = coalesce($2, name), locale = coalesce($3, locale) WHERE id = $1"


@db.atomic
async def edit(_: Mall, account_id: UUID, changes: Mapping[str, Any]) -> AccountRow:
    """Change `name`, `locale`, or both. Raises Invalid, NotFound (`account_not_found`)."""
    name = rules.plain_text(changes["name"], "name", most=80) if "name" in changes else None
    locale = rules.locale(changes["locale"]) if "locale" in changes else None
    await db.execute(_EDIT, account_id, name, locale)
    return await known(account_id)
