"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.plugin_api import sql_migration

ID = "retail_replay_0002"

_RECEIPT = "ALTER TABLE retail_replay_receipt ADD CONSTRAINT retail_replay_receipt"
_LINE = "ALTER TABLE retail_replay_line ADD CONSTRAINT retail_replay_line"

STATEMENTS = (
    "CREATE UNIQUE INDEX retail_replay_receipt_key ON retail_replay_receipt (store_id, receipt)",
    "CREATE INDEX retail_replay_receipt_order ON retail_replay_receipt (store_id, order_id) WHERE order_id IS NOT NULL",
    f"{_RECEIPT}_use CHECK ((order_id IS NULL) = (used_at IS NULL))",
    "CREATE UNIQUE INDEX retail_replay_line_key ON retail_replay_line (store_id, receipt, line)",
    f"{_LINE}_of FOREIGN KEY (store_id, receipt) REFERENCES retail_replay_receipt (store_id, receipt)",
    f"{_LINE}_quantity CHECK (quantity > 0)",
    f"{_LINE}_amounts CHECK (unit_price >= 0 AND least(retail_disc, coupon_match_disc, coupon_disc) >= 0"
    " AND retail_disc + coupon_match_disc + coupon_disc <= quantity * unit_price)",
)


async def forwards():
    return sql_migration(ID, "retail_replay", STATEMENTS)
