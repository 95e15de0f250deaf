"""Whose cart it is: an account's, or that of whoever holds its token."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from ..accounts.tokens import keyed_hash
from ..errors import NotFound, PreconditionFailed, Unauthenticated
from ..http.caller import Caller
from ..ids import new_id
from ..mall import Mall
from ..storage import db


class CartNotFound(NotFound):
    code = "cart_not_found"
    title = "This token names no cart (any more)"


class Holder(Struct, frozen=True):
    """Exactly one of the two. A token never reaches a cart that belongs to an account."""

    account_id: UUID | None = None
    token_hash: bytes | None = None


def holder_of(mall: Mall, caller: Caller) -> Holder:
    """The signed-in account, else the cart token's holder. Raises Unauthenticated without either."""
    if caller.account_id is not None:
        return Holder(caller.account_id)
    if not caller.cart_token:
        raise Unauthenticated("Sign in, or send X-Cart-Token: POST /api/cart answers one.")
    return Holder(token_hash=keyed_hash(mall, caller.cart_token))


async def claim(mall: Mall, holder: Holder, version: int | None = None) -> UUID:
    """Lock the holder's cart until the transaction ends, and move its version on; return its id.

    An account's first change makes its cart, which is at version 0 until then. Raises PreconditionFailed,
    with the current `version`, when the given one is another; CartNotFound for an unknown token.
    """
    moved = await (_move(mall, holder) if version is None else _move_from(mall, holder, version))
    if moved is None:
        raise await _refusal(holder)
    return moved


async def _move(mall: Mall, holder: Holder) -> UUID | None:
    if holder.account_id:
        return await _id(_MOVE_OR_MAKE, holder.account_id, mall.now(), new_id())
    return await _id(_MOVE, holder.token_hash, mall.now())


async def _move_from(mall: Mall, holder: Holder, version: int) -> UUID | None:
    if version == 0 and holder.account_id:
        return await _id(_MAKE, holder.account_id, mall.now(), new_id())
    return await _id(_MOVE_FROM, holder.account_id, holder.token_hash, version, mall.now())


async def _refusal(holder: Holder) -> Exception:
    sql = "SELECT version FROM cart WHERE account_id = $1 OR (token_hash = $2 AND account_id IS NULL)"
    current: int | None = await db.fetch_value(sql, holder.account_id, holder.token_hash)
    if current is None and holder.token_hash:
        return CartNotFound()
    return PreconditionFailed("The cart has changed since you read it.", version=current or 0)


async def _id(sql: str, *args: object) -> UUID | None:
    found: UUID | None = await db.fetch_value(sql, *args)
    return found


_MAKE = """
INSERT INTO cart (id, account_id, token_hash, version, created_at, updated_at) VALUES ($3, $1, NULL, 1, $2, $2)
ON CONFLICT (account_id) WHERE account_id IS NOT NULL DO NOTHING RETURNING id
"""
_MOVE_OR_MAKE = """
INSERT INTO cart (id, account_id, token_hash, version, created_at, updated_at) VALUES ($3, $1, NULL, 1, $2, $2)
ON CONFLICT (account_id) WHERE account_id IS NOT NULL
DO UPDATE SET version = cart.version + 1, updated_at = excluded.updated_at RETURNING id
"""
_MOVE = """
UPDATE cart SET version = version + 1, updated_at = $2 WHERE token_hash = $1 AND account_id IS NULL RETURNING id
"""
_MOVE_FROM = """
UPDATE cart SET version = version + 1, updated_at = $4
WHERE (account_id = $1 OR (token_hash = $2 AND account_id IS NULL)) AND version = $3 RETURNING id
"""
