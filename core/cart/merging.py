"""An anonymous cart becomes part of an account's."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ..accounts.tokens import keyed_hash
from ..mall import Mall
from ..storage import db
from .choices import write_asks, write_delivery
from .contents import CartLineRow
from .holders import Holder, claim
from .queries import contents_by_id
from .rules import merged_asks, merged_delivery, merged_lines


@db.atomic
async def merge(mall: Mall, account_id: UUID, token: str) -> None:
    """Put what the token's cart holds into the account's, and end the former.

    Does nothing when the token names no anonymous cart: it was merged before, or never was one. Raises
    CartFull, and leaves both as they are, when their lines are too many for one cart.
    """
    source = await db.fetch_value(
        "SELECT id FROM cart WHERE token_hash = $1 AND account_id IS NULL FOR UPDATE", keyed_hash(mall, token)
    )
    if source is None:
        return
    target = await claim(mall, Holder(account_id))
    mine, theirs = await contents_by_id(target), await contents_by_id(source)
    if mine is None or theirs is None:
        raise AssertionError("both carts are locked, so they are there")
    await _write_lines(target, merged_lines(mine.lines, theirs.lines))
    await write_asks(target, merged_asks(mine.asks, theirs.asks))
    await write_delivery(target, merged_delivery(mine.delivery, theirs.delivery))
    await db.execute("DELETE FROM cart WHERE id = $1", source)


async def _write_lines(cart_id: UUID, lines: Sequence[CartLineRow]) -> None:
    await db.execute(
        "UPDATE cart_line l SET cart_id = $1, quantity = n.quantity, selected = n.selected "
        "FROM unnest($2::uuid[], $3::int[], $4::bool[]) n (id, quantity, selected) WHERE l.id = n.id",
        cart_id,
        [line.id for line in lines],
        [line.quantity for line in lines],
        [line.selected for line in lines],
    )
