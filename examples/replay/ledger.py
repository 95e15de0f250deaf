"""What the ledger says that each store is owed: captured for its orders, less refunded."""

from __future__ import annotations

from collections.abc import Sequence

from . import crowd
from .calls import Caller
from .shelves import path


async def owed(operator: Caller, stores: Sequence[int], *, at_once: int) -> dict[int, int]:
    """Return the balance of each store's account in minor units, read page by page as staff see it."""

    async def read(store: int) -> int:
        return await _owed(operator, store)

    found = await crowd.each(stores, read, at_once=at_once, saying="ledger")
    return dict(zip(stores, found, strict=True))


async def _owed(operator: Caller, store: int) -> int:
    """Debits are positive in the ledger, and what is owed to a store is a credit."""
    balance, cursor = 0, dict[str, str]()
    while True:
        page = await operator.get("read a ledger", f"{path(store)}/staff/ledger", limit="100", **cursor)
        balance -= sum(entry["amount"]["amount"] for entry in page["items"])
        if page["next_cursor"] is None:
            return balance
        cursor = {"cursor": page["next_cursor"]}
