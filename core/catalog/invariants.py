"""What must hold for this domain's rows at any time."""

from __future__ import annotations

from ..storage.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "a product's lowest and highest price are those of its active SKUs",
        """
        SELECT p.id, p.min_price, p.max_price, MIN(k.price) AS lowest, MAX(k.price) AS highest
        FROM product p JOIN sku k ON k.product_id = p.id AND k.active
        GROUP BY p.id HAVING (p.min_price, p.max_price) <> (MIN(k.price), MAX(k.price))
        """,
    ),
    Invariant(
        "a SKU is of its product's store",
        """
        SELECT k.id FROM sku k LEFT JOIN product p ON p.id = k.product_id
        WHERE p.store_id IS DISTINCT FROM k.store_id
        """,
    ),
    Invariant(
        "a product on sale has an active SKU",
        """
        SELECT p.id FROM product p WHERE p.state = 'on_sale'
          AND NOT EXISTS (SELECT FROM sku k WHERE k.product_id = p.id AND k.active)
        """,
    ),
    Invariant(
        "every category leads up to a root",
        """
        WITH RECURSIVE reached AS (
          SELECT id FROM category WHERE parent_id IS NULL
          UNION ALL SELECT c.id FROM category c JOIN reached r ON c.parent_id = r.id
        ) SELECT id FROM category EXCEPT SELECT id FROM reached
        """,
    ),
    Invariant(
        "a category is of its parent's tree",
        """
        SELECT c.id FROM category c JOIN category p ON p.id = c.parent_id WHERE c.store_id IS DISTINCT FROM p.store_id
        """,
    ),
    Invariant(
        "a product's category is the platform's",
        "SELECT p.id FROM product p JOIN category c ON c.id = p.category_id WHERE c.store_id IS NOT NULL",
    ),
    Invariant(
        "a product's store categories are its store's",
        """
        SELECT p.id, s.category_id FROM product p CROSS JOIN unnest(p.store_category_ids) AS s (category_id)
        LEFT JOIN category c ON c.id = s.category_id WHERE c.store_id IS DISTINCT FROM p.store_id
        """,
    ),
)
