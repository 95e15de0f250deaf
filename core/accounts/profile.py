"""What people say of themselves."""

from __future__ import annotations

from uuid import UUID

from ..mall import Mall
from ..storage import db
from . import rules
from .queries import AccountRow
from .standing import known

_EDIT = "UPDATE account SET name = coalesce($2, name), locale = coalesce($3, locale) WHERE id = $1"


@db.atomic
async def edit(_: Mall, account_id: UUID, *, name: str | None = None, locale: str | None = None) -> AccountRow:
    """Change the name, the language, or both; None leaves one as it is. Raises Invalid."""
    checked = None if name is None else rules.plain_text(name, "name", most=80)
    language = None if locale is None else rules.locale(locale)
    await db.execute(_EDIT, account_id, checked, language)
    return await known(account_id)
