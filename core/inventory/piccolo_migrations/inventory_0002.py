"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "inventory_0002"

STATEMENTS = (
    "CREATE UNIQUE INDEX stock_level_place ON stock_level (sku_id, location_id)",
    "CREATE INDEX stock_level_store ON stock_level (store_id, sku_id)",
    "ALTER TABLE stock_level ADD CONSTRAINT stock_level_covered CHECK (held >= 0 AND on_hand >= held)",
    "CREATE UNIQUE INDEX stock_hold_owner ON stock_hold (owner)",
    "CREATE INDEX stock_hold_open ON stock_hold (sku_id, location_id) WHERE quantity > committed + released",
    "ALTER TABLE stock_hold ADD CONSTRAINT stock_hold_counts CHECK (quantity > 0 AND committed >= 0 AND released >= 0 AND committed + released <= quantity)",
    "CREATE UNIQUE INDEX stock_movement_once ON stock_movement (cause, kind, sku_id, location_id, owner) NULLS NOT DISTINCT",
    "ALTER TABLE stock_movement ADD CONSTRAINT stock_movement_kind CHECK (kind IN ('receive', 'adjust', 'import', 'transfer_out', 'transfer_in', 'restock', 'hold', 'commit', 'release'))",
    "CREATE INDEX stock_movement_sku ON stock_movement (store_id, sku_id, id)",
)


async def forwards():
    return sql_migration(ID, "inventory", STATEMENTS)
