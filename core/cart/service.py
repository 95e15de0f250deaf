"""What is put into a cart, changed there and taken out."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..accounts.tokens import keyed_hash
from ..errors import Invalid, NotFound
from ..ids import new_id
from ..mall import Mall
from ..pricing.service import for_sale
from ..storage import db
from .addressees import addressees
from .holders import Holder, claim
from .rules import LARGEST_QUANTITY, MOST_LINES, CartFull, check_extra, variant_key


class Opened(Struct, frozen=True):
    """What is kept of the opening of an anonymous cart."""

    cart_id: UUID


class Added(Struct, frozen=True):
    """What is kept of an addition: the line that has the units."""

    line_id: UUID


class LineNotFound(NotFound):
    code = "line_not_found"
    title = "There is no such line in this cart"


class QuantityTooLarge(Invalid):
    code = "quantity_too_large"
    title = "A line holds 9999 units at most"


def token_of(mall: Mall, cart_id: UUID, key: str) -> str:
    """The token of an anonymous cart that was opened under an idempotency key.

    It follows from both and the mall's secret, so that a repeated request gets it again although the
    database has only its hash.
    """
    return base64.urlsafe_b64encode(keyed_hash(mall, f"cart\n{cart_id}\n{key}")).rstrip(b"=").decode()


@db.atomic
async def open_cart(mall: Mall, key: str) -> Opened:
    """Make an anonymous cart. `token_of` tells its token."""
    cart_id, now = new_id(), mall.now()
    await db.execute(
        "INSERT INTO cart (id, token_hash, version, created_at, updated_at) VALUES ($1, $2, 1, $3, $3)",
        cart_id,
        keyed_hash(mall, token_of(mall, cart_id, key)),
        now,
    )
    return Opened(cart_id)


@db.atomic
async def add_line(
    mall: Mall, holder: Holder, *, sku_id: UUID, quantity: int, extra: Mapping[str, Any] | None = None
) -> Added:
    """Add units of a SKU, to the line with the same `extra` if there is one.

    Raises what `pricing.service.for_sale` raises, QuantityTooLarge beyond 9999 units in the line, CartFull
    beyond 200 lines, and Invalid for `extra` of a plugin that is not on in the store, nor in the mall.
    """
    own, goods = dict(extra or {}), await for_sale(sku_id)
    if own:
        found = await addressees(mall)
        check_extra(own, found.of_line(goods.store_id), installed=found.installed)
    cart_id = await claim(mall, holder)
    line = (new_id(), cart_id, goods.store_id, sku_id, variant_key(own), quantity, goods.price, own, mall.now())
    added = await db.fetch_row(_ADD, *line, LARGEST_QUANTITY)
    if added is None:
        errors = [{"path": "quantity", "code": "quantity_too_large", "detail": "with what is in the cart already"}]
        raise QuantityTooLarge(errors=errors)
    if added["others"] >= MOST_LINES:
        raise CartFull
    return Added(added["id"])


@db.atomic
async def change_line(
    mall: Mall,
    holder: Holder,
    version: int,
    line_id: UUID,
    *,
    quantity: int | None = None,
    selected: bool | None = None,
) -> None:
    """Set a line's quantity, or whether it is to be bought. Raises LineNotFound."""
    cart_id = await claim(mall, holder, version)
    changed = await db.execute(
        "UPDATE cart_line SET quantity = coalesce($3, quantity), selected = coalesce($4, selected) "
        "WHERE id = $2 AND cart_id = $1",
        cart_id,
        line_id,
        quantity,
        selected,
    )
    if not changed:
        raise LineNotFound


@db.atomic
async def take_out(mall: Mall, holder: Holder, version: int, line_id: UUID) -> None:
    """Remove a line. Raises LineNotFound."""
    cart_id = await claim(mall, holder, version)
    if not await db.execute("DELETE FROM cart_line WHERE id = $2 AND cart_id = $1", cart_id, line_id):
        raise LineNotFound


@db.atomic
async def remove_lines(cart_id: UUID, line_ids: Sequence[UUID]) -> None:
    """Remove what was bought, in the transaction of the placing. Lines that are gone already do not matter."""
    if not line_ids:
        return
    await db.execute("UPDATE cart SET version = version + 1 WHERE id = $1", cart_id)
    await db.execute("DELETE FROM cart_line WHERE cart_id = $1 AND id = ANY ($2::uuid[])", cart_id, list(line_ids))


_ADD = """
INSERT INTO cart_line (id, cart_id, store_id, sku_id, variant_key, quantity, seen_price, extra, created_at, selected)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, true)
ON CONFLICT (cart_id, sku_id, variant_key) DO UPDATE
SET quantity = cart_line.quantity + excluded.quantity, seen_price = excluded.seen_price, selected = true
WHERE cart_line.quantity + excluded.quantity <= $10
RETURNING id,
  (SELECT count(*) FROM cart_line other WHERE other.cart_id = $2 AND (other.sku_id, other.variant_key) <> ($4, $5))
  AS others
"""
