"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "cart_0002"

STATEMENTS = (
    "CREATE UNIQUE INDEX cart_account ON cart (account_id) WHERE account_id IS NOT NULL",
    "CREATE UNIQUE INDEX cart_token ON cart (token_hash) WHERE token_hash IS NOT NULL",
    "ALTER TABLE cart ADD CONSTRAINT cart_holder CHECK ((account_id IS NULL) <> (token_hash IS NULL))",
    "CREATE INDEX cart_anonymous ON cart (updated_at) WHERE account_id IS NULL",
    "CREATE UNIQUE INDEX cart_line_once ON cart_line (cart_id, sku_id, variant_key)",
    "ALTER TABLE cart_line ADD CONSTRAINT cart_line_quantity CHECK (quantity BETWEEN 1 AND 9999)",
    "ALTER TABLE cart_line ADD CONSTRAINT cart_line_of FOREIGN KEY (cart_id) REFERENCES cart (id) ON DELETE CASCADE",
    "CREATE UNIQUE INDEX cart_ask_once ON cart_ask (cart_id, plugin, reference, store_id) NULLS NOT DISTINCT",
    "ALTER TABLE cart_ask ADD CONSTRAINT cart_ask_of FOREIGN KEY (cart_id) REFERENCES cart (id) ON DELETE CASCADE",
    "CREATE UNIQUE INDEX cart_delivery_once ON cart_delivery (cart_id, store_id)",
    "ALTER TABLE cart_delivery ADD CONSTRAINT cart_delivery_of FOREIGN KEY (cart_id) REFERENCES cart (id) ON DELETE CASCADE",
)


async def forwards():
    return sql_migration(ID, "cart", STATEMENTS)
