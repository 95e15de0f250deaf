"""What must hold for this domain's rows at any time."""

from __future__ import annotations

from ..storage.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "a cart belongs to an account or to a token, never to both",
        "SELECT id FROM cart WHERE (account_id IS NULL) = (token_hash IS NULL)",
    ),
    Invariant(
        "an account has one cart at most",
        "SELECT account_id FROM cart WHERE account_id IS NOT NULL GROUP BY account_id HAVING count(*) > 1",
    ),
    Invariant(
        "nothing is in a cart that does not exist",
        "SELECT part.id FROM (SELECT id, cart_id FROM cart_line UNION ALL SELECT id, cart_id FROM cart_ask "
        "UNION ALL SELECT id, cart_id FROM cart_delivery) part LEFT JOIN cart ON cart.id = part.cart_id "
        "WHERE cart.id IS NULL",
    ),
    Invariant(
        "a cart line is of the store of its SKU",
        "SELECT l.id FROM cart_line l JOIN sku ON sku.id = l.sku_id WHERE l.store_id <> sku.store_id",
    ),
    Invariant(
        "a cart has one line a SKU and extra data, of 1 to 9999 units",
        "SELECT cart_id, sku_id FROM cart_line GROUP BY cart_id, sku_id, variant_key "
        "HAVING count(*) > 1 OR min(quantity) < 1 OR max(quantity) > 9999",
    ),
    Invariant(
        "a cart line has a digest exactly when it has extra data",
        "SELECT id FROM cart_line WHERE (variant_key = '') <> (extra = '{}')",
    ),
    Invariant(
        "a cart has 200 lines and 20 asks at most",
        "SELECT cart_id FROM cart_line GROUP BY cart_id HAVING count(*) > 200 "
        "UNION ALL SELECT cart_id FROM cart_ask GROUP BY cart_id HAVING count(*) > 20",
    ),
)
