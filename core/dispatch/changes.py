"""What a plugin says when its own rules have changed."""

from __future__ import annotations

from uuid import UUID

from ..mall import Mall
from ..plugins.counting import touch
from ..storage import db


@db.atomic
async def rules_changed(mall: Mall, plugin: str, store_id: UUID | None) -> None:
    """Say that a plugin's own rules have changed in a store, or in the mall (None).

    What is cached of them is loaded anew: in this process after the commit, in others within a second; and an order
    that was priced before is refused with `offers_changed`. Call it last in the transaction of the change, since
    every other change of plugins waits for the commit from then on.
    """
    await touch(plugin, store_id)
    db.after_commit(mall.plugins.states.forget)
