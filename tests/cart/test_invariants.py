from __future__ import annotations

import pytest
from galleria.core.cart.invariants import INVARIANTS
from galleria.core.storage import db

from .baskets import lines_of

BREAKS = {
    "a cart belongs to an account or to a token, never to both": "UPDATE cart SET token_hash = 'x' WHERE id = $1",
    "an account has one cart at most": "INSERT INTO cart (id, account_id, version, created_at, updated_at) "
    "SELECT gen_random_uuid(), account_id, 1, now(), now() FROM cart WHERE id = $1",
    "nothing is in a cart that does not exist": "DELETE FROM cart WHERE id = $1",
    "a cart line is of the store of its SKU": "UPDATE cart_line SET store_id = id WHERE cart_id = $1",
    "a cart has one line a SKU and extra data, of 1 to 9999 units": "UPDATE cart_line SET quantity = 0 "
    "WHERE cart_id = $1",
    "a cart line has a digest exactly when it has extra data": "UPDATE cart_line SET variant_key = 'v' "
    "WHERE cart_id = $1",
    "a cart has 200 lines and 20 asks at most": "INSERT INTO cart_ask (id, cart_id, plugin, reference) "
    "SELECT gen_random_uuid(), $1, 'p', n::text FROM generate_series(1, 21) n",
}
GUARDS = (
    "ALTER TABLE cart DROP CONSTRAINT cart_holder",
    "DROP INDEX cart_account",
    "ALTER TABLE cart_line DROP CONSTRAINT cart_line_of",
    "ALTER TABLE cart_line DROP CONSTRAINT cart_line_quantity",
)


class Undo(Exception):
    """Ends a transaction whose rows are to vanish."""


def test_every_invariant_has_a_way_to_break_it():
    """Each rule below is tried against rows that break it."""
    assert set(BREAKS) == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", BREAKS)
async def test_a_broken_rule_is_found(name, basket, make_shop, make_goods):
    """Rows that break a rule are reported under its name; what the API made before was whole."""
    cart = await (await basket()).add((await make_goods(await make_shop())).sku)
    assert lines_of(cart)
    (rule,) = (invariant for invariant in INVARIANTS if invariant.name == name)
    found = []

    @db.atomic
    async def break_and_look():
        found.append(len(await db.fetch(rule.sql)))
        for guard in GUARDS:
            await db.execute(guard)
        await db.execute(BREAKS[name], cart["cart_id"])
        found.append(len(await db.fetch(rule.sql)))
        raise Undo

    with pytest.raises(Undo):
        await break_and_look()
    assert found == [0, 1]
